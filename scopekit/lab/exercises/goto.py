"""The way to a point of a lesson: its cells up to there are run in the notebook that one is in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import nullcontext, redirect_stdout, suppress
from dataclasses import dataclass
from io import StringIO
from typing import Any, NamedTuple

from scopekit.errors import LabError, shortened
from scopekit.lessons import SECTION, originals

_POINT = re.compile(r"(\d\d)(?:\.(\d+))?")


@dataclass(frozen=True, slots=True)
class Reached:
    """A point of a lesson that was reached: the section's number and title, and how many cells were run for it."""

    lesson: str
    number: int
    title: str
    cells: int

    def __repr__(self) -> str:
        return f"At {self.lesson}.{self.number}, “{self.title}”: {self.cells} cells were run. Go on from there."


def run_up_to(point: str) -> Reached:
    """Runs the code of a lesson before a section, `07.2` for the second of lesson 07, in the notebook one is in.

    What the cells show is not shown again. LabError where there is no such lesson or section, or no notebook.
    """
    lesson, number = _read(point)
    cells = list(_cells(lesson))
    titles = {cell.section: cell.title for cell in cells if cell.section}
    if number not in titles:
        listed = ", ".join(f"{lesson}.{each} {title}" for each, title in titles.items())
        raise LabError(f"A point of lesson {lesson} is one of: {listed}.")
    before, shell = [cell for cell in cells if cell.code and cell.section < number], _shell()
    for cell in before:
        _run(shell, cell)
    return Reached(lesson, number, titles[number], len(before))


class _Cell(NamedTuple):
    """A cell of a lesson, in the section that it is in, counted from 1; what comes before the first has the number 0.

    A cell that opens a section is in it. `refused` says that it is there to be refused.
    """

    section: int
    title: str
    code: str = ""
    refused: bool = False


def _read(point: str) -> tuple[str, int]:
    found = _POINT.fullmatch(point) if isinstance(point, str) else None
    if found is None:
        raise LabError(f"A point is a lesson and a section of it, such as '07.2'; found {shortened(point)}.")
    return found[1], int(found[2] or 0)


def _cells(lesson: str) -> Iterator[_Cell]:
    path = next(originals().glob(f"{lesson}-*.ipynb"), None)
    if path is None:
        raise LabError(f"There is no lesson {lesson}.")
    number, title = 0, ""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            yield _Cell(number, title, source, "raises-exception" in cell["metadata"].get("tags", ()))
            continue
        for title in SECTION.findall(source):
            number += 1
            yield _Cell(number, title)


def _shell() -> Any:
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is None:
        raise LabError("One goes to a point of a lesson in a notebook; this is none.")
    return shell


def _run(shell: Any, cell: _Cell) -> None:
    # What is refused on purpose is a learner's code too: a careless check that crashes raises whatever it does.
    with redirect_stdout(StringIO()), suppress(Exception) if cell.refused else nullcontext():
        exec(compile(shell.transform_cell(cell.code), "<lesson>", "exec"), shell.user_ns)
