"""Tables that stack: where there is no room for columns, a row's cells stand below each other, each with its name."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from scopekit.show.pieces import LEFT, column, header_row

_STYLE = """<style>
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
    return f"{_STYLE}<div class='sk-stacked'>{table}</div>"


def row(names: Sequence[str], cells: Sequence[str], *, data: str = "", alarm: bool = False) -> str:
    """A row, the first of whose cells heads it; the cells are HTML already, `data` is an attribute of the row."""
    head, *rest = cells
    beside = "".join(f"<td {LEFT}{column(name)}>{cell}</td>" for name, cell in zip(names[1:], rest, strict=True))
    return f"<tr{' class=sk-alarm' if alarm else ''} {data}><th scope='row' {LEFT}>{head}</th>{beside}</tr>"
