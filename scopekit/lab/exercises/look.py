"""How an exercise, what became of an answer, and progress look.

How the contents of the course look: a line for each lesson, which leads there.
"""

from __future__ import annotations

from html import escape

from scopekit.decision import MARKS
from scopekit.display import register
from scopekit.lab.exercises.course import Contents, Progress
from scopekit.lab.exercises.exercise import Checked, Exercise, Verdict
from scopekit.lessons import Lesson
from scopekit.render.markup import LEFT, header_row, inline_html, page, plain, prose_html, prose_text


def exercise_text(exercise: Exercise) -> str:
    """What is asked."""
    return f"exercise {exercise.id}: {prose_text(exercise.prompt)}"


def exercise_html(exercise: Exercise) -> str:
    """The same."""
    return page(f"<p><b>Exercise {escape(exercise.id)}</b></p>{prose_html(exercise.prompt)}")


def checked_text(checked: Checked) -> str:
    """What became of an answer, why, and what to do next."""
    verdict = checked.verdict
    lines = [f"{_mark(verdict)} {checked.exercise.id} {_word(verdict)}: {prose_text(verdict.message)}", *_next(checked)]
    return "\n".join(plain(line) for line in lines)


def checked_html(checked: Checked) -> str:
    """The same, as HTML."""
    verdict, kind = checked.verdict, "passed" if checked.passed else "failed"
    said = f"<span class='verdict {kind}'>{_mark(verdict)} {escape(checked.exercise.id)} {_word(verdict)}</span>"
    rest = "".join(f"<p class='soft'>{inline_html(line)}</p>" for line in _next(checked))
    return page(f"<p>{said}: {inline_html(verdict.message)}</p>{rest}")


def progress_text(progress: Progress) -> str:
    """Every exercise, passed or not, with what whoever passes it can do."""
    done = progress.passed
    lines = [f"{len(done)} of {len(progress.exercises)} exercises passed"]
    lines += [f"  {_tick(each.id in done):9} {each.id}  {each.objective}" for each in progress.exercises]
    return "\n".join(lines)


def progress_html(progress: Progress) -> str:
    """The same, as a table."""
    done = progress.passed
    rows = "".join(
        f"<tr><td {LEFT}>{escape(each.id)}</td><td {LEFT}>{_tick(each.id in done)}</td>"
        f"<td {LEFT}>{escape(each.objective)}</td></tr>"
        for each in progress.exercises
    )
    head = header_row("exercise", "passed", "who passes it can")
    told = f"<caption>{len(done)} of {len(progress.exercises)} exercises passed</caption>"
    return page(f"<table>{told}{head}<tbody>{rows}</tbody></table>")


def _mark(verdict: Verdict) -> str:
    return MARKS["passed" if verdict.good else "failed"]


def _word(verdict: Verdict) -> str:
    return {"mistaken": f"not yet, {verdict.misconception}", "unintended": "passed another way"}.get(
        verdict.kind, verdict.kind
    )


def _next(checked: Checked) -> list[str]:
    return [] if checked.passed else [f'`lab.hint("{checked.exercise.id}")` gives a hint.']


def _tick(done: bool) -> str:
    return f"{MARKS['passed']} passed" if done else f"{MARKS['skipped']} not yet"


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


register(Exercise, exercise_text, exercise_html)
register(Checked, checked_text, checked_html)
register(Progress, progress_text, progress_html)
register(Contents, contents_text, contents_html)
