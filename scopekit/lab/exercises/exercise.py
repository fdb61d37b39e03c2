"""An exercise: what is asked, how an answer is judged by what it does, and what people get wrong.

The solution and the wrong answers stand beside the question, for whoever looks: `lab.exercise("03.1").solution??`.
The tests run all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scopekit.lab.world import Lab


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an answer: `passed`, `not yet`, or `mistaken`, which is a known misconception with a name.

    `unintended` passes too: the answer does what was asked, on a way that the exercise did not mean.
    """

    kind: str
    told: str
    misconception: str = ""

    @property
    def good(self) -> bool:
        """Whether the exercise is passed."""
        return self.kind in ("passed", "unintended")


def passed(told: str) -> Verdict:
    """The answer does what was asked."""
    return Verdict("passed", told)


def unintended(told: str) -> Verdict:
    """The answer does what was asked, on a way that the exercise did not mean."""
    return Verdict("unintended", told)


def not_yet(told: str) -> Verdict:
    """The answer does not do what was asked, for no reason that has a name."""
    return Verdict("not yet", told)


def mistaken(misconception: str, told: str) -> Verdict:
    """The answer shows a misconception that many have, by its name."""
    return Verdict("mistaken", told, misconception)


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise of a lesson; `objective` is what whoever passes it can do.

    `judge` makes real calls with an answer, in a Lab that is afterwards as it was. `stub` is what the lesson's cell
    holds. `solution` gives an answer that passes, and `wrong` an answer for each misconception, by its name.
    """

    id: str
    objective: str
    prompt: str
    stub: Any
    judge: Callable[[Lab, Any], Verdict] = field(repr=False)
    hints: tuple[str, ...] = field(repr=False)
    solution: Callable[[Lab], Any] = field(repr=False)
    wrong: Mapping[str, Callable[[Lab], Any]] = field(repr=False)

    @property
    def lesson(self) -> str:
        """The number of its lesson, such as `03`."""
        return self.id.partition(".")[0]

    def __repr__(self) -> str:
        from scopekit.show import exercise_text

        return exercise_text(self)

    def _repr_html_(self) -> str:
        from scopekit.show import exercise_html

        return exercise_html(self)


@dataclass(frozen=True, slots=True)
class Checked:
    """An exercise beside what became of an answer to it."""

    exercise: Exercise
    verdict: Verdict

    @property
    def passed(self) -> bool:
        """Whether the exercise is passed."""
        return self.verdict.good

    def __repr__(self) -> str:
        from scopekit.show import checked_text

        return checked_text(self)

    def _repr_html_(self) -> str:
        from scopekit.show import checked_html

        return checked_html(self)
