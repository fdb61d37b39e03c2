"""A decoded token as text."""

from __future__ import annotations

import json

from scopekit.clock import human_span, human_time
from scopekit.tokens import TIME_NAMES, Token, is_numeric_date


def token_text(token: Token, verified: str = "not verified") -> str:
    """A decoded token as text: its header, its claims with readable times, and whether its signature is verified."""
    width = max(len("signature") - 2, *map(len, token.header), *map(len, token.claims)) + 4
    lines = []
    for part, values in (("header", token.header), ("claims", token.claims)):
        lines += [part, *(f"{f'  {name}':{width}}{claim_value(name, each, token)}" for name, each in values.items())]
    return "\n".join([*lines, f"{'signature':{width}}{len(token.signature)} bytes, {verified}"])


def claim_value(name: str, value: object, token: Token) -> str:
    """A claim's value on one line. A time is followed by its date."""
    time = claim_time(name, value, token)
    return f"{claim_text(value)}  ({time})" if time else claim_text(value)


def claim_text(value: object) -> str:
    """A claim's value on one line: printable text as it is, anything else as JSON."""
    return value if isinstance(value, str) and value.isprintable() else json.dumps(value, default=dict)


def claim_time(name: str, value: object, token: Token) -> str:
    """The date of a time claim. For `exp`, adds the time since `iat`. Empty if the claim is not a time."""
    if name not in TIME_NAMES or not is_numeric_date(value):
        return ""
    issued = token.claims.get("iat")
    after = f", {human_span(value - issued)} after issue" if name == "exp" and is_numeric_date(issued) else ""
    return human_time(value) + after
