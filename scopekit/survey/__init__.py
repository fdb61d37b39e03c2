"""A whole API at a glance: its calls, read from its document, which token opens which, and what to make of it."""

from scopekit.survey.advice import (
    BlastRadius,
    LeastScopes,
    OverGrant,
    Recorded,
    SessionAdvice,
    advise,
    blast_radius,
    least_scopes,
    over_grant,
    read_recording,
)
from scopekit.survey.calls import Call, Exchange
from scopekit.survey.denial import Denial, Diagnosis, explain_denial, read_response
from scopekit.survey.document import Document, LeftOut, read_calls, read_document, read_vocabulary
from scopekit.survey.lint import Findings, lint, rules
from scopekit.survey.matrix import Cell, Matrix, Tried, observe, predict

__all__ = [
    "BlastRadius", "Call", "Cell", "Denial", "Diagnosis", "Document", "Exchange", "Findings", "LeastScopes", "LeftOut",
    "Matrix", "OverGrant", "Recorded", "SessionAdvice", "Tried", "advise", "blast_radius", "explain_denial",
    "least_scopes", "lint", "observe", "over_grant", "predict", "read_calls", "read_document", "read_recording",
    "read_response", "read_vocabulary", "rules",
]  # fmt: skip
