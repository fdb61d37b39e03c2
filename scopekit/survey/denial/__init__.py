"""Why somebody else's API said no: an answer and a token, looked at from outside."""

from scopekit.survey.denial.complaints import Diagnosis
from scopekit.survey.denial.explain import Denial, explain_denial
from scopekit.survey.denial.responses import read_response

__all__ = ["Denial", "Diagnosis", "explain_denial", "read_response"]
