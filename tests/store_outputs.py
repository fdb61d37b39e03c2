"""Runs lessons and stores their outputs: `python tests/store_outputs.py notebooks/*.ipynb`.

A live view is left out of what is stored: it is a number that only the kernel which made it knows. What stays is the
text and the static HTML beside it, which a page that hosts code can show, and which the tests compare.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.modules.setdefault(
    "rfc3987_syntax", None
)  # as in conftest.py: a grammar of four seconds that nothing here asks for

import nbformat  # noqa: E402
from nbclient import NotebookClient  # noqa: E402

LIVE_VIEW = "application/vnd.jupyter.widget-view+json"


def executed(path: Path, **kernel: Any) -> Any:
    """The notebook at `path`, run in a kernel of its own; `kernel` goes to the kernel's start, `env` for one."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, kernel_name="python3", timeout=60, store_widget_state=False, record_timing=False,
        coalesce_streams=True,  # a kernel sends what a loop prints in as many pieces as its clock makes of it
    )  # fmt: skip
    client.execute(cwd=str(path.parent), **kernel)
    return notebook


def without_live_views(notebook: Any) -> Any:
    """The same notebook, its outputs without live views."""
    for output in _outputs(notebook):
        output.get("data", {}).pop(LIVE_VIEW, None)
    return notebook


def tidied(notebook: Any, lesson: Any) -> Any:
    """The notebook with the lesson's own metadata, and none of the machine that ran it."""
    notebook.metadata = lesson.metadata
    for cell in notebook.cells:
        cell.metadata = {"tags": cell.metadata["tags"]} if "tags" in cell.metadata else {}
    return notebook


def _outputs(notebook: Any) -> list[Any]:
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def main(paths: list[str]) -> int:
    """Runs each lesson and writes it back with its outputs; one that fails stays as it is, and the status is 1."""
    status = 0
    for path in map(Path, paths):
        try:
            lesson = nbformat.read(path, as_version=4)
            done = tidied(without_live_views(executed(path)), lesson)
        except Exception as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            status = 1
            continue
        path.write_text(nbformat.writes(done, indent=1) + "\n", encoding="utf-8")
        print(f"{path.name}: {sum(cell.cell_type == 'code' for cell in done.cells)} code cells run and stored")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
