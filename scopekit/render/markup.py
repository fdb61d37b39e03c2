"""What every page of the kit is made of: its style, and the few pieces that all of them share.

Every text that comes from a token, an answer or a person is escaped. Nothing is told by colour alone: a verdict is a
word with a mark before it.

Tables that stack: where there is no room for columns, a row's cells stand below each other, each with its name.

A whole page in one file, for what is kept or sent: it asks for nothing else, and runs nothing.

Markdown in which somebody else's text stays text: no heading, no link, no mention, no HTML of its own.

Prose that a lesson's author writes: paragraphs, lists, `code`, **bold** and fenced code, and no markup beside them.

What is written is escaped first, so that nothing in it is a tag. What cannot be seen, such as a character that turns
the direction of the text, is written out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from scopekit.decision import MARKS
from scopekit.errors import visible

LEFT = "style='text-align:left'"
"""Said again in every cell, for a page that strips the style sheet from a notebook it does not trust."""

CSS = """
.scopekit { --sk-yes: #116329; --sk-no: #a40e26; --sk-soft: #4d555d; --sk-line: #c8ced5; --sk-back: #eef1f4;
  font-family: var(--jp-content-font-family, system-ui, sans-serif); font-size: 14px; line-height: 1.5;
  color: var(--jp-content-font-color1, inherit); }
[data-jp-theme-light="false"] .scopekit, .vscode-dark .scopekit {
  --sk-yes: #6fdd8b; --sk-no: #ffa198; --sk-soft: #b6bec7; --sk-line: #4a525b; --sk-back: #23282e; }
.scopekit table { border-collapse: collapse; margin: 0 0 1em; width: 100%; max-width: 1400px; table-layout: auto;
  font-size: inherit; }
.scopekit caption { text-align: left; font-weight: 600; padding: 4px 0; color: inherit; }
.scopekit th, .scopekit td { text-align: left; vertical-align: top; padding: 3px 12px 3px 0; border: 0;
  border-bottom: 1px solid var(--sk-line); background: none; white-space: normal; max-width: none;
  line-height: 1.4; }
.scopekit td { overflow-wrap: anywhere; }
.scopekit td.part, .scopekit th { overflow-wrap: normal; }
.scopekit tbody tr, .scopekit thead tr { background: none; }
.scopekit thead th { color: var(--sk-soft); font-weight: 600; }
.scopekit tbody th { font-weight: 400; }
.scopekit code, .scopekit pre { font-family: var(--jp-code-font-family, ui-monospace, monospace); font-size: 13px;
  color: inherit; background: none; padding: 0; }
.scopekit pre { white-space: pre-wrap; word-break: normal; overflow-wrap: anywhere; margin: 0 0 1em;
  padding: 8px 12px; border-left: 3px solid var(--sk-line); }
.scopekit .path { overflow-wrap: anywhere; }
.scopekit .soft { color: var(--sk-soft); }
.scopekit .verdict { font-weight: 600; }
.scopekit .mark { white-space: nowrap; }
.scopekit .allowed, .scopekit .passed { color: var(--sk-yes); }
.scopekit .denied, .scopekit .failed, .scopekit .off { color: var(--sk-no); }
.scopekit p { margin: 0 0 .5em; }
.scopekit :is(p, li) { max-width: 100ch; }
.scopekit ul { margin: 0 0 1em; }
.scopekit li { break-inside: avoid; }
@media (max-width: 480px) {
  .scopekit :is(table, caption, tbody, thead, tr, th, td):not(.sk-box *, .sk-stacked *, .sk-claims, .sk-claims *) {
    display: block; min-width: 0; padding: 0; border: 0; overflow-wrap: anywhere; }
  .scopekit thead:not(.sk-box *) { position: absolute; clip-path: inset(50%); width: 1px; height: 1px;
    overflow: hidden; }
  .scopekit tbody tr:not(.sk-box *, .sk-stacked *, .sk-claims *) { display: flex; flex-wrap: wrap; gap: 0 10px;
    padding: 4px 0; border-bottom: 1px solid var(--sk-line); }
  .scopekit td[data-column]:not(.sk-box *, .sk-stacked *)::before { content: attr(data-column) ": ";
    color: var(--sk-soft); }
}
@media (forced-colors: active) {
  .scopekit .verdict { color: CanvasText; }
  :is(.scopekit, .scopekit-view) .jupyter-button { border: 1px solid ButtonText; }
}
"""
"""The one look, in JupyterLab's theme variables where there are some."""

STYLE = f"<style>{CSS}</style>"


def page(content: str) -> str:
    """The content with the style that it needs, to stand anywhere."""
    return f"{STYLE}<div class='scopekit'>{content}</div>"


def header_row(*names: str) -> str:
    """The head of a table: one row of names."""
    return f"<thead><tr>{''.join(f'<th {LEFT} scope=col>{escape(name)}</th>' for name in names)}</tr></thead>"


def column(name: str) -> str:
    """What a cell says of its column, for a page without room for the head of the table; nothing without a name."""
    return f" data-column='{escape(name)}'" if name else ""


def mark(verdict: str) -> str:
    """A verdict, its mark before the word."""
    return f"<span class='verdict mark {verdict}'>{MARKS[verdict]} {verdict}</span>"


def soft(text: str) -> str:
    """What is said beside, in softer ink; nothing where there is nothing to say."""
    return f" <span class='soft'>{escape(text)}</span>" if text else ""


_STACKED_STYLE = """<style>
.scopekit .sk-stacked { container-type: inline-size; }
.scopekit .sk-stacked :is(td, th) { overflow-wrap: anywhere; }
.scopekit .sk-stacked tr.sk-alarm > :last-child { box-shadow: inset 4px 0 var(--sk-no); padding-left: 12px; }
.scopekit .sk-stacked tr.sk-alarm > * { background: var(--sk-back); }
@container (max-width: 420px) {
  .scopekit .sk-stacked :is(table, caption, tbody, tr, th, td) { display: block; width: auto; }
  .scopekit .sk-stacked thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .scopekit .sk-stacked tr { border-bottom: 1px solid var(--sk-line); padding: 4px 0; }
  .scopekit .sk-stacked :is(th, td) { border: 0; padding: 2px 0; }
  .scopekit .sk-stacked td[data-column]::before { content: attr(data-column) ": "; color: var(--sk-soft); }
}
</style>"""


def stacked(caption: str, names: Sequence[str], rows: Sequence[str]) -> str:
    """A table with these names of columns; each row comes from `row`."""
    head = header_row(*names)
    table = f"<table><caption>{escape(caption)}</caption>{head}<tbody>{''.join(rows)}</tbody></table>"
    return f"{_STACKED_STYLE}<div class='sk-stacked'>{table}</div>"


def row(names: Sequence[str], cells: Sequence[str], *, data: str = "", alarm: bool = False) -> str:
    """A row, the first of whose cells heads it; the cells are HTML already, `data` is an attribute of the row."""
    head, *rest = cells
    beside = "".join(f"<td {LEFT}{column(name)}>{cell}</td>" for name, cell in zip(names[1:], rest, strict=True))
    return f"<tr{' class=sk-alarm' if alarm else ''} {data}><th scope='row' {LEFT}>{head}</th>{beside}</tr>"


_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

# The colours are those of the whole page: `.scopekit` takes its own from what is around it.
_PAGE_STYLE = """<style>
html { color-scheme: light dark; color: #1f2328; background: #fff; }
body { margin: 0 auto; padding: 16px; max-width: 120rem; }
@media (prefers-color-scheme: dark) {
  html { color: #e6edf3; background: #0d1117; }
  .scopekit { --sk-yes: #6fdd8b; --sk-no: #ffa198; --sk-soft: #b6bec7; --sk-line: #4a525b; --sk-back: #23282e; } }
</style>"""


def whole_page(title: str, heading: str, content: str, style: str = "") -> str:
    """A page with this title and heading, which are escaped, and this content, which is HTML already.

    Characters that are not to be seen are written out, wherever they stand.
    """
    return visible(
        "<!doctype html>\n<html lang='en'>\n<head><meta charset='utf-8'>"
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)}</title>{STYLE}{_PAGE_STYLE}{style}</head>\n"
        f"<body class='scopekit'><main><h1>{escape(heading)}</h1>{content}</main></body>\n</html>\n"
    )


def code(text: str) -> str:
    """The text as a code span, in which nothing else is read; a character that is none to be seen is written out.

    CommonMark section 6.1: the fence is longer than any run of backticks within.
    """
    shown = visible(text.replace("\n", "\\n"))
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    blank = not shown.strip(" ")  # of blanks alone a reader takes none away
    space = " " if not shown or (not blank and shown.strip(" `") != shown) else ""
    return f"{fence}{space}{shown}{space}{fence}"


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
