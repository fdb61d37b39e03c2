"""The views of an exercise, a checked answer, a learner's progress, and the table of contents."""

from __future__ import annotations

from scopekit.decision import MARKS
from scopekit.lab.exercises.course import Contents, Progress
from scopekit.lab.exercises.exercise import Checked, Exercise
from scopekit.render.markdown import inline_html, plain, prose_html, prose_text
from scopekit.render.markup import Block, Blocks, aligned, join, paragraph, row, table, tag, verdict, view_of

PASSED, NOT_YET = f"{MARKS['passed']} passed", f"{MARKS['skipped']} not yet"


@view_of(Exercise)
def exercise_view(exercise: Exercise) -> Blocks:
    """Shows the question of an exercise."""
    head = tag.p(tag.b(f"Exercise {exercise.id}"))
    yield Block(f"exercise {exercise.id}: {prose_text(exercise.prompt)}", join(head, prose_html(exercise.prompt)))


@view_of(Checked)
def checked_view(checked: Checked) -> Blocks:
    """Shows the verdict on an answer and its reason. If the exercise is not passed, also shows how to get a hint."""
    name, kind, judged = checked.exercise.id, "passed" if checked.passed else "failed", checked.verdict
    others = {"mistaken": f"not yet, {judged.misconception}", "unintended": "passed another way"}
    head = f"{MARKS[kind]} {name} {others.get(judged.kind, judged.kind)}"
    words = [verdict(kind, head), ": ", inline_html(judged.message)]
    yield paragraph(plain(f"{head}: {prose_text(judged.message)}"), words)
    if not checked.passed:
        advice = f'`lab.hint("{name}")` gives a hint.'
        yield Block(advice, tag.p(inline_html(advice), class_="soft"))


@view_of(Progress)
def progress_view(progress: Progress) -> Blocks:
    """Lists every exercise, passed or not, with its objective."""
    done = progress.passed
    head = f"{len(done)} of {len(progress.exercises)} exercises passed"
    cells = [(each.id, PASSED if each.id in done else NOT_YET, each.objective) for each in progress.exercises]
    rows = [row(*each) for each in cells]
    yield Block("\n".join([head, *aligned(cells, "  ")]), table(("exercise", "passed", "after it you can"), rows, head))


@view_of(Contents)
def contents_view(contents: Contents) -> Blocks:
    """Lists each lesson's number, question, minutes and exercises. In HTML, the question is a link."""
    columns = "lesson", "question", "minutes", "exercises passed"
    lines, rows = [], []
    for each in contents.lessons:
        passed = f"{len(contents.passed(each))} of {len(each.exercises)}" if each.exercises else ""
        lines.append((each.number, each.question, f"{each.minutes:3} min", passed))
        rows.append(row(each.number, tag.a(each.question, href=each.file), each.minutes, passed))
    total = f"{len(contents.lessons)} lessons, {contents.minutes} minutes"
    yield Block("\n".join([*aligned(lines), total]), table(columns, rows, total))
