"""A decoded token as text."""

from __future__ import annotations

import json

from scopekit.clock import human_span, human_time, in_smaller_unit
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
    """The date of a time claim, and its unit if that is not seconds. Empty if the claim is not a time.

    For `exp`, adds the time since `iat`, if both are in seconds.
    """
    if name not in TIME_NAMES:
        return ""
    if not is_numeric_date(value):
        return in_smaller_unit(value)
    issued = token.claims.get("iat")
    if name != "exp" or not is_numeric_date(issued):
        return human_time(value)
    return f"{human_time(value)}, {human_span(value - issued)} after issue"
