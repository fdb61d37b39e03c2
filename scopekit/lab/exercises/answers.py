"""Reads a learner's answer, rejects an answer of the wrong type, and tries a function in several cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from scopekit.errors import LabError
from scopekit.issuer import sign
from scopekit.keys import Key
from scopekit.lab.exercises.exercise import Verdict, mistaken
from scopekit.lab.grid.forging import plain
from scopekit.lab.world.world import World
from scopekit.scopes import Scopes
from scopekit.tokens import Token
from scopekit.wording import shortened


def as_scopes(lab: World, answer: object) -> Scopes:
    """Returns the answer as scopes. Raises LabError if it is not a list, or VocabularyError if a scope is unknown."""
    if not isinstance(answer, list | tuple | set | frozenset):
        raise LabError(f'The answer must be a list of scopes, such as ["gist"]; found {shortened(answer)}.')
    return lab.vocabulary.check(sorted(answer) if isinstance(answer, set | frozenset) else answer)


def as_token(answer: object) -> Token:
    """Returns the answer as a token. Raises TokenError for text that is no token, and LabError for any other type."""
    if not isinstance(answer, Token | str):  # not quoted: it could hold a secret
        raise LabError(f"The answer must be a token; found a value of the type {type(answer).__name__}.")
    return answer if isinstance(answer, Token) else Token.parse(answer)


def as_function(answer: object) -> Callable[..., Any]:
    """Returns the answer as a function. Raises LabError if the answer is not a function.

    The returned function calls the answer, and raises LabError if the result is the placeholder `...`.
    """
    if not callable(answer):
        raise LabError(f"The answer must be a function; found a value of the type {type(answer).__name__}.")

    def filled(*arguments: Any) -> Any:
        if (result := answer(*arguments)) is ...:
            raise LabError("There is no answer yet: fill the gap `...`.")
        return result

    return filled


def as_number(answer: object) -> int:
    """Returns the answer if it is a whole number. Otherwise raises LabError."""
    if isinstance(answer, bool) or not isinstance(answer, int):
        raise LabError(f"The answer must be a whole number; found {shortened(answer)}.")
    return answer


def as_two_numbers(answer: object) -> tuple[int, int]:
    """Returns the answer if it is two whole numbers of seconds, 0 or more. Otherwise raises LabError."""
    if not isinstance(answer, list | tuple) or len(answer) != 2 or min(map(as_number, answer)) < 0:
        raise LabError(
            f"The answer must be two numbers of seconds, 0 or more, such as (60, 60); found {shortened(answer)}."
        )
    return answer[0], answer[1]


class AnswerCase(NamedTuple):
    """A test case for a function: the arguments, the right result, and the misconception behind a wrong result."""

    name: str
    arguments: tuple[Any, ...]
    expected: Any
    misconception: str = ""
    why: str = ""


def first_mistake(function: Callable[..., Any], cases: Iterable[AnswerCase], judge: str = "the API") -> Verdict | None:
    """The verdict on the first case that a learner's function gets wrong, or None if all cases are right."""
    for name, arguments, expected, misconception, why in cases:
        result = function(*arguments)
        if isinstance(expected, bool):
            result = bool(result)
        if result != expected:
            message = f"For {name}, your function says {shortened(result)}, but {judge} says {expected}. {why}"
            return mistaken(misconception, message.rstrip())
    return None


def changed(token: Token, key: Key, **changes: Any) -> Token:
    """A copy of `token` with `changes` made to its claims, signed with `key`. A claim that is None is removed."""
    claims = {name: value for name, value in {**token.claims, **changes}.items() if value is not None}
    return sign(token.header, plain(claims), key)
