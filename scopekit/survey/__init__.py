"""A whole API at a glance: its calls, read from its document, and which token opens which."""

from scopekit.survey.calls import Call, Exchange
from scopekit.survey.denial import Denial, Diagnosis, explain_denial, read_response
from scopekit.survey.document import Document, LeftOut, read_calls, read_document, read_vocabulary
from scopekit.survey.matrix import Cell, Matrix, Tried, observe, predict

__all__ = [
    "Call", "Cell", "Denial", "Diagnosis", "Document", "Exchange", "LeftOut", "Matrix", "Tried", "explain_denial",
    "observe", "predict", "read_calls", "read_document", "read_response", "read_vocabulary",
]  # fmt: skip
