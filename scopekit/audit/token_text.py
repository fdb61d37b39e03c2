"""Reads a token's text as far as anybody can read it, even if every strict parser refuses the token.

A person who looks for the fault in a token needs to see what the token holds. Nothing here verifies a token.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import Any, Literal, NamedTuple

from scopekit.errors import TokenError
from scopekit.tokens import Token, parse

JWS_DOTS, JWE_PARTS = 2, 5
DEEPEST = 100
"""A part whose values are nested deeper than this is not read, because printing them could fail."""
QUOTES = "\"'`\u201c\u201d\u2018\u2019"

Kind = Literal["readable", "encrypted", "opaque"]


class TokenText(NamedTuple):
    """What a text is, and what can be read in it.

    `kind` is `readable` (some part holds JSON), `encrypted` (RFC 7516) or `opaque`. `token` is None unless the text is
    readable; a part that cannot be read is then empty. `problem` says why a strict parser refuses the text, or is
    empty if it does not. `around` says what was around or inside the text that is no part of a token.
    """

    kind: Kind
    token: Token | None = None
    problem: str = ""
    around: str = ""


def read_text(text: str) -> TokenText:
    """Reads the token in a text, without what people often copy along with it."""
    text, around = bare(text)
    parts = text.split(".")
    header, claims = (read_part(part) for part in [*parts, ""][:2])
    if not text.isascii() or len(parts) == 1 or (header is None and claims is None):
        return TokenText("opaque", around=around)
    if len(parts) == JWE_PARTS and header is not None:
        return TokenText("encrypted", around=around)
    token = Token(text, header or {}, claims or {}, _decoded(parts[2]) if len(parts) > 2 else b"")
    return TokenText("readable", token, problem_of(token), around)


def bare(text: str) -> tuple[str, str]:
    """Removes white space, quotes and a header's name and scheme around a token. Also says in words what it removed.

    A header's name and its scheme, `Authorization: Bearer`, are removed without a word.
    """
    removed = []
    text = text.strip().lstrip("\ufeff")
    while True:
        before = text
        if text[:1] and text[:1] in QUOTES:
            text = text.strip(QUOTES).strip()
            removed.append("quotes")
        for word in ("authorization:", "bearer"):
            first, *rest = text.split(maxsplit=1) or [""]
            text = rest[0] if rest and first.lower() == word else text
        if text == before:
            break
    if text and text[-1] in QUOTES:
        text = text.rstrip(QUOTES)
        removed.append("quotes")
    joined = "".join(text.split())
    if joined != text and joined.count(".") == JWS_DOTS:
        text = joined
        removed.append("white space")
    return text, " and ".join(dict.fromkeys(removed))


def read_part(part: str) -> dict[str, Any] | None:
    """Reads the JSON object in one part of a token, without strict checks. Returns None if there is no object."""
    try:
        value = json.loads(_decoded(part))
        return value if isinstance(value, dict) and not _is_deep(value) else None
    except (ValueError, RecursionError):
        return None


def problem_of(token: Token) -> str:
    """Why a strict parser refuses the token's text, as a sentence. Empty if the parser accepts the text."""
    try:
        parse(token.text)
    except TokenError as error:
        return str(error)
    return ""


def _decoded(part: str) -> bytes:
    part = part.rstrip("=")
    try:
        return urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        return b""


def _is_deep(value: Any, left: int = DEEPEST) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return left == 0 or any(_is_deep(each, left - 1) for each in inner)
