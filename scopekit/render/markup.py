"""Builds HTML and views. A view describes an object once, and shows the object both as text and as HTML.

Text is escaped unless its type is `Markup`. No meaning rests on colour alone: every verdict is a mark and a word. Every
table cell states its own alignment, because Jupyter shows an untrusted notebook without the style sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from html import escape
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple, TypeVar

from scopekit.decision import MARKS
from scopekit.display import register
from scopekit.wording import visible

T = TypeVar("T")

LEFT = "style='text-align:left'"
CSS = "\n" + Path(__file__).with_name("style.css").read_text(encoding="utf-8")
"""The shared style sheet. It uses JupyterLab's theme variables if there are any."""


class Markup(str):
    """Safe HTML, which is never escaped again. All other text is escaped when it is put into HTML."""

    __slots__ = ()


class TableCell(Markup):
    """A finished table cell, which `row` uses unchanged."""

    __slots__ = ()


def join(*content: object) -> Markup:
    """Joins the content into HTML: text is escaped, markup is kept, None is skipped, and lists are joined too."""
    return Markup("".join(map(_html, content)))


def _html(content: object) -> str:
    if isinstance(content, str):
        return content if isinstance(content, Markup) else escape(content)
    return "" if content is None else join(*content) if isinstance(content, Iterable) else escape(str(content))


def element(name: str, *content: object, **attributes: object) -> Markup:
    """An HTML element. `class_` sets the attribute `class`, `data_call` sets `data-call`. Omits empty attributes."""
    pairs = [
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f"='{escape(str(value))}'")
        for key, value in attributes.items()
        if value is not None and value is not False and value != ""
    ]
    return Markup(f"<{name}{''.join(pairs)}>{join(*content)}</{name}>")


class Tags:
    """The functions that make HTML elements: `tag.td("a < b", class_="soft")` makes a table cell."""

    def __getattr__(self, name: str) -> Callable[..., Markup]:
        """Returns the function that makes elements of this name."""
        return partial(element, name)


tag = Tags()
BREAK = Markup("<br>")


def style_sheet(css: str | Path) -> Markup:
    """A style element that holds the style sheet. The sheet is not escaped, because it is part of this kit."""
    return Markup(f"<style>{css}</style>" if isinstance(css, str) else f"<style>\n{css.read_text('utf-8')}</style>")


STYLE = style_sheet(CSS)
_STACKED = style_sheet(Path(__file__).with_name("stacked.css"))


def page(*content: object) -> str:
    """The content together with the style sheet, so that the content looks right in any page."""
    return join(STYLE, tag.div(*content, class_="scopekit"))


def whole_page(title: str, heading: str, content: Markup, style: Markup | None = None) -> str:
    """A complete HTML page in one file that loads no other files and runs no script.

    Unprintable characters are escaped everywhere.
    """
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    own = style_sheet(Path(__file__).with_name("page.css"))
    return visible(
        "<!doctype html>\n<html lang='en'>\n<head><meta charset='utf-8'>"
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"{tag.title(title)}{STYLE}{own}{style or ''}</head>\n"
        f"<body class='scopekit'>{tag.main(tag.h1(heading), content)}</body>\n</html>\n"
    )


# Words and verdicts


def soft(*content: object) -> Markup:
    """A side note in a paler colour. Empty if there is no content."""
    return join(" ", tag.span(words, class_="soft")) if (words := join(*content)) else words


def verdict(kind: str, *words: object) -> Markup:
    """Words in the colour of a verdict. `kind` names the verdict, such as `passed`."""
    return tag.span(*words, class_=f"verdict {kind}")


def mark(name: str) -> Markup:
    """A verdict as HTML: its mark, such as ✓, and then its name."""
    return verdict(f"mark {name}", f"{MARKS[name]} {name}")


# Tables


def header_row(*names: object) -> Markup:
    """The head of a table: one row of names."""
    cells = [Markup(f"<th {LEFT} scope=col>{join(name)}</th>") for name in names]
    return tag.thead(tag.tr(cells))


def cell(*content: object, **attributes: object) -> TableCell:
    """A table cell. `data_column` is the name of its column, shown on narrow pages instead of the table's head."""
    return TableCell(element("td", *content, style="text-align:left", **attributes))


def row(
    *cells: object, head: int = 0, columns: Sequence[str] = (), classes: Sequence[str] = (), **attributes: object
) -> Markup:
    """A table row. The cell at the index `head` becomes the row's header. `classes` holds the CSS class of each cell.

    `columns` holds the name of each cell's column. Narrow pages show these names instead of the table's head.
    """
    row_cells: list[Markup] = []
    for number, (each, column, kind) in enumerate(zip_longest(cells, columns[: len(cells)], classes[: len(cells)])):
        if isinstance(each, TableCell):
            row_cells.append(each)
        elif number == head:
            row_cells.append(tag.th(each, style="text-align:left", scope="row"))
        else:
            row_cells.append(cell(each, data_column=column, class_=kind))
    return tag.tr(row_cells, **attributes)


def table(columns: Sequence[object], rows: Iterable[Markup], caption: object = None) -> Markup:
    """A table with these column names, and with rows that the function `row` made."""
    head = header_row(*columns) if columns else None
    return tag.table(tag.caption(caption) if caption else None, head, tag.tbody(list(rows)))


def stacked(caption: str, columns: Sequence[str], rows: Iterable[Markup]) -> Markup:
    """A table that fits a narrow page: each row becomes a stack of cells there, and a cell shows its column's name."""
    return join(_STACKED, tag.div(table(columns, rows, caption), class_="sk-stacked"))


def aligned(rows: Iterable[Sequence[object]], indent: str = "") -> list[str]:
    """The rows as lines of text, with every cell but the last padded to the width of its column."""
    texts = [[str(each) for each in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)][:-1]
    return [
        indent + "  ".join([*(f"{each:{width}}" for each, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in texts
    ]


# Views


class Block(NamedTuple):
    """One part of a view, as text and as HTML. `view_text` skips a part whose `text` is None."""

    text: str | None
    html: Markup


Blocks = Iterable[Block]
"""A view: blocks to show one below the other."""


def paragraph(words: str, html: object = None) -> Block:
    """A paragraph. If `html` is given, it replaces `words` in the HTML."""
    return Block(words, tag.p(html or words))


def heading(words: str) -> Block:
    """A line that serves as the heading of the next blocks."""
    return Block(words, tag.p(tag.b(words)))


def listing(head: str, lines: Iterable[str], *, needed: bool = True) -> Block:
    """A heading with a list below it. If the list is empty, the heading is shown only if `needed` is True."""
    entries = list(lines)
    items = [tag.li(line, style="text-align:left") for line in entries]
    if not (entries or needed):
        return Block(None, Markup())
    text = "\n".join([head, *(f"  {each}" for each in entries)])
    return Block(text, join(heading(head).html, tag.ul(items) if items else None))


def preformatted(name: str, text: str) -> Block:
    """Text whose line breaks and spaces are kept. The HTML also shows `name` above the text."""
    return Block(text, join(tag.p(name, class_="soft"), tag.pre(text)))


def view_text(view: Blocks, between: str = "\n") -> str:
    """A view as text. The string `between` separates the blocks."""
    return between.join(block.text for block in view if block.text is not None)


def view_html(view: Blocks) -> Markup:
    """A view as HTML, to embed in a page."""
    return join([block.html for block in view])


def view_of(kind: type[T], between: str = "\n") -> Callable[[Callable[[T], Blocks]], Callable[[T], Blocks]]:
    """Decorates a function that describes an object as blocks. That function then shows objects of the class `kind`."""

    def registered(describe: Callable[[T], Blocks]) -> Callable[[T], Blocks]:
        register(
            kind, lambda shown: view_text(describe(shown), between), lambda shown: page(view_html(describe(shown)))
        )
        return describe

    return registered
