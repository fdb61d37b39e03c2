"""The lessons as documents, and run again elsewhere: nbval alone ignores tracebacks, images and live views."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from difflib import unified_diff
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from scopekit.lessons import without_outputs

LESSONS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
ELSEWHERE = {"TZ": "Pacific/Chatham", "LANG": "C", "LC_ALL": "C", "PYTHONHASHSEED": "4242"}

every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem[:2])


def cells(path: Path, kind: str):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


CAPABILITIES = "+dac_override,+dac_read_search"
ANOTHER_USER = [
    *("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"),
    *(f"--inh-caps={CAPABILITIES}", f"--ambient-caps={CAPABILITIES}"),
]
"""Another user by id and by name, who may still read this Python wherever it is installed."""

MAY_BECOME_ANOTHER = shutil.which("setpriv") is not None and os.geteuid() == 0
"""Only root, with setpriv, can become another user; anybody else runs the lessons as who they are."""

DIFFERENCES = Path(__file__).parents[1] / "notebook-differences"
"""Where the difference of a lesson that failed is left, for whoever reads the run of a CI."""


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """The lessons run in another process, time zone, locale, home and, where one may, by another user."""
    folder = tmp_path_factory.mktemp("elsewhere")
    copies = Path(shutil.copytree(LESSONS[0].parent, folder / "lessons"))
    for copy in copies.glob("*.ipynb"):
        copy.write_bytes(without_outputs(copy.read_bytes()))
    shutil.copy(Path(__file__).with_name("store_outputs.py"), folder)
    environment = {**os.environ, **ELSEWHERE, "HOME": str(folder), "USER": "nobody", "LOGNAME": "nobody"}
    command = [*(ANOTHER_USER if MAY_BECOME_ANOTHER else []), sys.executable, "store_outputs.py"]
    lessons = sorted(map(str, copies.glob("*.ipynb")))
    started = [
        subprocess.Popen([*command, *half], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
        for half in (lessons[::2], lessons[1::2])
    ]
    for process in started:
        _, complaint = process.communicate()
        print(complaint)  # shown with the lesson that has no outputs now, for it could not be run
    return copies


@pytest.mark.slow  # it runs all lessons a second time; nbval runs them each time
@every_lesson
def test_lesson_run_elsewhere_prints_what_is_stored(path, elsewhere):
    stored, again = (json.loads(each.read_text("utf-8")) for each in (path, elsewhere / path.name))
    if stored != again:
        DIFFERENCES.mkdir(exist_ok=True)
        lines = (json.dumps(each, indent=1, ensure_ascii=False).splitlines() for each in (stored, again))
        difference = "\n".join(unified_diff(*lines, "stored", "run again", lineterm=""))
        (DIFFERENCES / f"{path.stem}.diff").write_text(difference, encoding="utf-8")
        pytest.fail(f"{path.name} printed something else; {DIFFERENCES.name} has the difference:\n{difference[:4000]}")


def test_playground_lesson_has_three_code_cells_and_the_contents_last():
    assert LESSONS[0].name.startswith("00-")
    assert [cell.source.splitlines()[-1] for cell in cells(LESSONS[0], "code")] == ["lab", "playground", "lab.contents"]


@every_lesson
def test_lesson_asks_for_no_exception_from_the_comparison(path):
    text = path.read_text()
    assert "NBVAL" not in text
    assert not re.search(r"nbval-|# *noqa", text)


@every_lesson
def test_lesson_opens_with_its_question_and_says_what_one_can_do_after_it(path):
    opening = cells(path, "markdown")[0].source
    assert re.match(r"# .+\?\n", opening)
    assert "**After this you can**" in opening
    assert re.search(r"\*\d+ minutes", opening)


@every_lesson
def test_lesson_says_its_minutes_objectives_and_what_comes_before_in_its_metadata(path):
    facts = nbformat.read(path, as_version=4).metadata["scopekit"]
    assert 5 <= facts["minutes"] <= 20
    assert 2 <= len(facts["objectives"]) <= 4
    assert all(any(lesson.name.startswith(number) for lesson in LESSONS) for number in facts["before"])


@every_lesson
def test_lesson_has_notes_for_whoever_presents_it(path):
    notes = nbformat.read(path, as_version=4).metadata["scopekit"]["notes"]
    assert 2 <= len(notes) <= 4
    assert all(re.fullmatch(r"[A-Z].+[.?]", note) for note in notes)


@every_lesson
def test_lesson_links_lead_to_lessons_that_are_there(path):
    links = [link for cell in cells(path, "markdown") for link in re.findall(r"\]\(([^)]+)\)", cell.source)]
    assert links
    assert all((path.parent / link).is_file() for link in links)


@every_lesson
def test_lesson_has_ten_words_for_each_line_of_code_and_short_cells(path):
    words = sum(len(cell.source.split()) for cell in cells(path, "markdown"))
    lines = [len([line for line in cell.source.splitlines() if line.strip()]) for cell in cells(path, "code")]
    assert words >= 10 * sum(lines)
    assert max(lines) <= 6


@every_lesson
def test_lesson_never_has_more_than_two_code_cells_in_a_row(path):
    kinds = "".join(cell.cell_type[0] for cell in nbformat.read(path, as_version=4).cells)
    assert "ccc" not in kinds


@every_lesson
def test_stored_outputs_hold_no_token_no_port_no_path_and_no_warning(path):
    outputs = json.dumps([cell.outputs for cell in cells(path, "code")])
    assert not re.search(r"eyJ[A-Za-z0-9_-]{20,}|127\.0\.0\.1:\d|/tmp/|/home/|Warning", outputs)


@every_lesson
def test_every_code_cell_was_run_in_order(path):
    counts = [cell.execution_count for cell in cells(path, "code")]
    assert counts == list(range(1, len(counts) + 1))


@every_lesson
def test_text_that_begins_with_a_status_speaks_of_the_output_above_it(path):
    for above, text in pairwise(nbformat.read(path, as_version=4).cells):
        if text.cell_type == "markdown" and (status := re.match(r"`(\d{3})\b", text.source)):
            assert status[1] in json.dumps(above.outputs), text.source
