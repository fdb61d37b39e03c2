"""Answers as a learner hands them over, read kindly: what was needed, and what was found.

An exercise: what is asked, how an answer is judged by what it does, and what people get wrong.

The solution and the wrong answers stand beside the question, for whoever looks: `lab.exercise("03.1").solution??`.
The tests run all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scopekit.display import Displayed
from scopekit.errors import LabError, one_of, shortened
from scopekit.scopes import Scopes
from scopekit.tokens import Token

if TYPE_CHECKING:
    from scopekit.lab.world.world import World


def scope_list(lab: World, answer: object) -> Scopes:
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


def choice_of(answer: object, *choices: str) -> str:
    """One of the choices, which are words; LabError where it is none."""
    if answer not in choices:
        raise LabError(one_of("An answer here", answer, choices))
    return str(answer)


def _kind(answer: object) -> str:
    """What kind of thing an answer is; its text could hold a token or a secret."""
    return f"a value of the type {type(answer).__name__}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an answer: `passed`, `not yet`, or `mistaken`, which is a known misconception with a name.

    `unintended` passes too: the answer does what was asked, on a way that the exercise did not mean.
    """

    kind: str
    message: str
    misconception: str = ""

    @property
    def good(self) -> bool:
        """Whether the exercise is passed."""
        return self.kind in ("passed", "unintended")


def passed(message: str) -> Verdict:
    """The answer does what was asked."""
    return Verdict("passed", message)


def unintended(message: str) -> Verdict:
    """The answer does what was asked, on a way that the exercise did not mean."""
    return Verdict("unintended", message)


def not_yet(message: str) -> Verdict:
    """The answer does not do what was asked, for no reason that has a name."""
    return Verdict("not yet", message)


def mistaken(misconception: str, message: str) -> Verdict:
    """The answer shows a misconception that many have, by its name."""
    return Verdict("mistaken", message, misconception)


@dataclass(frozen=True, slots=True, repr=False)
class Exercise(Displayed):
    """An exercise of a lesson; `objective` is what whoever passes it can do.

    `judge` makes real calls with an answer, in a Lab that is afterwards as it was. `stub` is what the lesson's cell
    holds. `solution` gives an answer that passes, and `wrong` an answer for each misconception, by its name.
    """

    id: str
    objective: str
    prompt: str
    stub: Any
    judge: Callable[[World, Any], Verdict] = field(repr=False)
    hints: tuple[str, ...] = field(repr=False)
    solution: Callable[[World], Any] = field(repr=False)
    wrong: Mapping[str, Callable[[World], Any]] = field(repr=False)

    @property
    def lesson(self) -> str:
        """The number of its lesson, such as `03`."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True, repr=False)
class Checked(Displayed):
    """An exercise beside what became of an answer to it."""

    exercise: Exercise
    verdict: Verdict

    @property
    def passed(self) -> bool:
        """Whether the exercise is passed."""
        return self.verdict.good
