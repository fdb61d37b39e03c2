"""How the contents of the course look: a line for each lesson, which leads there."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from scopekit.show.pieces import LEFT, header_row, page

if TYPE_CHECKING:
    from scopekit.course import Lesson
    from scopekit.lab.contents import Contents

HEADS = ("lesson", "question", "minutes", "exercises passed")


def contents_text(contents: Contents) -> str:
    """Number, question, minutes and exercises of every lesson."""
    width = max(len(lesson.question) for lesson in contents.lessons)
    lines = [
        f"{lesson.number}  {lesson.question:{width}}  {lesson.minutes:3} min  {_passed(contents, lesson)}".rstrip()
        for lesson in contents.lessons
    ]
    return "\n".join([*lines, f"{len(contents.lessons)} lessons, {contents.minutes} minutes"])


def contents_html(contents: Contents) -> str:
    """The same, as a table whose questions are links."""
    rows = "".join(_row(contents, lesson) for lesson in contents.lessons)
    caption = f"<caption>{len(contents.lessons)} lessons, {contents.minutes} minutes</caption>"
    return page(f"<table>{caption}{header_row(*HEADS)}<tbody>{rows}</tbody></table>")


def _row(contents: Contents, lesson: Lesson) -> str:
    link = f"<a href='{escape(lesson.file)}'>{escape(lesson.question)}</a>"
    cells = (lesson.number, link, str(lesson.minutes), _passed(contents, lesson))
    return f"<tr>{''.join(f'<td {LEFT}>{cell}</td>' for cell in cells)}</tr>"


def _passed(contents: Contents, lesson: Lesson) -> str:
    return f"{len(contents.passed(lesson))} of {len(lesson.exercises)}" if lesson.exercises else ""
