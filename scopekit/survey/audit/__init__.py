"""A whole API tried: every call with every token, what its document predicts held against what it does."""

from scopekit.survey.audit.drift import Drift, find_drifts
from scopekit.survey.audit.plan import plan
from scopekit.survey.audit.run import Audit, audit

__all__ = ["Audit", "Drift", "audit", "find_drifts", "plan"]
