"""Scalars: a number or a text that fits a schema, the same one every time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from scopekit.survey.document.patterns import LONGEST, matching
from scopekit.survey.document.untried import Untried

FORMATS = {
    "date": "2020-01-31", "date-time": "2020-01-31T12:00:00Z", "time": "12:00:00Z", "duration": "PT1H",
    "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "email": "someone@example.com", "byte": "dGV4dA==",
    "uri": "https://example.com/", "uri-reference": "/text", "url": "https://example.com/", "hostname": "example.com",
    "ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "json-pointer": "/text", "regex": ".",
}  # fmt: skip
"""What stands for a text of each format; the names and addresses are those kept for examples (RFC 2606, 5737, 3849)."""

_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def number(schema: Mapping[str, Any], *, whole: bool) -> float:
    """A number within the bounds, 1 where that is one; `exclusiveMinimum` may be a bool (3.0) or a number (3.1)."""
    for value in _numbers(schema):
        if _fits(value, schema) and not (whole and value % 1):
            return int(value) if whole else value
    raise Untried("No number is known that its schema allows.")


def text(schema: Mapping[str, Any]) -> str:
    """A text that matches the pattern, or of the format, or of the length alone."""
    shortest, longest = length(schema.get("minLength")), length(schema.get("maxLength"), LONGEST)
    if isinstance(pattern := schema.get("pattern"), str):
        return matching(pattern, shortest, longest)
    stands_for = FORMATS.get(str(schema.get("format")), "text")
    fitting = (
        stands_for if shortest <= len(stands_for) <= longest else "text".ljust(min(shortest, LONGEST), "t")[:longest]
    )
    if shortest > len(fitting):
        raise Untried("No text is known that its schema allows.")
    return fitting


def length(value: Any, otherwise: int = 0) -> int:
    """A number of characters, items or properties that a schema states, and `otherwise` where it states none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else otherwise


def _numbers(schema: Mapping[str, Any]) -> Iterator[float]:
    step = _real(schema.get("multipleOf")) or 1
    bounds = [bound for name in _BOUNDS if (bound := _real(schema.get(name))) is not None]
    yield from (1, step, 0)
    if step > 1e-9:
        yield from (round(bound / step) * step + hop for bound in bounds for hop in (0, step, -step))
    yield from bounds
    yield from (sum(bounds) / len(bounds) for _ in bounds[:1])


def _fits(value: float, schema: Mapping[str, Any]) -> bool:
    low, high, above, below = (_real(schema.get(name)) for name in _BOUNDS)
    above = low if schema.get("exclusiveMinimum") is True else above
    below = high if schema.get("exclusiveMaximum") is True else below
    step = _real(schema.get("multipleOf"))
    return (
        (low is None or value >= low)
        and (high is None or value <= high)
        and (above is None or value > above)
        and (below is None or value < below)
        and (not step or math.isclose(value / step, round(value / step)))
    )


def _real(value: Any) -> float | None:
    """A number that one can reckon with: no bool, and of a size that no sum here overflows."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e100 else None
