"""Why somebody else's API said no: an answer and a token, looked at from outside."""

from scopekit.audit.diagnosis.complaints import Diagnosis
from scopekit.audit.diagnosis.denial import Denial, explain_denial
from scopekit.audit.diagnosis.responses import read_response

__all__ = ["Denial", "Diagnosis", "explain_denial", "read_response"]
