"""Progress: which exercises somebody has passed, kept in a file, and the certificate that says so.

The contents of the course: every lesson with its question and its minutes, and how far somebody is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scopekit import lessons as course
from scopekit.display import Displayed
from scopekit.errors import LessonsError
from scopekit.lab.exercises import EXERCISES, Exercise
from scopekit.lessons import Lesson
from scopekit.scopes import Scopes, Vocabulary

if TYPE_CHECKING:
    pass


FILE = ".scopekit-progress.jsonl"
"""Where it is kept, in the folder that one works in: a line for each exercise passed, and nothing is overwritten."""

LEARNT = Vocabulary({each.id: each.objective for each in EXERCISES.values()})
"""The scopes of a certificate: the exercises, each with what whoever passed it can do."""


class Progress(Displayed):
    """The exercises passed; where the file cannot be written they are kept for this kernel alone."""

    def __init__(self, path: Path | str = FILE) -> None:
        self.path = Path(path)
        self._here: dict[str, None] = {}

    @property
    def passed(self) -> Scopes:
        """The ids of the exercises passed, in the order of the lessons."""
        done = {*self._here, *self._kept()}
        return tuple(name for name in EXERCISES if name in done)

    @property
    def exercises(self) -> tuple[Exercise, ...]:
        """All exercises, passed or not, in the order of the lessons."""
        return tuple(EXERCISES.values())

    def add(self, name: str) -> None:
        """Notes that an exercise was passed."""
        if name in self.passed:
            return
        self._here[name] = None
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"passed": name}) + "\n")
        except OSError:
            return  # a folder one may not write in is no reason to stop a lesson

    def export(self, path: Path | str) -> Path:
        """Writes what was passed, and what it means, as JSON; LessonsError where that file cannot be written."""
        target = Path(path)
        told = {"passed": {name: LEARNT.descriptions[name] for name in self.passed}, "exercises": len(EXERCISES)}
        try:
            target.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise LessonsError(f"The progress cannot be written to {target}: {reason}.") from None
        return target

    def _kept(self) -> list[str]:
        """What the file says; a line that says nothing is passed over."""
        try:
            lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return []
        return [name for line in lines if isinstance(name := _passed(line), str)]


def _passed(line: str) -> object:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry.get("passed") if isinstance(entry, Mapping) else None


class Contents(Displayed):
    """The lessons in their order; one that was passed has all of its exercises passed."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.lessons = course.lessons()

    @property
    def minutes(self) -> int:
        """How long all of them take."""
        return sum(lesson.minutes for lesson in self.lessons)

    def passed(self, lesson: Lesson) -> Sequence[str]:
        """The exercises of a lesson that are passed."""
        return [name for name in self.progress.passed if name in lesson.exercises]
