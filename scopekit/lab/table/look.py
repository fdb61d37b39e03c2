"""How a live table looks without a kernel, and one of its cells once it is opened."""

from __future__ import annotations

from html import escape

from scopekit.audit import Cell
from scopekit.decision import MARKS
from scopekit.display import register
from scopekit.errors import counted
from scopekit.lab.table.model import MatrixTable, OpenCell
from scopekit.render.markup import LEFT, column, header_row, mark, page, soft
from scopekit.render.matrices import matrix_cell, matrix_heads, matrix_lines, matrix_row, matrix_summary


def table_text(table: MatrixTable) -> str:
    """A line for each row that is to be seen, as the matrix has it; how much is made, as long as cells are missing."""
    if not table.full:
        size = f"{len(table.calls)} calls with {counted(len(table.labels), 'token')}"
        return f"{size}: {table_summary(table)}; fill() makes the others"
    rows = table.matrix.rows
    return "\n".join([*matrix_lines(table.labels, [rows[row] for row in table.rows]), table_summary(table)])


def table_html(table: MatrixTable) -> str:
    """The rows that are to be seen, as a table that scrolls in a box of its own."""
    heads = matrix_heads(table.labels)
    body = "".join(matrix_row(table.calls[row], map(_cell, table.cells[row], heads)) for row in table.rows)
    head = header_row("call", *heads)
    caption = f"<caption>Documented calls, made for real: {escape(table_summary(table))}</caption>"
    return page(f"<div style='overflow-x:auto'><table>{caption}{head}<tbody>{body}</tbody></table></div>")


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
    said = "".join(f"<tr><th scope='row' {LEFT}>{name}</th><td {LEFT}>{text}</td></tr>" for name, text in _marked(cell))
    caption = f"<caption>{escape(cell.call.name)}{soft(f'with {opened.label}')}</caption>"
    parts = (("request", opened.request), ("response", opened.response))
    exchange = "".join(f"<p class='soft'>{name}</p><pre>{escape(text)}</pre>" for name, text in parts)
    code = "".join(
        f"<details><summary>{name}</summary><pre>{escape(text)}</pre></details>"
        for name, text in opened.snippets.items()
    )
    return page(f"<table>{caption}<tbody>{said}</tbody></table>{exchange}{code}")


def _cell(cell: Cell | None, head: str) -> str:
    return matrix_cell(cell, head) if cell else f"<td {LEFT}{column(head)} class='soft'>… not made yet</td>"


def _said(opened: OpenCell) -> list[tuple[str, str]]:
    cell = opened.cell
    return [
        ("predicted", f"{MARKS[cell.predicted]} {cell.predicted}"),
        ("observed", f"{MARKS[cell.observed]} {cell.observed}{' (not as documented)' if cell.differs else ''}"),
        ("reason", cell.reason),
    ]


def _marked(cell: Cell) -> list[tuple[str, str]]:
    differs = " <b>(not as documented)</b>" if cell.differs else ""
    return [
        ("predicted", mark(cell.predicted)),
        ("observed", mark(cell.observed) + differs),
        ("reason", escape(cell.reason)),
    ]


register(MatrixTable, table_text, table_html)
register(OpenCell, open_cell_text, open_cell_html)
