"""The three parts of a compact token as text: read on their own, written anew, damaged, and made harmless.

Nothing here judges. What a guard would take is for `Token.parse` to say; this reads as far as it can.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import Any

from scopekit.errors import TokenError
from scopekit.keys import base64url
from scopekit.tokens import Claims, Token

PARTS = ("header", "claims", "signature")

PERSONAL = ("sub", "jti", "parent_jti", "sid", "nonce", "email", "name", "preferred_username", "phone_number")
"""The claims that say who somebody is, or that make a token this one and no other."""
REDACTED = "redacted"

_NEAR = 96
"""How many bytes about the middle of a part are tried for one whose change leaves the part readable."""
_DEEPEST = 100


def split(text: str) -> list[str]:
    """The three parts, as far as there are dots between them; what is beyond the second dot is the third."""
    return [*text.split(".", 2), "", ""][:3]


def bare(text: str) -> str:
    """A token without what is often copied with it: white space, and the word Bearer."""
    words = text.split()
    return "".join(words[1:] if words and words[0].lower() == "bearer" else words)


def read_part(part: str) -> dict[str, Any] | None:
    """The object that a part holds, read as a careless reader does; None where there is none."""
    try:
        value = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8"))
        return value if isinstance(value, dict) and not _is_deep(value) else None
    except (ValueError, RecursionError):
        return None


def write_part(value: Claims) -> str:
    """An object as a part, as an issuer writes it: without spaces, so that the same object is the same text."""
    return base64url(json.dumps(value, separators=(",", ":")).encode())


def read_header(json_text: str) -> dict[str, Any]:
    """The header that a text of JSON is; TokenError, in the strict reader's words, where it is none."""
    return Token.parse(f"{base64url(_bytes(json_text))}.{write_part({})}.")._header


def read_claims(json_text: str) -> dict[str, Any]:
    """The claims that a text of JSON is; TokenError, in the strict reader's words, where it is none."""
    return Token.parse(f"{write_part({})}.{base64url(_bytes(json_text))}.")._claims


def legible(value: object, indent: int | None = None) -> str:
    """A value as JSON in which every character can be seen: one that cannot be printed is escaped."""
    text = json.dumps(value, indent=indent, ensure_ascii=False, default=dict)
    return "".join(each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in text)


def flipped(text: str, part: str) -> str:
    """The token with one bit of a part flipped: one that leaves all names readable, where there is such a bit.

    The same bit is found again, so that a second flip undoes the first.
    """
    parts, at = split(text), PARTS.index(part)
    try:
        raw = urlsafe_b64decode(parts[at] + "=" * (-len(parts[at]) % 4))
    except ValueError:
        raise TokenError(f"The {part} is no base64url, so no bit of it can be found to flip.") from None
    if not raw:
        raise TokenError(f"The {part} is empty; there is no bit in it to flip.")
    tried = [[*parts[:at], base64url(_with_flip(raw, place)), *parts[at + 1 :]] for place in _from_middle(len(raw))]
    names = _names(text)
    alike = (written for each in tried if names and _names(written := ".".join(each)) == names)
    return next(alike, ".".join(tried[0]))


def redacted(text: str) -> str:
    """A token of the same structure that opens nothing and names nobody; nothing where the text is no token."""
    first, second, third = split(bare(text))
    header, claims = read_part(first), read_part(second)
    if header is None or claims is None:
        return ""
    return f"{write_part(header)}.{write_part(_nameless(claims))}.{'A' * len(third)}"


def _nameless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: REDACTED if name in PERSONAL else _nameless(each) for name, each in value.items()}
    return [_nameless(each) for each in value] if isinstance(value, list) else value


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _with_flip(raw: bytes, place: int) -> bytes:
    return raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]


def _from_middle(size: int) -> list[int]:
    """Places in a part, those nearest to its middle first."""
    return sorted(range(size), key=lambda place: abs(place - size // 2))[:_NEAR]


def _names(text: str) -> tuple[str, ...]:
    """The names in a token's header and claims; none where the text is no token."""
    try:
        token = Token.parse(text)
    except TokenError:
        return ()
    return (*token.header, *token.claims)


def _is_deep(value: Any, left: int = _DEEPEST) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return left == 0 or any(_is_deep(each, left - 1) for each in inner)
