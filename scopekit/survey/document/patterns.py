r"""Patterns: a text that a regular expression matches, made by walking through it.

The expression is foreign, so it is never run: `(([a-z]|[^x])+.json)`, as real documents have it, takes hours over forty
letters. Python's own parser takes it apart, as hypothesis has it do, and each part gives its shortest text. exrex
(last release 2024) does the same through a module that Python deprecates, greenery builds machines that may grow
without end, and rstr draws at random.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from string import ascii_letters, digits, printable
from typing import Any

from scopekit.survey.document.untried import Untried

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
