"""The matrix as a live table: it can be filled call by call, filtered and sorted, and each cell can be opened."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scopekit.audit import Call, Cell, Matrix
from scopekit.display import Displayed
from scopekit.errors import LabError, no_such, one_of, shortened
from scopekit.lab.live import Live
from scopekit.lab.world.world import World
from scopekit.render.exchanges import request_text, response_text, snippets_of

VERDICTS = ("allowed", "denied", "hidden", "failed", "unseen")
"""The verdicts that a cell can show, in the order used to sort by verdict."""


@dataclass(frozen=True, slots=True, repr=False)
class OpenCell(Displayed):
    """One cell in full: the predicted and the observed verdict, the reason, the exchange, and how to repeat it."""

    label: str
    cell: Cell

    @property
    def request(self) -> str:
        """The request as it went over the wire, with `$API` and `$TOKEN` as placeholders."""
        return request_text(self.cell.exchange)

    @property
    def response(self) -> str:
        """The response as it came, but with its JSON indented."""
        return response_text(self.cell.exchange)

    @property
    def snippets(self) -> Mapping[str, str]:
        """The request as code that runs, for curl, requests, httpx and fetch."""
        return snippets_of(self.cell.exchange)


class MatrixTable(Live):
    """A table of calls by tokens. `fill` makes its cells one by one, and `matrix` holds all cells once it is full.

    `filter` and `sort` choose which `rows` are shown, and in what order; the matrix itself stays whole.
    """

    def __init__(self, lab: World, *tokens: object, name: str = "") -> None:
        self._columns = lab.columns(*tokens)
        super().__init__(lab, name)
        self.lab = lab
        self.labels = tuple(column.probe.label for column in self._columns)
        self.calls: tuple[Call, ...] = tuple(self._columns[0].calls)
        self.cells: list[list[Cell | None]] = [[None] * len(self.labels) for _ in self.calls]
        self.done, self.filling = 0, False
        self.text, self.differences_only, self.order = "", False, "documented"
        self.verdicts: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """How many cells the table has."""
        return len(self.calls) * len(self.labels)

    @property
    def full(self) -> bool:
        """Whether every cell is made."""
        return self.done == self.total

    @property
    def matrix(self) -> Matrix:
        """The whole table as an ordinary matrix; raises LabError while cells are missing."""
        if not self.full:
            raise LabError(f"This table has {self.done} of {self.total} cells; fill() makes the others.")
        return Matrix(self.labels, tuple(tuple(cell for cell in row if cell) for row in self.cells))

    def fill(self, seconds: float = math.inf) -> None:
        """Makes the missing cells, column by column, and stops after `seconds`. Watchers are notified of each cell.

        `done` of `total` cells are made. The next `fill` continues where this one stopped, even if a call failed.
        """
        with self.lab.turn:
            self.filling = True
            try:
                ends = time.monotonic() + seconds
                while not self.full:
                    column, row = divmod(self.done, len(self.calls))
                    now = self.lab.clock.now()
                    self.cells[row][column] = self._columns[column].cell(self.calls[row], self.lab.vocabulary, now)
                    self.done += 1
                    self.changed()
                    if time.monotonic() >= ends:
                        break
            finally:
                self.filling = False
                self.changed()

    def take(self, matrix: Matrix) -> None:
        """Shows a complete matrix instead of the table's own cells; raises LabError if the matrix has other calls."""
        if [row[0].call for row in matrix.rows] != list(self.calls):
            raise LabError("A table takes only a matrix of its own calls; found different calls.")
        self.labels, self.cells = matrix.labels, [list(row) for row in matrix.rows]
        self.done = self.total
        self.changed()

    def filter(self, text: str = "", verdicts: Iterable[str] = (), differences_only: bool = False) -> None:
        """Shows only calls that have a matching cell, and every word of `text` in their name, method or path.

        A cell matches if it has one of `verdicts` (default: any) and, with `differences_only`, is not as documented.
        """
        wanted = tuple(verdicts)
        if unknown := [each for each in wanted if each not in VERDICTS]:
            raise LabError(one_of("A verdict", unknown[0], VERDICTS))
        self.text, self.verdicts, self.differences_only = str(text), wanted, bool(differences_only)
        self.changed()

    def sort(self, by: str = "documented") -> None:
        """Orders the rows: as `documented`, by the name of the `call`, by its `path`, or by `verdict`."""
        if by not in ORDERS:
            raise LabError(f"Rows must be ordered by one of {', '.join(ORDERS)}; found {shortened(by)}.")
        self.order = by
        self.changed()

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows to show, in order. Each is an index into `calls`."""
        words, rows = self.text.casefold().split(), []
        for row, call in enumerate(self.calls):
            cells = [cell for cell in self.cells[row] if cell and (not self.verdicts or cell.observed in self.verdicts)]
            matches = any(cell.differs for cell in cells) if self.differences_only else cells or not self.verdicts
            if matches and all(word in f"{call.name} {call}".casefold() for word in words):
                rows.append(row)
        return tuple(sorted(rows, key=functools.partial(ORDERS[self.order], self)))

    def open(self, call: str, column: int = 0) -> OpenCell:
        """Opens the cell of a call (by its name) in a column; raises LabError if there is no such cell yet."""
        names = [each.name for each in self.calls]
        if call not in names:
            raise LabError(no_such("This table has no call", call, names))
        if not isinstance(column, int) or not 0 <= column < len(self.labels):
            raise LabError(f"A column must be a number from 0 to {len(self.labels) - 1}; found {shortened(column)}.")
        if (cell := self.cells[names.index(call)][column]) is None:
            raise LabError(f"The call {call!r} has not been made with {self.labels[column]!r} yet; fill() makes it.")
        return OpenCell(self.labels[column], cell)


ORDERS: Mapping[str, Callable[[MatrixTable, int], Any]] = {
    "documented": lambda table, row: row,
    "call": lambda table, row: table.calls[row].name.casefold(),
    "path": lambda table, row: (table.calls[row].path, table.calls[row].method),
    "verdict": lambda table, row: [
        VERDICTS.index(cell.observed) if cell else len(VERDICTS) for cell in table.cells[row]
    ],
}
"""Maps the name of each sort order to a function that gives a row's sort key."""
