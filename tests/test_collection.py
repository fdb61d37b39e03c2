"""The ids of the tests: the same in every process, and found again by the run that repeats what failed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_no_id_holds_an_address(request):
    assert [item.nodeid for item in request.session.items if re.search(r"0x[0-9a-f]{6}", item.nodeid)] == []


def test_only_a_parametrised_test_has_brackets_in_its_name(request):
    """pytest 9.2 takes the text from the first bracket on for parameters: `--last-failed` loses any other item."""
    others = [item for item in request.session.items if not hasattr(item, "callspec")]
    assert [item.nodeid for item in others if "[" in item.name] == []


@pytest.mark.slow
def test_two_processes_collect_the_same_tests():
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        "-m",
        "slow or not slow",
        "-p",
        "no:cacheprovider",
    ]
    first, second = (
        subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True)
        for seed in ("1", "2")
    )
    assert first.returncode == 0, first.stdout
    ids = [[line for line in run.stdout.splitlines() if "::" in line] for run in (first, second)]
    assert len(ids[0]) > 5000
    assert ids[0] == ids[1]
    assert not any("0x" in line for line in ids[0])


# The second try of .ci/run


def two_tries(folder, test):
    """The finished second try, after a first run of the tests of this text has failed."""
    (folder / "test_it.py").write_text(f"import os, pathlib, pytest\n{test}")
    [second_try] = re.findall(r"^failures=.*?^}\n", SCRIPT, flags=re.MULTILINE | re.DOTALL)
    script = f"""
        set -euo pipefail
        heading() {{ printf '== %s\\n' "$1"; }}
        fail() {{ printf '%s\\n' "$1" >&2; exit 1; }}
        python() {{ "{sys.executable}" "$@"; }}
        {second_try}
        status=0; python -m pytest -q || status=$?
        or_second_try "$status" -q
    """
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(["bash", "-c", script], cwd=folder, env=alone, capture_output=True, text=True, timeout=60)


FAILS_ONCE = """
def test_late():
    if not pathlib.Path("past").exists():
        pathlib.Path("past").touch()
        assert 0
"""
ONCE = 'if not pathlib.Path("past").exists():\n    def test_there_once(): assert 0\n'
OF_ONE_PROCESS = "@pytest.mark.parametrize('each', [os.getpid()])\ndef test_of_one_process(each): assert 0"


def test_a_test_that_fails_once_passes_the_second_try(tmp_path):
    run = two_tries(tmp_path, FAILS_ONCE + "def test_right(): pass")
    assert "== SECOND TRY" in run.stdout
    assert run.stdout.endswith("PASSED test_it.py::test_late\n1 passed in " + run.stdout.rpartition(" in ")[2])
    assert run.returncode == 0, run.stderr


def test_a_test_that_fails_again_fails_the_second_try(tmp_path):
    run = two_tries(tmp_path, "def test_wrong(): assert 0")
    assert "== SECOND TRY" in run.stdout
    assert run.returncode == 1


@pytest.mark.parametrize(
    ("test", "lost"),
    [(OF_ONE_PROCESS, r"test_of_one_process\[\d+\]"), (ONCE, "test_there_once")],
    ids=["another id", "gone"],
)
def test_a_failure_that_is_not_found_again_fails_the_second_try(tmp_path, test, lost):
    run = two_tries(tmp_path, test + FAILS_ONCE)
    assert "PASSED test_it.py::test_late" in run.stdout
    assert re.fullmatch(rf'These failed and did not run again: {{\n  "test_it.py::{lost}": true\n}}\n', run.stderr)
    assert run.returncode == 1
