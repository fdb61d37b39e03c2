"""HTML that escapes by construction, and views: one description that makes both text and HTML.

Text is escaped unless it was built as `Markup`. Nothing is told by colour alone: a verdict is a word with a mark before
it. Alignment is said again in every cell, for a page that strips the style sheet from a notebook it does not trust.
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
from scopekit.errors import visible

T = TypeVar("T")

LEFT = "style='text-align:left'"
CSS = "\n" + Path(__file__).with_name("style.css").read_text(encoding="utf-8")
"""The one look, in JupyterLab's theme variables where there are some."""


class Markup(str):
    """HTML, which is not escaped again; any other text is, wherever it is put into markup."""

    __slots__ = ()


class TableCell(Markup):
    """A cell of a table, as it stands in its row."""

    __slots__ = ()


def join(*content: object) -> Markup:
    """The content as HTML: text is escaped, markup is not, None is nothing, and the parts of a list are joined."""
    return Markup("".join(map(_html, content)))


def _html(content: object) -> str:
    if isinstance(content, str):
        return content if isinstance(content, Markup) else escape(content)
    return "" if content is None else join(*content) if isinstance(content, Iterable) else escape(str(content))


def element(name: str, *content: object, **attributes: object) -> Markup:
    """An element: `class_` is the attribute class, `data_call` is data-call; an attribute that is empty is left out."""
    pairs = [
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f"='{escape(str(value))}'")
        for key, value in attributes.items()
        if value is not None and value is not False and value != ""
    ]
    return Markup(f"<{name}{''.join(pairs)}>{join(*content)}</{name}>")


class Tags:
    """Every element as a function: `tag.td("a < b", class_="soft")`."""

    def __getattr__(self, name: str) -> Callable[..., Markup]:
        """The function that makes elements of this name."""
        return partial(element, name)


tag = Tags()
BREAK = Markup("<br>")


def style_sheet(css: str | Path) -> Markup:
    """The style sheet as an element; it is the kit's own text."""
    return Markup(f"<style>{css}</style>" if isinstance(css, str) else f"<style>\n{css.read_text('utf-8')}</style>")


STYLE = style_sheet(CSS)
_STACKED = style_sheet(Path(__file__).with_name("stacked.css"))


def page(*content: object) -> str:
    """The content with the style that it needs, to stand anywhere."""
    return join(STYLE, tag.div(*content, class_="scopekit"))


def whole_page(title: str, heading: str, content: Markup, style: Markup | None = None) -> str:
    """A whole page in one file, for what is kept or sent: it asks for nothing else, and runs nothing.

    Characters that are not to be seen are written out, wherever they stand.
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
    """What is said beside, in softer ink; nothing where there is nothing to say."""
    return join(" ", tag.span(words, class_="soft")) if (words := join(*content)) else words


def verdict(kind: str, *words: object) -> Markup:
    """Words that are a verdict of this kind, in its colour."""
    return tag.span(*words, class_=f"verdict {kind}")


def mark(name: str) -> Markup:
    """A verdict, its mark before the word."""
    return verdict(f"mark {name}", f"{MARKS[name]} {name}")


# Tables


def header_row(*names: object) -> Markup:
    """The head of a table: one row of names."""
    cells = [Markup(f"<th {LEFT} scope=col>{join(name)}</th>") for name in names]
    return tag.thead(tag.tr(cells))


def cell(*content: object, **attributes: object) -> TableCell:
    """A cell; `data_column` is what it says of its column where there is no room for the head of the table."""
    return TableCell(element("td", *content, style="text-align:left", **attributes))


def row(
    *cells: object, head: int = 0, columns: Sequence[str] = (), classes: Sequence[str] = (), **attributes: object
) -> Markup:
    """A row, of which the cell number `head` heads it; what is no `TableCell` becomes one, of the class at its place.

    With `columns`, a cell says which column it is in, for a page without room for the head of the table.
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
    """A table of these columns; rows are made by `row`."""
    head = header_row(*columns) if columns else None
    return tag.table(tag.caption(caption) if caption else None, head, tag.tbody(list(rows)))


def stacked(caption: str, columns: Sequence[str], rows: Iterable[Markup]) -> Markup:
    """A table whose cells stand below each other, each with its column's name, where there is no room for columns."""
    return join(_STACKED, tag.div(table(columns, rows, caption), class_="sk-stacked"))


def aligned(rows: Iterable[Sequence[object]], indent: str = "") -> list[str]:
    """The rows as lines of text, all cells but the last as wide as the widest of their column."""
    texts = [[str(each) for each in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)][:-1]
    return [
        indent + "  ".join([*(f"{each:{width}}" for each, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in texts
    ]


# Views


class Block(NamedTuple):
    """A piece of a view: as text, None where the text says nothing of it, and as HTML."""

    text: str | None
    html: Markup


Blocks = Iterable[Block]
"""A view: its blocks, one below the other."""


def paragraph(words: str, html: object = None) -> Block:
    """A paragraph, or one whose HTML marks what the text only says."""
    return Block(words, tag.p(html or words))


def heading(words: str) -> Block:
    """A line that heads what comes after it."""
    return Block(words, tag.p(tag.b(words)))


def listing(head: str, lines: Iterable[str], *, needed: bool = True) -> Block:
    """A heading, and a list below it where there are lines; where there are none and it is not `needed`, nothing."""
    entries = list(lines)
    items = [tag.li(line, style="text-align:left") for line in entries]
    if not (entries or needed):
        return Block(None, Markup())
    text = "\n".join([head, *(f"  {each}" for each in entries)])
    return Block(text, join(heading(head).html, tag.ul(items) if items else None))


def preformatted(name: str, text: str) -> Block:
    """Text as it is, below its name; as text it stands alone."""
    return Block(text, join(tag.p(name, class_="soft"), tag.pre(text)))


def view_text(view: Blocks, between: str = "\n") -> str:
    """A view as text."""
    return between.join(block.text for block in view if block.text is not None)


def view_html(view: Blocks) -> Markup:
    """A view as HTML, for a page that holds more."""
    return join([block.html for block in view])


def view_of(kind: type[T], between: str = "\n") -> Callable[[Callable[[T], Blocks]], Callable[[T], Blocks]]:
    """Registers a function that describes the objects of a class in blocks: both their text and their HTML."""

    def registered(describe: Callable[[T], Blocks]) -> Callable[[T], Blocks]:
        register(
            kind, lambda shown: view_text(describe(shown), between), lambda shown: page(view_html(describe(shown)))
        )
        return describe

    return registered
