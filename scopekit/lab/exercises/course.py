"""A learner's course: the passed exercises, the table of contents, and a jump to any section of a lesson."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, redirect_stdout, suppress
from dataclasses import dataclass
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

from scopekit.display import Displayed
from scopekit.errors import InputError, LabError
from scopekit.lab.exercises.exercise import Exercise
from scopekit.lessons import SECTION, Lesson, lessons, originals
from scopekit.scopes import Scopes, Vocabulary
from scopekit.wording import no_such, shortened

FILE = ".scopekit-progress.jsonl"
"""The progress file in the working folder. Each passed exercise appends one line to it."""

LESSONS = tuple(
    import_module(f"{__package__}.{file.stem}") for file in sorted(Path(__file__).parent.glob("lesson_*.py"))
)
EXERCISES: dict[str, Exercise] = {exercise.id: exercise for lesson in LESSONS for exercise in lesson.EXERCISES}
"""Every exercise by its id, such as `03.1`, in the order of the lessons."""

LEARNT = Vocabulary({each.id: each.objective for each in EXERCISES.values()})
"""The scopes of a certificate: each exercise's id, described by what a learner can do after it."""


def find_exercise(name: str) -> Exercise:
    """The exercise with the id `name`. Raises LabError if there is none."""
    if name in EXERCISES:
        return EXERCISES[name]
    raise LabError(no_such("An exercise must have an id such as '03.1'; found", name, EXERCISES))


_POINT = re.compile(r"(\d\d)(?:\.(\d+))?")


class Progress(Displayed):
    """The passed exercises, kept in a file. If the file cannot be written, they are lost when the kernel stops."""

    def __init__(self, path: Path | str = FILE) -> None:
        self.path = Path(path)
        self._passed_now: set[str] = set()

    @property
    def exercises(self) -> tuple[Exercise, ...]:
        """All exercises, passed or not, in the order of the lessons."""
        return tuple(EXERCISES.values())

    @property
    def passed(self) -> Scopes:
        """The ids of the passed exercises, in the order of the lessons."""
        names, lines = set(self._passed_now), list[str]()
        with suppress(OSError):
            lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        for line in lines:
            with suppress(ValueError, RecursionError):  # skips a damaged line
                entry = json.loads(line)
                if isinstance(entry, Mapping) and isinstance(name := entry.get("passed"), str):
                    names.add(name)
        return tuple(name for name in EXERCISES if name in names)

    def add(self, name: str) -> None:
        """Records that an exercise was passed."""
        if name in self.passed:
            return
        self._passed_now.add(name)
        with suppress(OSError), self.path.open("a", encoding="utf-8") as file:  # lessons work in a read-only folder too
            file.write(json.dumps({"passed": name}) + "\n")

    def export(self, path: Path | str) -> Path:
        """Writes the passed exercises and their objectives as JSON. Raises InputError if the file cannot be written."""
        target = Path(path)
        summary = {"passed": {name: LEARNT.descriptions[name] for name in self.passed}, "exercises": len(EXERCISES)}
        try:
            target.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise InputError(f"The progress cannot be written to {target}: {reason}.") from None
        return target


class Contents(Displayed):
    """The table of contents: the lessons in order, each with its passed exercises."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.lessons = lessons()

    @property
    def minutes(self) -> int:
        """How many minutes all lessons take together."""
        return sum(lesson.minutes for lesson in self.lessons)

    def passed(self, lesson: Lesson) -> Sequence[str]:
        """The ids of a lesson's passed exercises."""
        return [name for name in self.progress.passed if name in lesson.exercises]


@dataclass(frozen=True, slots=True)
class ReachedPoint:
    """The section that `run_up_to` reached: its number and title, and how many cells were run."""

    lesson: str
    number: int
    title: str
    cells: int

    def __repr__(self) -> str:
        return f"At {self.lesson}.{self.number}, “{self.title}”: {self.cells} cells were run. Go on from there."


def run_up_to(point: str) -> ReachedPoint:
    """Runs a lesson's code in the open notebook, up to a section. The point `07.2` is the second section of lesson 07.

    The cells' output is not shown. Raises LabError if the lesson, the section or the notebook does not exist.
    """
    match = _POINT.fullmatch(point) if isinstance(point, str) else None
    if match is None:
        raise LabError(f"A point must be a lesson and a section, such as '07.2'; found {shortened(point)}.")
    lesson, number = match[1], int(match[2] or 0)
    path = next(originals().glob(f"{lesson}-*.ipynb"), None)
    if path is None:
        raise LabError(f"There is no lesson {lesson}.")
    titles, before = dict[int, str](), list[tuple[str, bool]]()
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and len(titles) < number:
            before.append((source, "raises-exception" in cell["metadata"].get("tags", ())))
        for title in SECTION.findall(source) if cell["cell_type"] == "markdown" else ():
            titles[len(titles) + 1] = title
    if number not in titles:
        listed = ", ".join(f"{lesson}.{each} {title}" for each, title in titles.items())
        raise LabError(f"A point in lesson {lesson} must be one of: {listed}.")
    run_cells(before)
    return ReachedPoint(lesson, number, titles[number], len(before))


def run_cells(cells: list[tuple[str, bool]]) -> None:
    """Runs cells in the open notebook, without output. Each cell is a pair: its source, and whether it should fail."""
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    if shell is None:
        raise LabError("`lab.goto` works only in a notebook.")
    for source, fails in cells:
        # A cell that fails on purpose runs a learner's unsafe code, which may raise anything.
        with redirect_stdout(StringIO()), suppress(Exception) if fails else nullcontext():
            exec(compile(shell.transform_cell(source), "<lesson>", "exec"), shell.user_ns)
