"""Challenges: what an answer's WWW-Authenticate asks for, read by its grammar (RFC 9110 section 11.6.1).

The header comes from somebody else's API, so nothing in it raises: what is no challenge is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

MAX_CHARACTERS = 8192

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_PIECE = re.compile(
    rf"""
    (?P<name>{_TOKEN})[ \t]*=[ \t]*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s",]+))
    | (?P<scheme>{_TOKEN})(?=[ \t,]|$)(?:[ \t]+[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$)))?
    """,
    re.VERBOSE | re.DOTALL,
)
_NO_PIECE = re.compile(r"[^\s,]+")
_BETWEEN = re.compile(r"[\s,]*")


class Challenge(NamedTuple):
    """One challenge: its scheme, in small letters as its parameters' names are, and the parameters."""

    scheme: str
    parameters: Mapping[str, str]


def read_challenges(header: str) -> tuple[Challenge, ...]:
    """The challenges in a value of WWW-Authenticate, several in one header too; none where it holds none."""
    found: list[tuple[str, dict[str, str]]] = []
    text = header[:MAX_CHARACTERS]
    at = _end(_BETWEEN, text, 0)
    while at < len(text):
        piece = _PIECE.match(text, at)
        if piece and piece["scheme"]:
            found.append((piece["scheme"].lower(), {}))
        elif piece and found:
            found[-1][1].setdefault(piece["name"].lower(), _value(piece))  # RFC 9110: a name occurs once
        at = _end(_BETWEEN, text, piece.end() if piece else _end(_NO_PIECE, text, at))
    return tuple(Challenge(*each) for each in found)


def bearer(header: str) -> Challenge | None:
    """The challenge for a Bearer token, if there is one (RFC 6750 section 3)."""
    return next((each for each in read_challenges(header) if each.scheme == "bearer"), None)


def _value(piece: re.Match[str]) -> str:
    quoted: str | None = piece["quoted"]
    return str(piece["bare"]) if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    return found.end() if (found := pattern.match(text, at)) else at + 1
