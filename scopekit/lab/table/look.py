"""How a live table looks without a kernel, and one of its cells once it is opened."""

from __future__ import annotations

from scopekit.decision import MARKS
from scopekit.display import register
from scopekit.errors import counted
from scopekit.lab.table.model import MatrixTable, OpenCell
from scopekit.render import markup
from scopekit.render.audit import matrix_heads, matrix_lines, matrix_row, matrix_summary
from scopekit.render.markup import mark, page, preformatted, soft, tag, view_html


def table_text(table: MatrixTable) -> str:
    """A line for each row that is to be seen, as the matrix has it; how much is made, as long as cells are missing."""
    if not table.full:
        size = f"{len(table.calls)} calls with {counted(len(table.labels), 'token')}"
        return f"{size}: {table_summary(table)}; fill() makes the others"
    rows = table.matrix.rows
    return "\n".join([*matrix_lines(table.labels, [rows[row] for row in table.rows]), table_summary(table)])


def table_html(table: MatrixTable) -> str:
    """The rows that are to be seen, as a table that scrolls in a box of its own."""
    rows = [matrix_row(table.calls[row], table.labels, table.cells[row]) for row in table.rows]
    caption = f"Documented calls, made for real: {table_summary(table)}"
    made = markup.table(["call", *matrix_heads(table.labels)], rows, caption)
    return page(tag.div(made, style="overflow-x:auto"))


def table_summary(table: MatrixTable) -> str:
    """How much of it is made or, once it is full, what came out; and how many of its calls are to be seen."""
    said = matrix_summary(table.matrix) if table.full else f"{table.done} of {table.total} cells made"
    seen = len(table.rows)
    return said if seen == len(table.calls) else f"{said}; {seen} of {len(table.calls)} calls shown"


def open_cell_text(opened: OpenCell) -> str:
    """What was predicted and observed and why, the exchange, and the request as code."""
    lines = [f"{opened.cell.call.name}, with {opened.label}", *(f"{name:10}{said}" for name, said in _said(opened))]
    parts = [("request", opened.request), ("response", opened.response), *opened.snippets.items()]
    return "\n".join([*lines, *(f"\n{name}\n\n{text}" for name, text in parts)])


def open_cell_html(opened: OpenCell) -> str:
    """The same; each tool's code is below its name until it is opened."""
    cell = opened.cell
    differs = [" ", tag.b("(not as documented)")] if cell.differs else None
    rows = [
        markup.row("predicted", mark(cell.predicted)),
        markup.row("observed", [mark(cell.observed), differs]),
        markup.row("reason", cell.reason),
    ]
    parts = [preformatted("request", opened.request), preformatted("response", opened.response)]
    code = [tag.details(tag.summary(name), tag.pre(text)) for name, text in opened.snippets.items()]
    caption = [cell.call.name, soft(f"with {opened.label}")]
    return page(markup.table((), rows, caption), view_html(parts), code)


def _said(opened: OpenCell) -> list[tuple[str, str]]:
    cell = opened.cell
    return [
        ("predicted", f"{MARKS[cell.predicted]} {cell.predicted}"),
        ("observed", f"{MARKS[cell.observed]} {cell.observed}{' (not as documented)' if cell.differs else ''}"),
        ("reason", cell.reason),
    ]


register(MatrixTable, table_text, table_html)
register(OpenCell, open_cell_text, open_cell_html)
