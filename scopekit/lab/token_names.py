"""What a token is called where several are shown: by its number and its scopes, and by nothing that is secret."""

from __future__ import annotations

from scopekit.tokens import Token

LONGEST = 40
"""How many characters of a scope, an id or a name are shown at most."""


def token_name(number: int, token: object) -> str:
    """A short name on one line, such as `token 1: public_repo`."""
    if not isinstance(token, Token):
        return f"token {number}: text that is no token"
    return f"token {number}: {short(' '.join(token.scopes) or 'no scope')}"


def short(text: str) -> str:
    """Text on one line: what cannot be printed is written out, and what is long is cut."""
    begun = text[: LONGEST + 1]
    shown = "".join(each if each.isprintable() and each.isascii() else ascii(each)[1:-1] for each in begun)
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"
