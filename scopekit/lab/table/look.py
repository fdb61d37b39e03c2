"""The static text and HTML of a table of calls and tokens, and of a cell that was opened."""

from __future__ import annotations

from scopekit.decision import MARKS
from scopekit.lab.table.model import MatrixTable, OpenCell
from scopekit.render.audit import matrix_heads, matrix_lines, matrix_row, matrix_summary
from scopekit.render.markup import Block, Blocks, mark, preformatted, row, soft, table, tag, view_of
from scopekit.wording import counted


@view_of(MatrixTable)
def matrix_table_view(matrix_table: MatrixTable) -> Blocks:
    """A row for each call that the filter shows. The text form has no rows until all cells are made."""
    labels, calls, summary = matrix_table.labels, matrix_table.calls, table_summary(matrix_table)
    text = f"{len(calls)} calls with {counted(len(labels), 'token')}: {summary}; fill() makes the others"
    if matrix_table.full:
        text = "\n".join([*matrix_lines(labels, [matrix_table.matrix.rows[at] for at in matrix_table.rows]), summary])
    rows = [matrix_row(calls[at], labels, matrix_table.cells[at]) for at in matrix_table.rows]
    html = table(["call", *matrix_heads(labels)], rows, f"Documented calls, made for real: {summary}")
    yield Block(text, tag.div(html, style="overflow-x:auto"))


def table_summary(matrix_table: MatrixTable) -> str:
    """Says how many cells are made, or the result if all are made. Says how many calls are shown if some are hidden."""
    done = f"{matrix_table.done} of {matrix_table.total} cells made"
    summary = matrix_summary(matrix_table.matrix) if matrix_table.full else done
    seen, calls = len(matrix_table.rows), len(matrix_table.calls)
    return summary if seen == calls else f"{summary}; {seen} of {calls} calls shown"


@view_of(OpenCell)
def open_cell_view(opened: OpenCell) -> Blocks:
    """Shows the predicted and the observed verdict, the reason, the request, the response, and code for the request."""
    cell = opened.cell
    differs = " (not as documented)" if cell.differs else ""
    text = f"""{cell.call.name}, with {opened.label}
predicted {MARKS[cell.predicted]} {cell.predicted}
observed  {MARKS[cell.observed]} {cell.observed}{differs}
reason    {cell.reason}"""
    rows = [
        row("predicted", mark(cell.predicted)),
        row("observed", [mark(cell.observed), [" ", tag.b(differs.strip())] if differs else None]),
        row("reason", cell.reason),
    ]
    yield Block(text, table((), rows, [cell.call.name, soft(f"with {opened.label}")]))
    for name, exchanged in (("request", opened.request), ("response", opened.response)):
        yield Block(f"\n{name}\n\n{exchanged}", preformatted(name, exchanged).html)
    for name, code in opened.snippets.items():
        yield Block(f"\n{name}\n\n{code}", tag.details(tag.summary(name), tag.pre(code)))
