"""How a run-sheet reads: Markdown, a table of times first and then what to know about each lesson."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scopekit.errors import counted

if TYPE_CHECKING:
    from scopekit.lessons import Lesson, RunSheet


def run_sheet_markdown(sheet: RunSheet) -> str:
    """The sheet as Markdown; a pause is a row of the table."""
    minutes = sum(lesson.minutes for lesson in sheet.lessons)
    lines = [
        "# Run-sheet", "",
        f"{counted(len(sheet.lessons), 'lesson')}, {minutes} minutes, "
        f"from {_clock(sheet.start)} to {_clock(sheet.begins[-1])}.", "",
        "| time | lesson | minutes |", "|---|---|---|", *_times(sheet),
    ]  # fmt: skip
    for lesson, at in zip(sheet.lessons, sheet.begins, strict=False):
        lines += _lesson(lesson, at)
    return "\n".join(lines)


def _times(sheet: RunSheet) -> Iterator[str]:
    ended = sheet.start
    for lesson, at in zip(sheet.lessons, sheet.begins, strict=False):
        if at > ended:
            yield f"| {_clock(ended)} | *pause* | {at - ended} |"
        yield f"| {_clock(at)} | {lesson.number} {lesson.question} | {lesson.minutes} |"
        ended = at + lesson.minutes
    yield f"| {_clock(ended)} | *end* | |"


def _lesson(lesson: Lesson, at: int) -> Iterator[str]:
    yield from ("", f"## {_clock(at)} · {lesson.number} {lesson.question}", "")
    after = f", after {' and '.join(lesson.before)}" if lesson.before else ""
    yield f"`{lesson.file}`, {lesson.minutes} minutes{after}."
    yield from _listed("After it people can", lesson.objectives)
    yield from _listed("Notes", lesson.notes)
    points = (f'`lab.goto("{lesson.number}.{n}")` {title}' for n, title in enumerate(lesson.sections, 1))
    yield from _listed("Where one can begin with a fresh kernel", tuple(points))
    if lesson.exercises:
        yield from ("", f"Exercises: {', '.join(lesson.exercises)}.")


def _listed(head: str, entries: tuple[str, ...]) -> Iterator[str]:
    if entries:
        yield from ("", f"{head}:", "", *(f"- {entry}" for entry in entries))


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
