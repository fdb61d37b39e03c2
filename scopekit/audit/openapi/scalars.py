"""Scalars: a number or a text that fits a schema, the same one every time."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from string import ascii_letters, digits, printable
from typing import Any

from scopekit.audit.openapi.references import Untried

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


LONGEST = 10_000
"""A text of more characters than this is not made."""

_CATEGORIES = {"DIGIT": digits, "SPACE": " \t\n", "WORD": f"{ascii_letters}{digits}_"}
_LETTERS = f"ta1A0-_./ {printable}"


def matching(pattern: str, shortest: int, longest: int) -> str:
    """A text of a length between these that matches; Untried where none is found, as with a look ahead or behind."""
    for more in (0, 1, shortest):
        if shortest <= len(text := _text(_parsed(pattern), more)) <= longest:
            return text
    raise Untried("No text is known that its schema allows.")


def _parsed(pattern: str) -> Iterable[Any]:
    parser: Any = re._parser  # type: ignore[attr-defined]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return list(parser.parse(pattern))
    except (re.error, OverflowError, RecursionError):
        raise Untried("Its schema has a pattern that cannot be read here.") from None


def _text(parts: Iterable[Any], more: int) -> str:
    """The text of a sequence, in which what may be repeated is there `more` times at least."""
    text = ""
    for operation, argument in parts:
        text += _part(str(operation), argument, more)
        if len(text) > LONGEST:
            raise Untried("What its schema asks for is too large to make.")
    return text


def _part(operation: str, argument: Any, more: int) -> str:
    match operation:
        case "LITERAL":
            return chr(argument)
        case "ANY":
            return _LETTERS[0]
        case "NOT_LITERAL":
            return next(letter for letter in _LETTERS if ord(letter) != argument)
        case "IN":
            return _letter(argument)
        case "BRANCH":
            return _text(argument[1][0], more)
        case "SUBPATTERN" | "ATOMIC_GROUP":
            return _text(argument[-1] if operation == "SUBPATTERN" else argument, more)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return _repeated(argument, more)
        case "AT":
            return ""
    raise Untried("Its schema has a pattern that looks ahead or back.")


def _repeated(argument: tuple[int, int, Iterable[Any]], more: int) -> str:
    fewest, most, part = argument
    times = min(max(fewest, more), int(most))
    text = _text(part, more) if times else ""
    if len(text) * times > LONGEST:
        raise Untried("What its schema asks for is too large to make.")
    return text * times


def _letter(members: list[Any]) -> str:
    """The first letter that a set has, or one of its own where it has none that is often used."""
    negated = str(members[0][0]) == "NEGATE"
    known: tuple[str, ...] = (*_LETTERS, *(chr(argument) for kind, argument in members if str(kind) == "LITERAL"))
    own = (chr(argument[0]) for kind, argument in members if str(kind) == "RANGE")
    for letter in (*known, *own, "é"):
        if any(_has(letter, str(kind), argument) for kind, argument in members) is not negated:
            return letter
    raise Untried("No text is known that its schema allows.")


def _has(letter: str, kind: str, argument: Any) -> bool:
    if kind == "RANGE":
        return bool(argument[0] <= ord(letter) <= argument[1])
    if kind == "CATEGORY":
        _, _, name = str(argument).partition("_")
        return (letter in _CATEGORIES[name.removeprefix("NOT_")]) is not name.startswith("NOT_")
    return kind == "LITERAL" and ord(letter) == argument
