"""Header and claims a name at a time: its value, when that is, what it means, and where that is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from scopekit.clock import human_span, human_time
from scopekit.show.tokens import MEANINGS
from scopekit.tokens import is_numeric_date

SECTIONS = {
    "header": {
        "alg": ("7515", "4.1.1"), "jku": ("7515", "4.1.2"), "jwk": ("7515", "4.1.3"), "kid": ("7515", "4.1.4"),
        "x5u": ("7515", "4.1.5"), "x5c": ("7515", "4.1.6"), "x5t": ("7515", "4.1.7"), "typ": ("7515", "4.1.9"),
        "cty": ("7515", "4.1.10"), "crit": ("7515", "4.1.11"),
    },
    "claims": {
        "iss": ("7519", "4.1.1"), "sub": ("7519", "4.1.2"), "aud": ("7519", "4.1.3"), "exp": ("7519", "4.1.4"),
        "nbf": ("7519", "4.1.5"), "iat": ("7519", "4.1.6"), "jti": ("7519", "4.1.7"), "act": ("8693", "4.1"),
        "scope": ("8693", "4.2"), "client_id": ("8693", "4.3"), "cnf": ("7800", "3.1"),
        "authorization_details": ("9396", "9.1"),
    },
}  # fmt: skip
"""Where each name is defined: the number of the RFC, and its section."""

LONGEST = 300
"""How much of a value stands in a table."""

_VERBS = {"exp": ("ends", "ended"), "nbf": ("begins", "began"), "iat": ("to be issued", "issued")}
"""What happens at each time, while it is to come and once it is over."""


class Row(NamedTuple):
    """One name of a header or of claims; `href` is the address of `section` at the RFC editor."""

    part: str
    name: str
    value: str
    when: str
    meaning: str
    section: str
    href: str


def rows(part: str, values: Mapping[str, Any] | None, now: float) -> list[Row]:
    """A row for each name of a header or of claims; `now` is the moment that times are told from."""
    return [_row(part, name, value, now) for name, value in (values or {}).items()]


def one_line(value: object, longest: int = LONGEST) -> str:
    """A value on one line, text as it is where all of it can be printed; what is too long is cut, and counted."""
    text = value if isinstance(value, str) and value.isprintable() else json.dumps(value, default=_plain)
    over = len(text) - longest
    return text if over <= 0 else f"{text[:longest]}… and {over:,} more characters"


def when(name: str, value: object, now: float) -> str:
    """What a time says, from `now`: `ends in 2 h`, `ended 5 min ago`; nothing where the name is not that of a time."""
    if name not in _VERBS:
        return ""
    if not is_numeric_date(value):
        return "no time: that is a number of seconds since 1970"
    coming, over = _VERBS[name]
    away = value - now
    if away == 0:
        return f"{over if name == 'iat' else coming} now"
    return f"{coming} in {human_span(away)}" if away > 0 else f"{over} {human_span(away)} ago"


def _row(part: str, name: str, value: object, now: float) -> Row:
    number, section = SECTIONS[part].get(name, ("", ""))
    told = when(name, value, now) if part == "claims" else ""
    if told and is_numeric_date(value):
        told = f"{human_time(value)}, {told}"
    return Row(
        part, one_line(name, 80), one_line(value), told,
        MEANINGS.get(name, "") if name in SECTIONS[part] or part == "claims" else "",
        f"RFC {number} section {section}" if number else "",
        f"https://www.rfc-editor.org/rfc/rfc{number}#section-{section}" if number else "",
    )  # fmt: skip


def _plain(value: Any) -> Any:
    """A read-only value as JSON can write it."""
    return dict(value) if isinstance(value, Mapping) else str(value)
