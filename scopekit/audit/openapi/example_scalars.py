"""Makes a number or a text that fits a schema. The same schema always gives the same value.

The pattern in a schema is a regular expression that somebody else wrote. It is parsed but never run, because a run may
take hours: `(([a-z]|[^x])+.json)`, from a real document, does so on forty letters. Python's own parser splits a pattern
into parts, as in hypothesis, and each part gives its shortest text. Other packages do not fit: exrex (last release
2024) needs a module that Python deprecates, greenery builds state machines that may grow without end, and rstr gives
random texts.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterable, Mapping
from string import ascii_letters, digits, printable
from typing import Any

from scopekit.audit.openapi.loading import SkipOperation

FORMATS = {
    "date": "2020-01-31", "date-time": "2020-01-31T12:00:00Z", "time": "12:00:00Z", "duration": "PT1H",
    "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "email": "someone@example.com", "byte": "dGV4dA==",
    "uri": "https://example.com/", "uri-reference": "/text", "url": "https://example.com/", "hostname": "example.com",
    "ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "json-pointer": "/text", "regex": ".",
}  # fmt: skip
"""An example text of each format; its names and addresses are reserved for examples (RFC 2606, 5737, 3849)."""

MAX_LENGTH = 10_000
"""The maximum length of a text that is made."""

_CATEGORIES = {"DIGIT": digits, "SPACE": " \t\n", "WORD": f"{ascii_letters}{digits}_"}
_LETTERS = f"ta1A0-_./ {printable}"
_TOO_LARGE = "The schema asks for a value that is too large to make."
_NO_TEXT = "No text that fits the schema was found."


def number(schema: Mapping[str, Any], *, whole: bool) -> float:
    """A number within the schema's bounds; 1 if that fits. Exclusive bounds are read as in OpenAPI 3.0 and in 3.1."""
    low, high, above, below, step = (
        value if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e100 else None
        for value in map(schema.get, ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"))
    )  # small enough that no sum here overflows
    bounds = [bound for bound in (low, high, above, below) if bound is not None]
    above = low if schema.get("exclusiveMinimum") is True else above
    below = high if schema.get("exclusiveMaximum") is True else below
    hop = step or 1
    multiples = (round(bound / hop) * hop + more for bound in bounds for more in (0, hop, -hop) if hop > 1e-9)
    for value in (1, hop, 0, *multiples, *bounds, *(sum(bounds) / len(bounds) for _ in bounds[:1])):
        if (
            (low is None or value >= low)
            and (high is None or value <= high)
            and (above is None or value > above)
            and (below is None or value < below)
            and (not step or math.isclose(value / step, round(value / step)))
            and not (whole and value % 1)
        ):
            return int(value) if whole else value
    raise SkipOperation("No number that fits the schema was found.")


def text(schema: Mapping[str, Any]) -> str:
    """A text that fits a schema: it matches the pattern or, without a pattern, has the stated format and length."""
    shortest, longest = length(schema.get("minLength")), length(schema.get("maxLength"), MAX_LENGTH)
    if isinstance(pattern := schema.get("pattern"), str):
        return matching(pattern, shortest, longest)
    example = FORMATS.get(str(schema.get("format")), "text")
    if not shortest <= len(example) <= longest:
        example = "text".ljust(min(shortest, MAX_LENGTH), "t")[:longest]
    if shortest > len(example):
        raise SkipOperation(_NO_TEXT)
    return example


def length(value: Any, otherwise: int = 0) -> int:
    """Returns `value` if it is a valid length, such as a schema's `minLength`, and `otherwise` if not."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else otherwise


def matching(pattern: str, shortest: int, longest: int) -> str:
    """A text of `shortest` to `longest` characters that matches `pattern`. Raises SkipOperation if none is found."""
    parser: Any = re._parser  # type: ignore[attr-defined]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parts = list(parser.parse(pattern))
    except (re.error, OverflowError, RecursionError):
        raise SkipOperation("The schema has a pattern that Python cannot parse.") from None
    for more in (0, 1, shortest):
        if shortest <= len(text := _text(parts, more)) <= longest:
            return text
    raise SkipOperation(_NO_TEXT)


def _text(parts: Iterable[Any], more: int) -> str:
    """A text that matches the parts of a pattern. A part that may be repeated appears `more` times, if possible."""
    text = ""
    for operation, argument in parts:
        match str(operation), argument:
            case "LITERAL", code:
                text += chr(code)
            case "ANY", _:
                text += _LETTERS[0]
            case "NOT_LITERAL", code:
                text += _letter([("NEGATE", None), ("LITERAL", code)])
            case "IN", members:
                text += _letter(members)
            case "BRANCH", (_, branches):
                text += _text(branches[0], more)
            case ("SUBPATTERN", (*_, part)) | ("ATOMIC_GROUP", part):
                text += _text(part, more)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT", (fewest, most, part):
                times = min(max(fewest, more), int(most))
                repeated = _text(part, more) if times else ""
                if len(repeated) * times > MAX_LENGTH:
                    raise SkipOperation(_TOO_LARGE)
                text += repeated * times
            case "AT", _:
                pass
            case _:
                raise SkipOperation("The schema has a pattern that looks ahead or back.")
        if len(text) > MAX_LENGTH:
            raise SkipOperation(_TOO_LARGE)
    return text


def _letter(members: list[tuple[Any, Any]]) -> str:
    """A character from a character set: a common one if the set has any, or else one that the set names."""

    def has(letter: str, kind: str, argument: Any) -> bool:
        if kind == "RANGE":
            return bool(argument[0] <= ord(letter) <= argument[1])
        if kind == "CATEGORY":
            _, _, name = str(argument).partition("_")
            return (letter in _CATEGORIES[name.removeprefix("NOT_")]) is not name.startswith("NOT_")
        return kind == "LITERAL" and ord(letter) == argument

    named = [(str(kind), argument) for kind, argument in members]
    literals = (chr(argument) for kind, argument in named if kind == "LITERAL")
    starts = (chr(argument[0]) for kind, argument in named if kind == "RANGE")
    letters: tuple[str, ...] = (*_LETTERS, *literals, *starts, "é")
    for letter in letters:
        if any(has(letter, *member) for member in named) is not (named[0][0] == "NEGATE"):
            return letter
    raise SkipOperation(_NO_TEXT)
