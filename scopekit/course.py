"""The course: its lessons as their notebooks say them, and the sheet by which somebody presents them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from scopekit.errors import LessonsError, shortened
from scopekit.lessons import originals

SECTION = re.compile(r"^## +(.+)$", re.MULTILINE)
"""A heading that begins a section of a lesson; they are counted from 1, and `lab.goto` knows them by that number."""

FULL_MINUTES = 60
"""How long people listen before they are given a pause."""

_EXERCISE = re.compile(r'lab\.check\("(\d\d\.\d+)"')
_TIME = re.compile(r"(\d{1,2}):(\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson as its notebook says it: its question, its minutes, what comes before it and what one can do after.

    `notes` are for whoever presents it. `sections` are its headings, and `exercises` the ids of those it asks for.
    """

    number: str
    file: str
    question: str
    minutes: int
    before: tuple[str, ...]
    objectives: tuple[str, ...]
    notes: tuple[str, ...]
    sections: tuple[str, ...]
    exercises: tuple[str, ...]


def lessons() -> tuple[Lesson, ...]:
    """The lessons that are shipped, in their order."""
    return tuple(_read(path.name, path.read_text("utf-8")) for path in sorted(originals().glob("*.ipynb")))


def _read(file: str, text: str) -> Lesson:
    notebook = json.loads(text)
    facts = notebook["metadata"]["scopekit"]
    cells = [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]
    return Lesson(
        file[:2], file, cells[0][1].splitlines()[0].removeprefix("# "), facts["minutes"],
        tuple(facts["before"]), tuple(facts["objectives"]), tuple(facts["notes"]),
        sections=tuple(title for kind, source in cells if kind == "markdown" for title in SECTION.findall(source)),
        exercises=tuple(name for kind, source in cells if kind == "code" for name in _EXERCISE.findall(source)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunSheet:
    """Lessons, and when each begins, in minutes after midnight; there is a pause once an hour is full.

    Its text is Markdown: to print, or to read beside the room's screen.
    """

    lessons: tuple[Lesson, ...]
    start: int
    pause: int

    @property
    def begins(self) -> tuple[int, ...]:
        """When each lesson begins, and last when all is over."""
        now, listened, begins = self.start, 0, list[int]()
        for lesson in self.lessons:
            if listened >= FULL_MINUTES:
                now, listened = now + self.pause, 0
            begins.append(now)
            now, listened = now + lesson.minutes, listened + lesson.minutes
        return (*begins, now)

    def __str__(self) -> str:
        from scopekit.show import run_sheet_markdown

        return run_sheet_markdown(self)


def run_sheet(numbers: Sequence[str] = (), start: str = "09:00", pause: int = 10) -> RunSheet:
    """The run-sheet of these lessons, or of all, from a time of day on; LessonsError for what is no lesson, or time."""
    known = {lesson.number: lesson for lesson in lessons()}
    if unknown := [number for number in numbers if number not in known]:
        raise LessonsError(f"A lesson is one of {', '.join(known)}; found {shortened(unknown[0])}.")
    found = _TIME.fullmatch(start)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise LessonsError(f"A run-sheet starts at a time of day, such as 09:00; found {shortened(start)}.")
    return RunSheet(tuple(known[number] for number in numbers or known), int(found[1]) * 60 + int(found[2]), pause)
