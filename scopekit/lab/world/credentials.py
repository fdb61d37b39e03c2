"""The credentials of a lesson, tokens and opaque API keys: which API each is for, and what it is called on a page."""

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


def read_credential(credential: object) -> Token | OpaqueKey | None:
    """A token, parsed where it is text; text that is not a token is as opaque as a key, and opens nothing."""
    if credential is None or isinstance(credential, Token | OpaqueKey):
        return credential
    try:
        return Token.parse(str(credential))
    except TokenError:
        return OpaqueKey(str(credential), mount="")


def mount_of(credential: object) -> str:
    """The mount that a credential is meant for: a token's audience decides; `/` where it names none of them."""
    credential = read_credential(credential)
    if isinstance(credential, Token):
        return MOUNTS.get(str(credential.claims.get("aud")), "")
    return credential.mount if credential else ""


def label_of(credential: Token | OpaqueKey | None) -> str:
    """The heading of its column: a token's scopes."""
    if isinstance(credential, Token):
        return " ".join(credential.scopes) or "no scope"
    return "opaque key" if credential else "no token"


LONGEST_NAME = 40
"""How many characters of a scope, an id or a name are shown at most."""


def token_name(number: int, token: object) -> str:
    """A short name on one line, such as `token 1: public_repo`, in which nothing is secret."""
    if not isinstance(token, Token):
        return f"token {number}: text that is no token"
    return f"token {number}: {short(' '.join(token.scopes) or 'no scope')}"


def short(text: str) -> str:
    """Text on one line: unprintable characters are written out, and a long text is cut."""
    begun = text[: LONGEST_NAME + 1]
    shown = "".join(each if each.isprintable() and each.isascii() else ascii(each)[1:-1] for each in begun)
    return shown if len(shown) <= LONGEST_NAME else shown[: LONGEST_NAME - 1] + "…"
