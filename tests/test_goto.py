"""A fresh kernel at any point of any lesson."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from scopekit import Lab
from scopekit.errors import LabError

LESSONS = {path.name[:2]: path for path in sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))}


def sections(path):
    prose = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    return [title for source in prose for title in re.findall(r"^## +(.+)$", source, re.MULTILINE)]


LAST = [f"{number}.{len(found)}" for number, path in LESSONS.items() if (found := sections(path))]


def shown(*cells):
    """What the last of these cells shows, run in a kernel of their own."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    return "".join(output.get("text", "") for output in notebook.cells[-1].outputs)


def test_last_section_of_every_lesson_is_reached_from_a_fresh_kernel():
    reached = shown("from scopekit import Lab", f"for point in {LAST}:\n    print(Lab().goto(point))").splitlines()
    assert [line.split(",")[0] for line in reached] == [f"At {point}" for point in LAST]


def test_what_a_lesson_made_before_the_point_is_there_and_nothing_of_after():
    told = shown("from scopekit import Lab\nlab = Lab()\nlab.goto('03.2')", "print(gists.scopes, 'full' in globals())")
    assert told == "('gist',) False\n"


def test_cells_show_nothing_while_they_are_run_again():
    assert shown("from scopekit import Lab\nprint(Lab().goto('03.5'))").startswith("At 03.5, “")


@pytest.mark.parametrize("point", ["3", "03.99", "99.1", 3, None, "03.x", "../03.1"])
def test_point_that_is_not_there_is_refused_in_a_sentence(point):
    with Lab("goto") as lab, pytest.raises(LabError, match=r"^(A point|There is no lesson)"):
        lab.goto(point)


def test_out_of_a_notebook_there_is_no_way():
    with Lab("goto") as lab, pytest.raises(LabError, match="in a notebook"):
        lab.goto("03.1")
