"""Quizzes and hints. A quiz shows an answer only after the learner has locked a prediction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from scopekit.errors import LabError, ScopeKitError
from scopekit.lab.live import Live
from scopekit.lab.world.world import World
from scopekit.wording import one_of, shortened


class Hints(Live):
    """Hints, each more helpful than the one before. Only `next()` reveals them, one by one in order."""

    def __init__(self, *texts: str, lab: World | None = None, name: str = "") -> None:
        super().__init__(lab, name)
        self._texts = texts
        self.given = 0

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def shown(self) -> tuple[str, ...]:
        """The hints given so far."""
        return self._texts[: self.given]

    def next(self) -> str:
        """Reveals the next hint and returns it; raises LabError if all were given."""
        if self.given == len(self):
            raise LabError(f"There is no further hint; all {len(self)} were given.")
        self.given += 1
        self.changed()
        return self.shown[-1]


SURE_PERCENTS = (50, 70, 90)
"""How sure a learner can be of an answer: a guess, fairly sure, very sure."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A question with its choices. `answer` is the right choice, or a function that makes a call to find it.

    A quiz hides `answer` and `why`, and leaves the function uncalled, until the learner locks a prediction.
    """

    question: str
    choices: Sequence[str]
    answer: str | Callable[[], str] = field(repr=False)
    why: str = field(repr=False)
    hints: Sequence[str] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.choices, str) or len({*self.choices}) < max(2, len(self.choices)):
            raise LabError(f"A question needs at least two choices, all different; found {shortened(self.choices)}.")
        if not callable(self.answer) and self.answer not in self.choices:
            raise LabError(f"The answer to the question {shortened(self.question)} must be one of the choices.")

    def find(self) -> str:
        """Returns the right choice. Raises LabError if the function `answer` fails or returns none of the choices."""
        if not callable(self.answer):
            return self.answer
        try:
            answer = self.answer()
        except ScopeKitError as error:
            raise LabError(f"The answer could not be computed: {error}") from error
        except Exception as error:
            raise LabError(f"The answer could not be computed: {type(error).__name__}.") from error
        if answer not in self.choices:
            raise LabError(f"The answer must be one of the choices; found {shortened(answer)}.")
        return answer


@dataclass(frozen=True, slots=True)
class Locked:
    """A prediction that the learner can no longer change, together with the right answer."""

    choice: str
    sure_percent: int
    answer: str

    @property
    def right(self) -> bool:
        """Whether the learner chose the right answer."""
        return self.choice == self.answer


@dataclass(frozen=True, slots=True)
class Score:
    """Counts a learner's right answers, and compares them with how sure the learner was.

    `levels` groups the answers by how sure the learner was: 50, 70 or 90 %.
    """

    GUESSING: ClassVar[float] = 0.25
    """The Brier score of a learner who always says 50 %."""

    locked: tuple[Locked, ...]
    questions: int
    hints: int = 0

    @property
    def right(self) -> int:
        """How many predictions were right."""
        return sum(each.right for each in self.locked)

    @property
    def levels(self) -> tuple[tuple[int, int, int], ...]:
        """A triple for each percentage that the learner chose: percentage, number of answers, number of right ones."""
        by_level = {sure: [each.right for each in self.locked if each.sure_percent == sure] for sure in SURE_PERCENTS}
        return tuple((sure, len(rights), sum(rights)) for sure, rights in by_level.items() if rights)

    @property
    def brier(self) -> float | None:
        """The mean squared distance between confidence and outcome (Brier, 1950); None before the first answer."""
        misses = [(each.sure_percent / 100 - each.right) ** 2 for each in self.locked]
        return sum(misses) / len(misses) if misses else None

    @property
    def beside_guessing(self) -> str:
        """`better than`, `worse than` or `the same as`: compares the learner's Brier score with that of guessing."""
        brier = self.brier or 0.0
        return "better than" if brier < self.GUESSING else "worse than" if brier > self.GUESSING else "the same as"


class Quiz(Live):
    """Questions for a learner. The right answer is shown only after the learner has locked a prediction.

    `quiz.lock(0, "denied", 90)` locks the answer `denied` to the first question, 90 % sure, and returns the outcome.
    """

    def __init__(self, lab: World | None, *predictions: Prediction, name: str = "") -> None:
        super().__init__(lab, name)
        self.predictions = predictions
        self.hints = tuple(Hints(*each.hints) for each in predictions)
        for hints in self.hints:
            hints.watchers.append(self.changed)
        self._locked: dict[int, Locked] = {}

    def lock(self, number: int, choice: str, sure_percent: int) -> Locked:
        """Locks a prediction for a question, and returns the outcome. The first question has the number 0.

        Each question can be answered once. If the right answer cannot be found, nothing is locked.
        """
        if not 0 <= number < len(self.predictions):
            raise LabError(f"A question's number must be from 0 to {len(self.predictions) - 1}; found {number}.")
        prediction = self.predictions[number]
        if number in self._locked:
            raise LabError("A prediction for this question is already locked, and it cannot be changed.")
        if choice not in prediction.choices:
            raise LabError(one_of("A choice", choice, prediction.choices))
        if sure_percent not in SURE_PERCENTS:
            raise LabError(f"`sure_percent` must be 50, 70 or 90; found {shortened(sure_percent)}.")
        self._locked[number] = locked = Locked(choice, sure_percent, prediction.find())
        self.changed()
        return locked

    def __getitem__(self, number: int) -> Locked | None:
        """The outcome of a question, or None if no prediction for the question is locked."""
        return self._locked.get(number)

    def __len__(self) -> int:
        return len(self.predictions)

    def __iter__(self) -> Iterator[tuple[Prediction, Locked | None]]:
        return ((each, self._locked.get(number)) for number, each in enumerate(self.predictions))

    @property
    def score(self) -> Score:
        """The score so far."""
        hints = sum(each.given for each in self.hints)
        return Score(tuple(self._locked.values()), len(self), hints)
