"""An exercise: its question, the judge that tries an answer in real calls, its hints, and the known mistakes.

An exercise also holds a solution and wrong answers, which the tests try. `lab.exercise("03.1").solution??` shows the
solution.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scopekit.display import Displayed
from scopekit.lab.world.world import World


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judge's verdict on an answer: `passed`, `not yet`, or `mistaken`, which names a misconception.

    A fourth verdict, `unintended`, also passes: the answer works, but not in the way that the exercise intended.
    """

    kind: str
    message: str
    misconception: str = ""

    @property
    def good(self) -> bool:
        """Whether the exercise is passed."""
        return self.kind in ("passed", "unintended")


def passed(message: str) -> Verdict:
    """The verdict on an answer that does what was asked."""
    return Verdict("passed", message)


def unintended(message: str) -> Verdict:
    """The verdict on an answer that does what was asked, but not in the way that the exercise intended."""
    return Verdict("unintended", message)


def not_yet(message: str) -> Verdict:
    """The verdict on an answer that does not do what was asked, but shows no known misconception."""
    return Verdict("not yet", message)


def mistaken(misconception: str, message: str) -> Verdict:
    """The verdict on an answer that shows a common misconception, or `not yet` if `misconception` is empty."""
    return Verdict("mistaken", message, misconception) if misconception else not_yet(message)


@dataclass(frozen=True, slots=True, repr=False)
class Exercise(Displayed):
    """An exercise of a lesson. `objective` says what a learner can do after passing it.

    `judge` tries an answer in real calls, and `Lab.check` then restores the Lab. `stub` is the unfinished answer in the
    lesson. `solution` makes an answer that passes. `wrong` maps each misconception to a function that makes an answer
    with this misconception.
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
        """The number of the exercise's lesson, such as `03`."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True, repr=False)
class Checked(Displayed):
    """An exercise, with the verdict on a learner's answer."""

    exercise: Exercise
    verdict: Verdict

    @property
    def passed(self) -> bool:
        """Whether the exercise is passed."""
        return self.verdict.good
