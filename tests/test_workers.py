"""A denylist in memory is a list for one process. In one of several, the log says so once."""

import contextlib
import logging
import os
import re
import subprocess
import sys
import time
from multiprocessing import get_context

import pytest
import requests

from scopekit import Guard, Issuer, Key, KeySet, MemoryDenylist, SqliteDenylist, workers

SENTENCE = "This process is one of several, and a guard in it has its denylist in memory."
KEY = Key.generate("k1", issuer="https://issuer.example/")
HEADER = f"Bearer {Issuer(KEY, audience='notes').mint(['notes:read'])}"

APPLICATION = """
import logging, os
from scopekit import Guard, Key, KeySet, SqliteDenylist
logging.basicConfig(format="%(name)s in %(process)d: %(message)s")
denylist = SqliteDenylist(os.environ["LIST"], create=True) if "LIST" in os.environ else None
keys = KeySet([Key.generate("k1", issuer="https://issuer.example/")])
guards = [Guard(keys, audience="notes", denylist=denylist) for _ in range(2)]

def decide():
    for guard in guards:
        guard.decide("Bearer a.b.c")
    return str(os.getpid()).encode()

def wsgi(environ, start_response):
    start_response("200 OK", [("Connection", "close")])
    return [decide()]

async def asgi(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
    await send({"type": "http.response.body", "body": decide()})
"""
UVICORN = ("uvicorn", "app:asgi", "--lifespan", "off", "--port", "0")
GUNICORN = ("gunicorn", "app:wsgi", "-b", "127.0.0.1:0")


@contextlib.contextmanager
def served(folder, *command, **environment):
    """Runs a server on a free port, and yields its address and the file of what it writes."""
    (folder / "app.py").write_text(APPLICATION)
    log = folder / "log"
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path]), **environment}
    with log.open("wb") as file:
        server = subprocess.Popen([sys.executable, "-m", *command], stderr=file, stdout=file, cwd=folder, env=variables)
    try:
        yield address_in(log), log
    finally:
        server.terminate()
        server.wait(20)


def address_in(log):
    end = time.monotonic() + 20
    while not (found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text())):
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.05)
    return found.group()


def warned(folder, *command, workers, **environment):
    """The processes that answered, and those that warned, once for each warning."""
    with served(folder, *command, **environment) as (url, log):
        answered = set()
        for _ in range(500):
            with contextlib.suppress(requests.ConnectionError):  # a worker that is not listening yet
                answered.add(requests.get(url, timeout=20).text)
            if len(answered) == workers:
                break
            time.sleep(0.02)
        lines = re.findall(r"scopekit in (\d+): (.*)", log.read_text())
    assert all(line.startswith(SENTENCE) for _, line in lines)
    return answered, sorted(process for process, _ in lines)


@pytest.mark.parametrize(
    "command",
    [(*UVICORN, "--workers", "2"), (*GUNICORN, "--workers", "2")],
    ids=["uvicorn", "gunicorn"],
)
def test_of_two_workers_the_last_one_warns_and_none_warns_twice(command, tmp_path):
    """The first worker may decide before its sibling is started, and then sees none."""
    answered, processes = warned(tmp_path, *command, workers=2)
    assert processes
    assert set(processes) <= answered
    assert len(set(processes)) == len(processes)


@pytest.mark.parametrize(
    "command",
    [UVICORN, (*UVICORN, "--reload"), (*GUNICORN, "--workers", "1")],
    ids=["uvicorn", "uvicorn that reloads", "gunicorn"],
)
def test_the_only_worker_says_nothing(command, tmp_path):
    answered, processes = warned(tmp_path, *command, workers=1)
    assert (len(answered), processes) == (1, [])


def test_workers_that_share_a_denylist_say_nothing(tmp_path):
    assert warned(tmp_path, *UVICORN, "--workers", "2", workers=2, LIST=str(tmp_path / "list"))[1] == []


@pytest.fixture
def fresh():
    """Forgets what this process has said and found out about itself."""
    workers._warn.cache_clear()
    yield
    workers._warn.cache_clear()


def test_a_process_that_the_environment_calls_one_of_several_warns_at_the_first_decision(fresh, caplog, monkeypatch):
    monkeypatch.setenv("WEB_CONCURRENCY", "3")
    guard = Guard(KeySet([KEY]), audience="notes", denylist=MemoryDenylist())
    assert caplog.messages == []
    for _ in range(3):
        assert guard.decide(HEADER).allowed
    assert [(each.name, each.levelno) for each in caplog.records] == [("scopekit", logging.WARNING)]
    assert caplog.messages[0].startswith(SENTENCE)


@pytest.mark.parametrize("count", ["", "1", "0", "-2", "many"])
def test_another_number_of_workers_in_the_environment_is_no_warning(count, fresh, caplog, monkeypatch):
    monkeypatch.setenv("WEB_CONCURRENCY", count)
    assert Guard(KeySet([KEY]), audience="notes").decide(HEADER).allowed
    assert caplog.messages == []


def test_a_denylist_that_processes_share_is_no_warning(fresh, caplog, monkeypatch, tmp_path):
    monkeypatch.setenv("WEB_CONCURRENCY", "3")
    with contextlib.closing(SqliteDenylist(tmp_path / "list", create=True)) as denylist:
        assert Guard(KeySet([KEY]), audience="notes", denylist=denylist).decide(HEADER).allowed
    assert caplog.messages == []


@pytest.mark.parametrize("count", [1, 2], ids=["alone", "with a sibling"])
def test_a_child_of_multiprocessing_is_one_of_several_only_with_a_sibling(count):
    with get_context("spawn").Pool(count) as pool:
        assert pool.apply(workers.is_one_of_several) is (count == 2)


def test_where_processes_cannot_be_counted_a_worker_counts_as_one_of_several(monkeypatch):
    monkeypatch.setenv("SERVER_SOFTWARE", "gunicorn/27.0.1")
    monkeypatch.setattr(os, "getppid", lambda: 2**30)
    assert workers.is_one_of_several()
