"""What is tried on the calls of a lab: tokens, and API keys as of old; and which API each of them is for."""

from __future__ import annotations

from dataclasses import dataclass, field

from sample_api.mounts import MODERN, REPOS
from sample_api.state import TENANTS
from scopekit.errors import TokenError
from scopekit.scopes import Scopes
from scopekit.tokens import Token

MOUNTS = {REPOS: "", MODERN: "/modern", **dict.fromkeys(TENANTS, "/api/v2")}
"""The mount of the sample API for each audience."""


@dataclass(frozen=True, slots=True)
class OpaqueKey:
    """An API key as of old: a random string that says nothing to whoever looks at it."""

    text: str = field(repr=False)
    scopes: Scopes = ()
    expires: float | None = None
    mount: str = "/keys"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<opaque key of {len(self.text)} characters: nothing to decode>"


def read(token: object) -> Token | OpaqueKey | None:
    """What a learner hands over, taken apart: text that is no token is as opaque as a key, and opens nothing."""
    if token is None or isinstance(token, Token | OpaqueKey):
        return token
    try:
        return Token.parse(str(token))
    except TokenError:
        return OpaqueKey(str(token), mount="")


def mount_of(token: Token | OpaqueKey | None) -> str:
    """The mount that it is meant for: a token's audience says which, `/` where it says nothing."""
    if isinstance(token, Token):
        return MOUNTS.get(str(token.claims.get("aud")), "")
    return token.mount if token else ""


def label_of(token: Token | OpaqueKey | None) -> str:
    """What heads its column: the scopes of a token."""
    if isinstance(token, Token):
        return " ".join(token.scopes) or "no scope"
    return "opaque key" if token else "no token"
