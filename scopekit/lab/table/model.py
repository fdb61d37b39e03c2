"""A table of calls and tokens. It is filled call by call, and can be filtered, sorted, and opened cell by cell."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scopekit.audit import Call, Cell, Matrix
from scopekit.display import Displayed
from scopekit.errors import LabError
from scopekit.lab.live import Live
from scopekit.lab.world.world import World
from scopekit.render.exchanges import request_text, response_text, snippets_of
from scopekit.wording import no_such, one_of, shortened

VERDICTS = ("allowed", "denied", "hidden", "failed", "unseen")
"""The verdicts that a cell can show, in the order used to sort by verdict."""


@dataclass(frozen=True, slots=True, repr=False)
class OpenCell(Displayed):
    """All details of a cell: predicted and observed verdict, reason, request, response, and code for the request."""

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
        """The request as runnable code, once each for curl, requests, httpx and fetch."""
        return snippets_of(self.cell.exchange)


class MatrixTable(Live):
    """A table with a row for each call and a column for each token. `fill` makes the calls that fill the cells.

    `matrix` is the full table, once every cell is made. `filter` chooses the `rows` to show, and `sort` orders them.
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
        """How many cells the full table has."""
        return len(self.calls) * len(self.labels)

    @property
    def full(self) -> bool:
        """Whether every cell is made."""
        return self.done == self.total

    @property
    def matrix(self) -> Matrix:
        """The full table as a Matrix. Raises LabError if any cell is missing."""
        if not self.full:
            raise LabError(f"This table has {self.done} of {self.total} cells; fill() makes the others.")
        return Matrix(self.labels, tuple(tuple(cell for cell in row if cell) for row in self.cells))

    def fill(self, seconds: float = math.inf) -> None:
        """Makes the missing cells, column by column, and stops after `seconds`. Notifies the watchers after each cell.

        `done` counts the cells made so far. The next `fill` continues from there, and tries a failed call again.
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
        """Replaces the table's cells with those of a complete matrix. Raises LabError if the matrix has other calls."""
        if [row[0].call for row in matrix.rows] != list(self.calls):
            raise LabError("The matrix must have the same calls as this table; found different calls or another order.")
        self.labels, self.cells = matrix.labels, [list(row) for row in matrix.rows]
        self.done = self.total
        self.changed()

    def filter(self, text: str = "", verdicts: Iterable[str] = (), differences_only: bool = False) -> None:
        """Shows only calls that have a matching cell, and whose name, method or path contain every word of `text`.

        A cell matches if its verdict is one of `verdicts`; an empty `verdicts` allows all. With `differences_only`, the
        verdict must also differ from the predicted one.
        """
        wanted = tuple(verdicts)
        if unknown := [each for each in wanted if each not in VERDICTS]:
            raise LabError(one_of("A verdict", unknown[0], VERDICTS))
        self.text, self.verdicts, self.differences_only = str(text), wanted, bool(differences_only)
        self.changed()

    def sort(self, by: str = "documented") -> None:
        """Sorts the rows by `call` (the name), `path` or `verdict`; `documented` is the order of the API's document."""
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
        """Returns the cell of the call named `call` in column `column`. Raises LabError if no such cell was made."""
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
