"""Audits an API: reads the calls in its OpenAPI document, shows which token opens which call, and explains denials."""

from scopekit.audit.calls import Call, Exchange
from scopekit.audit.diagnosis import Complaint, Diagnosis, diagnose, read_response
from scopekit.audit.exposure import BlastRadius, OverGrant, SessionAdvice, advise, blast_radius, over_grant
from scopekit.audit.least import LeastScopes, least_scopes
from scopekit.audit.lint import Findings, lint, rules
from scopekit.audit.matrix import Cell, Matrix, Probe, observe, predict
from scopekit.audit.openapi import Document, LeftOut, read_calls, read_document, read_vocabulary
from scopekit.audit.recordings import Recorded, read_recording

__all__ = [
    "BlastRadius", "Call", "Cell", "Complaint", "Diagnosis", "Document", "Exchange", "Findings", "LeastScopes",
    "LeftOut", "Matrix", "OverGrant", "Probe", "Recorded", "SessionAdvice", "advise", "blast_radius", "diagnose",
    "least_scopes", "lint", "observe", "over_grant", "predict", "read_calls", "read_document", "read_recording",
    "read_response", "read_vocabulary", "rules",
]  # fmt: skip
