"""Answers as a learner hands them over, read kindly: what was needed, and what was found."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scopekit.errors import LabError, shortened
from scopekit.scopes import Scopes
from scopekit.tokens import Token

if TYPE_CHECKING:
    from scopekit.lab.world import Lab


def scope_list(lab: Lab, answer: object) -> Scopes:
    """A list of scopes that the API knows; LabError or VocabularyError where it is none."""
    if not isinstance(answer, list | tuple | set | frozenset):
        raise LabError(f'An answer here is a list of scopes, such as ["gist"]; found {shortened(answer)}.')
    return lab.vocabulary.check(sorted(answer) if isinstance(answer, set | frozenset) else answer)


def token(answer: object) -> Token:
    """A token, or the text of one; LabError or TokenError where it is none."""
    if isinstance(answer, Token):
        return answer
    if not isinstance(answer, str):
        raise LabError(f"An answer here is a token; found {_kind(answer)}.")
    return Token.parse(answer)


def function(answer: object) -> Callable[..., Any]:
    """A function; LabError where it is none, or when it returns the gap that is to be filled."""
    if not callable(answer):
        raise LabError(f"An answer here is a function; found {_kind(answer)}.")

    def filled(*arguments: Any) -> Any:
        if (found := answer(*arguments)) is ...:
            raise LabError("There is no answer yet: the gap `...` is to be filled.")
        return found

    return filled


def whole_number(answer: object) -> int:
    """A whole number; LabError where it is none."""
    if isinstance(answer, bool) or not isinstance(answer, int):
        raise LabError(f"An answer here is a whole number; found {shortened(answer)}.")
    return answer


def two_numbers(answer: object) -> tuple[int, int]:
    """Two whole numbers of seconds, 0 or more; LabError where they are none."""
    if not isinstance(answer, list | tuple) or len(answer) != 2:
        raise LabError(f"An answer here is two whole numbers, such as (60, 60), in seconds; found {shortened(answer)}.")
    first, second = map(whole_number, answer)
    if min(first, second) < 0:
        raise LabError(f"An answer here is two numbers of seconds, 0 or more; found {shortened(answer)}.")
    return first, second


def one_of(answer: object, *choices: str) -> str:
    """One of the choices, which are words; LabError where it is none."""
    if answer not in choices:
        raise LabError(f"An answer here is one of {', '.join(map(repr, choices))}; found {shortened(answer)}.")
    return str(answer)


def _kind(answer: object) -> str:
    """What kind of thing an answer is; its text could hold a token or a secret."""
    return f"a value of the type {type(answer).__name__}"
