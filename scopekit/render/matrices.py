"""How a matrix looks: a line for each call, and a verdict for each token."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from scopekit.audit import Call, Cell, Matrix
from scopekit.decision import MARKS
from scopekit.display import register
from scopekit.render.markup import LEFT, column, header_row, mark, page


def matrix_text(matrix: Matrix) -> str:
    """One line for each call: a verdict for each token, the call, and the reason where there is one token."""
    return "\n".join([*matrix_lines(matrix.labels, matrix.rows), matrix_summary(matrix)])


def matrix_lines(labels: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[str]:
    """The lines of some rows, below the labels where there are several."""
    lines = ["  ".join(labels)] if len(labels) > 1 else []
    width = max((len(row[0].call.name) for row in rows), default=0)
    for row in rows:
        verdicts = "  ".join(f"{MARKS[cell.observed]} {_observed(cell):8}" for cell in row)
        reason = f"  {row[0].reason}" if len(row) == 1 else f"  {row[0].call}"
        lines.append(f"{verdicts}  {row[0].call.name:{width}}{reason}".rstrip())
    return lines


def matrix_html(matrix: Matrix) -> str:
    """The matrix as a table."""
    return page(matrix_table(matrix))


def matrix_table(matrix: Matrix) -> str:
    """The table alone, for a page that holds more."""
    heads = matrix_heads(matrix.labels)
    names = heads if len(heads) > 1 else [""]
    body = "".join(matrix_row(row[0].call, map(matrix_cell, row, names)) for row in matrix.rows)
    head = header_row("call", *heads)
    caption = "Every documented call, made for real: " + matrix_summary(matrix)
    return f"<table><caption>{escape(caption)}</caption>{head}<tbody>{body}</tbody></table>"


def matrix_row(call: Call, cells: Iterable[str]) -> str:
    """A row: the call, and its cells."""
    return f"<tr data-call='{escape(call.name)}'>{matrix_head(call)}{''.join(cells)}</tr>"


def matrix_head(call: Call) -> str:
    """The head of a row: the call's name, and the call."""
    return f"<th scope='row' {LEFT}>{escape(call.name)}<br><code class='soft path'>{escape(str(call))}</code></th>"


def matrix_heads(labels: Sequence[str]) -> list[str]:
    """The heads of the columns, one for each token."""
    return [f"with {label}" for label in labels]


def matrix_cell(cell: Cell, head: str) -> str:
    """A cell below its head: its verdict and why, and what the document says where that differs."""
    differs = f" <b>(the document says {cell.predicted})</b>" if cell.differs else ""
    said = f"{mark(cell.observed)} {escape(cell.reason)}{differs}"
    return f"<td {LEFT}{column(head)} data-verdict='{cell.observed}'>{said}</td>"


def _observed(cell: Cell) -> str:
    return cell.observed + ("!" if cell.differs else "")


def matrix_summary(matrix: Matrix) -> str:
    """How many calls each token opened, and how many cells are not as documented."""
    counts = [f"{len(matrix.allowed(index))} of {len(matrix.rows)} allowed" for index in range(len(matrix.labels))]
    if len(counts) > 1:
        counts = [f"{label}: {count}" for label, count in zip(matrix.labels, counts, strict=True)]
    drift = len(matrix.differences())
    return "; ".join(counts) + (f"; {drift} not as documented" if drift else "; all as documented")


register(Matrix, matrix_text, matrix_html)
