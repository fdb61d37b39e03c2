"""Prose that a lesson's author writes: paragraphs, lists, `code`, **bold** and fenced code, and no markup beside them.

What is written is escaped first, so that nothing in it is a tag. What cannot be seen, such as a character that turns
the direction of the text, is written out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

JOINER = "\u200d"
"""Joins emoji to one; it is seen in what it does."""

_FENCE = re.compile(r"^```[^\n`]*\n(.*?)^```[^\S\n]*$\n?", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*")
_ITEM = re.compile(r"[-*] +|\d+\. +")


def plain(text: str, limit: int | None = None) -> str:
    """The text on one line, with nothing in it that is not to be seen, cut where it is longer than `limit`."""
    line = "".join(each if each.isprintable() or each == JOINER else _written_out(each) for each in text)
    return line if limit is None or len(line) <= limit else f"{line[: limit - 1]}…"


def prose_text(text: str) -> str:
    """The prose as text: as it was written, with nothing in it that is not to be seen."""
    return "\n".join(plain(line) for line in text.strip().splitlines())


def prose_html(text: str) -> str:
    """The prose as HTML: paragraphs, lists and code."""
    return "".join(_parts(text.strip().replace("\r\n", "\n")))


def inline_html(text: str) -> str:
    """One line of prose as HTML, its `code` and **bold** marked."""
    parts, at = [], 0
    for found in _INLINE.finditer(text):
        parts.append(escape(plain(text[at : found.start()])))
        tag = "code" if found[1] else "b"
        parts.append(f"<{tag}>{escape(plain(found[1] or found[2]))}</{tag}>")
        at = found.end()
    return "".join([*parts, escape(plain(text[at:]))])


def _parts(text: str) -> Iterator[str]:
    at = 0
    for found in _FENCE.finditer(text):
        yield from _blocks(text[at : found.start()])
        yield f"<pre tabindex='0'><code>{escape(prose_text(found[1]))}</code></pre>"
        at = found.end()
    yield from _blocks(text[at:])


def _blocks(text: str) -> Iterator[str]:
    for block in re.split(r"\n\s*\n", text):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        if lines and all(_ITEM.match(line) for line in lines):
            tag = "ol" if lines[0][0].isdigit() else "ul"
            items = "".join(f"<li>{inline_html(_ITEM.sub('', line, count=1))}</li>" for line in lines)
            yield f"<{tag}>{items}</{tag}>"
        elif lines:
            yield f"<p>{inline_html(' '.join(lines))}</p>"


def _written_out(character: str) -> str:
    return " " if character in "\t\n" else ascii(character)[1:-1]
