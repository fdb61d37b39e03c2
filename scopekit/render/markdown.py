"""Turns a lesson's prose into HTML, and turns untrusted text and run-sheets into Markdown.

Prose may hold paragraphs, lists, `code`, **bold** and fenced code, and no other markup. Untrusted text is escaped.
Unprintable characters are always escaped, because some of them reverse the direction of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from scopekit.lessons import Lesson, RunSheet
from scopekit.render.markup import Markup, join, tag
from scopekit.wording import counted, visible

JOINER = "\u200d"
"""The character that joins several emoji into one. It is not escaped, because its effect is visible."""

_FENCE = re.compile(r"^```[^\n`]*\n(.*?)^```[^\S\n]*$\n?", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*")
_ITEM = re.compile(r"[-*] +|\d+\. +")


def plain(text: str, limit: int | None = None) -> str:
    """Returns the text on one line, with unprintable characters escaped. Text longer than `limit` is cut."""
    line = JOINER.join(map(visible, re.sub(r"[\t\n]", " ", text).split(JOINER)))
    return line if limit is None or len(line) <= limit else f"{line[: limit - 1]}…"


def prose_text(text: str) -> str:
    """The prose as it was written, except that unprintable characters are escaped."""
    return "\n".join(plain(line) for line in text.strip().splitlines())


def prose_html(text: str) -> Markup:
    """The prose as HTML: paragraphs, lists and code."""
    # The pieces alternate: prose outside the fences, then the content of a fence.
    pieces = _FENCE.split(text.strip().replace("\r\n", "\n"))
    return join([
        tag.pre(tag.code(prose_text(piece)), tabindex=0) if number % 2 else _blocks(piece)
        for number, piece in enumerate(pieces)
    ])  # fmt: skip


def inline_html(text: str) -> Markup:
    """One line of prose as HTML, in which `code` and **bold** become elements."""
    outside, codes, bolds = (_INLINE.split(text)[start::3] for start in range(3))
    marked = [tag.code(plain(code)) if code else tag.b(plain(bold)) for code, bold in zip(codes, bolds, strict=True)]
    return join([[plain(words), *marked[number : number + 1]] for number, words in enumerate(outside)])


def _blocks(text: str) -> Iterable[Markup]:
    for block in re.split(r"\n\s*\n", text):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        if lines and all(_ITEM.match(line) for line in lines):
            items = [tag.li(inline_html(_ITEM.sub("", line, count=1))) for line in lines]
            yield tag.ol(items) if lines[0][0].isdigit() else tag.ul(items)
        elif lines:
            yield tag.p(inline_html(" ".join(lines)))


def markdown_code(text: str) -> str:
    """The text as a Markdown code span, with unprintable characters escaped.

    As CommonMark section 6.1 requires, no run of backticks in the text is as long as the one that opens the span.
    """
    shown = visible(text.replace("\n", "\\n"))
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    blank = not shown.strip(" ")  # a Markdown reader keeps all spaces of a span that holds only spaces
    space = " " if not shown or (not blank and shown.strip(" `") != shown) else ""
    return f"{fence}{space}{shown}{space}{fence}"


def markdown_text(text: str) -> str:
    """The text as one line of Markdown, escaped so that it cannot become a heading, link, mention or HTML."""
    line = "".join(f"\\{each}" if each in "\\`*_[]<>|#!@" else each for each in plain(text))
    return " ".join(line.replace("://", ":\\//").split())


def markdown_table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table with these column names and rows."""
    names = [markdown_text(name) for name in columns]
    lines = [f"| {' | '.join(map(markdown_text, cells))} |" for cells in rows]
    return "\n".join([f"| {' | '.join(names)} |", "|" + " --- |" * len(names), *lines])


def run_sheet_markdown(sheet: RunSheet) -> str:
    """A run-sheet as Markdown: a table of lessons and pauses with their times, then the notes on each lesson."""
    minutes = sum(lesson.minutes for lesson in sheet.lessons)
    start, end = _clock(sheet.start), _clock(sheet.begins[-1])
    summary = f"{counted(len(sheet.lessons), 'lesson')}, {minutes} minutes, from {start} to {end}."
    lines = ["# Run-sheet", "", summary, "", "| time | lesson | minutes |", "|---|---|---|"]
    ended, notes = sheet.start, list[str]()
    for lesson, at in zip(sheet.lessons, sheet.begins, strict=False):
        if at > ended:
            lines.append(f"| {_clock(ended)} | *pause* | {at - ended} |")
        lines.append(f"| {_clock(at)} | {lesson.number} {lesson.question} | {lesson.minutes} |")
        ended = at + lesson.minutes
        notes += _lesson_lines(lesson, at)
    return "\n".join([*lines, f"| {_clock(ended)} | *end* | |", *notes])


def _lesson_lines(lesson: Lesson, at: int) -> Iterable[str]:
    after = f", after {' and '.join(lesson.before)}" if lesson.before else ""
    yield from ("", f"## {_clock(at)} · {lesson.number} {lesson.question}", "")
    yield f"`{lesson.file}`, {lesson.minutes} minutes{after}."
    goto = [f'`lab.goto("{lesson.number}.{n}")` {title}' for n, title in enumerate(lesson.sections, 1)]
    lists = {
        "After it people can": lesson.objectives, "Notes": lesson.notes, "Where to begin with a fresh kernel": goto,
    }  # fmt: skip
    for head, entries in lists.items():
        yield from ("", f"{head}:", "", *(f"- {entry}" for entry in entries)) if entries else ()
    if lesson.exercises:
        yield from ("", f"Exercises: {', '.join(lesson.exercises)}.")


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
