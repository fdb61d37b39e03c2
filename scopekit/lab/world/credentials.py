"""Says which API a token or an opaque API key is for, and by which name a page shows the token or key."""

from __future__ import annotations

from dataclasses import dataclass, field

from sample_api.mounts import MODERN, REPOS
from sample_api.state import TENANTS
from scopekit.errors import TokenError
from scopekit.scopes import Scopes
from scopekit.tokens import Token

MOUNTS = {REPOS: "", MODERN: "/modern", **dict.fromkeys(TENANTS, "/api/v2")}
"""Maps each audience to the path at which the sample API serves it."""


@dataclass(frozen=True, slots=True)
class OpaqueKey:
    """A traditional API key: a random string that carries no readable information."""

    text: str = field(repr=False)
    scopes: Scopes = ()
    expires: float | None = None
    mount: str = "/keys"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<opaque key of {len(self.text)} characters: nothing to decode>"


def read_credential(credential: object) -> Token | OpaqueKey | None:
    """Parses text as a token. Text that is not a token becomes an opaque key that opens nothing."""
    if credential is None or isinstance(credential, Token | OpaqueKey):
        return credential
    try:
        return Token.parse(str(credential))
    except TokenError:
        return OpaqueKey(str(credential), mount="")


def mount_of(credential: object) -> str:
    """The path of a credential's API, such as `/modern`. The path is empty for the default API, which is at `/`."""
    credential = read_credential(credential)
    if isinstance(credential, Token):
        return MOUNTS.get(str(credential.claims.get("aud")), "")
    return credential.mount if credential else ""


def label_of(credential: Token | OpaqueKey | None) -> str:
    """The heading of a credential's column in a matrix, such as a token's scopes."""
    if isinstance(credential, Token):
        return " ".join(credential.scopes) or "no scope"
    return "opaque key" if credential else "no token"


LONGEST_NAME = 40
"""A scope, an id or a name is cut to this many characters when it is shown."""


def token_name(number: int, token: object) -> str:
    """A token's name on a page, short and without secrets, such as `token 1: public_repo`."""
    if not isinstance(token, Token):
        return f"token {number}: text that is not a token"
    return f"token {number}: {short(' '.join(token.scopes) or 'no scope')}"


def short(text: str) -> str:
    """Shortens text to one line: unprintable and non-ASCII characters are escaped, and long text is cut."""
    begun = text[: LONGEST_NAME + 1]
    shown = "".join(each if each.isprintable() and each.isascii() else ascii(each)[1:-1] for each in begun)
    return shown if len(shown) <= LONGEST_NAME else shown[: LONGEST_NAME - 1] + "…"
