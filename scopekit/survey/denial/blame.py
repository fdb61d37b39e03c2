"""Blame: which of the guard's checks an answer speaks of, by its codes, its words or its status."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scopekit.survey.calls import Exchange
from scopekit.survey.denial.challenges import Challenge

MAX_CHARACTERS = 300

CODES = {
    "invalid_request": ("invalid_request", "credentials"),
    "invalid_token": ("invalid_token", None),
    "insufficient_scope": ("insufficient_scope", "scopes"),
    "insufficient_scopes": ("insufficient_scope", "scopes"),
    "access_token_scope_insufficient": ("insufficient_scope", "scopes"),
    "revoked_token": ("invalid_token", "revocation"),
    "credentials_required": (None, "credentials"),
    "credentials_bad_scheme": (None, "credentials"),
    "credentials_bad_format": (None, "credentials"),
}
"""A code in an answer: what RFC 6750 calls it, and the check that it blames. The first three are RFC 6750's own, those
after them belong to APIs of Google's, and to express-jwt."""

WORDS: tuple[tuple[str, str | None], ...] = (
    (r"rate limit|too many requests|quota", None),
    (r"expired|\bexp\b|not before|not yet valid|\bnbf\b|lacks a time|live longer", "time"),
    (r"revoked|taken back|blacklist|denylist|has no id", "revocation"),
    (r"scope|permission|privilege", "scopes"),
    (r"audience|\baud\b|another api", "audience"),
    (r"issuer|\biss\b", "issuer"),
    (r"\btype\b|\btyp\b", "type"),
    (r"algorithm|\balg\b", "algorithm"),
    (r"signing key|signature key|matching key|with a key|\bkid\b|jwks", "key"),
    (r"signature", "signature"),
    (r"malformed|segments|decod|not a valid jwt|format", "form"),
    (r"no authorization|not authenticated|needs a token|^(?!.*invalid).*(?:missing|required)", "credentials"),
)
"""What a sentence speaks of, and the check that it blames; the first that fits counts."""


def blamed(exchange: Exchange, challenge: Challenge | None, sentences: Sequence[str]) -> str | None:
    """The check that a 401 or 403 blames by its words, or else by its status."""
    if exchange.status not in (401, 403):
        return None
    for sentence in sentences:
        for pattern, check in WORDS:
            if re.search(pattern, sentence[:MAX_CHARACTERS], re.IGNORECASE):
                return check
    if exchange.status == 403:
        return "scopes"
    bare = challenge is not None and "error" not in challenge.parameters and not was_sent(exchange)
    silent = not any(" " in each for each in sentences)
    return "credentials" if exchange.status == 401 and bare and silent else None


def was_sent(exchange: Exchange) -> bool:
    """Whether the request is known to have carried credentials; a response alone does not show it."""
    return any(name.lower() == "authorization" for name in exchange.request_headers)
