"""The contents of the course: every lesson with its question and its minutes, and how far somebody is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from scopekit.lab.exercises import EXERCISES
from scopekit.lab.progress import Progress
from scopekit.lessons import originals


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson as its notebook says it: number, file, question, minutes, and what one can do after it."""

    number: str
    file: str
    question: str
    minutes: int
    objectives: tuple[str, ...]

    @property
    def exercises(self) -> tuple[str, ...]:
        """The ids of its exercises."""
        return tuple(name for name, each in EXERCISES.items() if each.lesson == self.number)


class Contents:
    """The lessons in their order; one that was passed has all of its exercises passed."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.lessons = tuple(_read(path.name, path.read_text("utf-8")) for path in sorted(originals().glob("*.ipynb")))

    @property
    def minutes(self) -> int:
        """How long all of them take."""
        return sum(lesson.minutes for lesson in self.lessons)

    def passed(self, lesson: Lesson) -> Sequence[str]:
        """The exercises of a lesson that are passed."""
        return [name for name in self.progress.passed if name in lesson.exercises]

    def __repr__(self) -> str:
        from scopekit.show import contents_text

        return contents_text(self)

    def _repr_html_(self) -> str:
        from scopekit.show import contents_html

        return contents_html(self)


def _read(file: str, text: str) -> Lesson:
    notebook = json.loads(text)
    facts, opening = notebook["metadata"]["scopekit"], "".join(notebook["cells"][0]["source"])
    question = opening.splitlines()[0].removeprefix("# ")
    return Lesson(file[:2], file, question, facts["minutes"], tuple(facts["objectives"]))
