"""What to make of scopes: the least for some calls, what a token holds in vain, what it opens when it leaks."""

from scopekit.survey.advice.least import LeastScopes, least_scopes
from scopekit.survey.advice.recorded import Recorded, read_recording
from scopekit.survey.advice.spending import BlastRadius, OverGrant, SessionAdvice, advise, blast_radius, over_grant

__all__ = [
    "BlastRadius", "LeastScopes", "OverGrant", "Recorded", "SessionAdvice", "advise", "blast_radius", "least_scopes",
    "over_grant", "read_recording",
]  # fmt: skip
