import contextlib
import io
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

import pytest
import requests

from sample_api.__main__ import main
from scopekit import Lab


@pytest.fixture(scope="module")
def world():
    """One running API for the tests of its calls."""
    with Lab("tests of the calls") as lab:
        yield lab


@pytest.fixture
def lab(world):
    """The running API; records, denylist and clock are put back after the test."""
    records, denied, now = world.state.data.snapshot(), world.state.denylist.snapshot(), world.clock.now()
    yield world
    world.state.data.restore(records)
    world.state.denylist.restore(denied)
    world.clock.set(now)


@dataclass
class Api:
    """`python -m sample_api`, running: its process, and the two lines it printed."""

    process: subprocess.Popen
    url: str
    kept: str

    def get(self, path, token=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with requests.Session() as session:
            session.trust_env = False
            return session.get(self.url + path, headers=headers, timeout=10)

    def post(self, path, **sent):
        with requests.Session() as session:
            session.trust_env = False
            return session.post(self.url + path, timeout=10, **sent)

    def stop(self):
        """Ends the process; its status, and all that it still had to print."""
        self.process.terminate()
        printed, complained = self.process.communicate(timeout=20)
        return self.process.returncode, printed, complained


@pytest.fixture
def start(tmp_path):
    """Starts `python -m sample_api ARGUMENTS` in a folder of its own, and ends what still runs after the test."""
    started = []

    def start_api(*arguments):
        command = [sys.executable, "-m", "sample_api", *map(str, arguments)]
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return Api(process, process.stdout.readline().strip(), process.stdout.readline().strip())

    yield start_api
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=20)


@pytest.fixture
def fail(tmp_path):
    """Calls what `python -m sample_api ARGUMENTS` calls, which must fail; its status and what it complained of."""

    def served(*_):
        raise AssertionError("it served, and should have failed")

    def run(*arguments):
        printed, complained = io.StringIO(), io.StringIO()
        before = signal.signal(signal.SIGALRM, served)
        signal.alarm(10)
        try:
            with contextlib.chdir(tmp_path), redirect_stdout(printed), redirect_stderr(complained):
                status = main(list(map(str, arguments)))
        except SystemExit as end:
            status = end.code
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, before)
        assert printed.getvalue() == ""
        return status, complained.getvalue()

    return run
