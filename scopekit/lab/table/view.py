"""The widget of a MatrixTable. The page fills the table in steps, filters and sorts the rows, and opens cells."""

from __future__ import annotations

import time
from typing import Any

import traitlets

from scopekit.audit import Cell
from scopekit.decision import MARKS
from scopekit.errors import ScopeKitError
from scopekit.lab.table.look import table_summary
from scopekit.lab.table.model import ORDERS, VERDICTS, MatrixTable, OpenCell
from scopekit.lab.views import Drawn

SLICE_SECONDS = 0.2
"""How long Python makes cells for one request. The page then sends the next one, so other requests get a turn."""


class MatrixTableView(Drawn):
    """A MatrixTable on the page; `view.receive({"do": "filter", "text": "repo"})` acts like typing in the search box.

    `state` holds the cells, and `shown` holds the rows to show. When a cell is opened, a message carries its details.
    """

    SCRIPT, STYLES = "table.js", "table.css"

    shown = traitlets.Dict().tag(sync=True)

    def __init__(self, table: MatrixTable) -> None:
        self.table, self._shown_at = table, 0.0
        self._drawn: tuple[Any, int] = None, 0
        super().__init__(table)

    def show(self) -> None:
        """Shows the cells made so far. During a `fill`, the page is updated at most once every `SLICE_SECONDS`."""
        now = time.monotonic()
        if self.table.filling and now - self._shown_at < SLICE_SECONDS:
            return
        self._shown_at = now
        table = self.table
        with table.lab.turn, self.hold_sync():
            if self._drawn[0] is not table.cells or self._drawn[1] != table.done:
                self._drawn = table.cells, table.done
                self.state = {
                    "labels": list(table.labels),
                    "calls": [[call.name, str(call)] for call in table.calls],
                    "cells": [[cell and _cell(cell) for cell in row] for row in table.cells],
                    "done": table.done, "total": table.total,
                    "marks": {verdict: MARKS[verdict] for verdict in VERDICTS}, "orders": list(ORDERS),
                }  # fmt: skip
            self.shown = {
                "rows": list(table.rows), "text": table.text, "verdicts": " ".join(table.verdicts),
                "differences_only": table.differences_only, "order": table.order, "summary": table_summary(table),
            }  # fmt: skip

    def receive(self, message: dict[str, Any]) -> None:
        """Does what the page asks: fill for a moment, filter, sort, or open a cell. An error is shown on the page."""
        try:
            match message["do"]:
                case "fill":
                    self.table.fill(SLICE_SECONDS)
                    self.send({"made": self.table.done})
                case "filter":
                    verdicts = str(message.get("verdicts", "")).split()
                    self.table.filter(message.get("text", ""), verdicts, message.get("differences_only", False))
                case "sort":
                    self.table.sort(message["by"])
                case "open":
                    opened = _opened(self.table.open(message["call"], message["column"]))
                    self.send({"opened": {**opened, "column": message["column"], "again": bool(message.get("again"))}})
        except ScopeKitError as error:
            self.send({"sorry": str(error)})
        except OSError as error:  # all errors of requests are OSErrors; their text holds addresses, so omit it
            sorry = f"No answer came from the API ({type(error).__name__}); show the table again to go on."
            self.send({"sorry": sorry})


def _cell(cell: Cell) -> list[str]:
    """A cell as the page needs it: the observed verdict, the reason, and the predicted verdict if it differs."""
    return [cell.observed, cell.reason, cell.predicted if cell.differs else ""]


def _opened(opened: OpenCell) -> dict[str, Any]:
    cell = opened.cell
    return {
        "call": cell.call.name,
        "label": opened.label,
        "facts": [
            ["predicted", f"{MARKS[cell.predicted]} {cell.predicted}"],
            ["observed", f"{MARKS[cell.observed]} {cell.observed}{', not as documented' if cell.differs else ''}"],
            ["reason", cell.reason],
        ],
        "request": opened.request,
        "response": opened.response,
        "snippets": dict(opened.snippets),
    }
