import subprocess
import sys
from pathlib import Path

import pytest
from attack import Api

from sample_api.state import State


@pytest.fixture
def folder(tmp_path):
    """A state folder as --init makes it, not in use."""
    State.open(tmp_path / "state", init=True).denylist.close()
    return tmp_path / "state"


@pytest.fixture
def serve(tmp_path):
    """Starts `python -m sample_api ARGUMENTS`, as a process of its own that a test may kill."""
    started = []

    def start(*arguments, **options):
        command = [sys.executable, "-m", "sample_api", *map(str, arguments)]
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, **options)
        started.append(process)
        return Api(process, process.stdout.readline().strip())

    yield start
    for process in started:
        process.kill()
        process.communicate(timeout=20)


@pytest.fixture
def denylist_file(folder) -> Path:
    return folder / "denylist.sqlite"
