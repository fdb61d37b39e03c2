"""Every live object in a real kernel: its cell run fifty times, and its Lab closed, and nothing is left behind."""

from __future__ import annotations

import json
import os

import pytest
from jupyter_client.manager import start_new_kernel

import scopekit.lab
from scopekit.lab.live import Live

pytestmark = pytest.mark.slow

START = """
import threading
import comm, ipywidgets, psutil
from scopekit import Lab
from scopekit.lab import *
lab = Lab()
token = lab.mint(["repo"])
left = lambda: {
    "widgets": len(ipywidgets.widgets.widget._instances), "comms": len(comm.get_comm_manager().comms),
    "threads": threading.active_count(), "ports": sum(c.status == "LISTEN" for c in psutil.Process().net_connections()),
}
"""
CELLS = {
    "Deck": "Deck(Slide('A token', 'What it may do.', token), Slide('Time', Timeline(lab, token)), lab=lab)",
    "DecisionLadder": "DecisionLadder(lab, 'delete a repository', token)",
    "GuardSwitches": "GuardSwitches(lab)",
    "Hints": "Hints('Look at the scopes.', 'Look at the call.', lab=lab)",
    "MatrixTable": "MatrixTable(lab, token)",
    "MintForm": "MintForm(lab, ['repo'])",
    "Playground with its panels": "p = lab.playground(); p.view(); [p.open(name) for name in p.panels]; p.shut(); p",
    "Quiz": "Quiz(lab, Prediction('Is it allowed?', ['yes', 'no'], 'no', 'It lacks a scope.', hints=['Look.']))",
    "Revocations": "Revocations(lab, token)",
    "ScopePicker": "ScopePicker(lab.vocabulary, ['repo'], lab.calls, lab=lab)",
    "Timeline": "Timeline(lab, token)",
    "TokenEditor": "TokenEditor(lab, token)",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs a cell in a kernel, and gives what an expression says afterwards."""
    folder = str(tmp_path_factory.mktemp("ipython"))
    manager, client = start_new_kernel(kernel_name="python3", env={**os.environ, "IPYTHONDIR": folder})

    def run(source, asked="None"):
        told = client.execute_interactive(
            source,
            user_expressions={"asked": f"__import__('json').dumps({asked})"},
            timeout=120,
            output_hook=lambda _: None,
        )["content"]
        assert told["status"] == "ok", told.get("traceback")
        return json.loads(told["user_expressions"]["asked"]["data"]["text/plain"][1:-1])

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


def test_every_live_object_is_tried():
    public = {name: getattr(scopekit.lab, name) for name in scopekit.lab.__all__}
    kinds = {name for name, each in public.items() if isinstance(each, type) and issubclass(each, Live)}
    assert kinds == {name.partition(" ")[0] for name in CELLS}


@pytest.mark.parametrize("kind", CELLS)
def test_a_cell_that_is_run_fifty_times_leaves_what_it_left_at_first(run, kind):
    before = run(START, "left()")
    first = run(CELLS[kind], "left()")
    assert first["widgets"] > before["widgets"], "it shows nothing live"
    told = run("", "sum(len(live.watchers) for live in lab._onlookers.values())")
    for _ in range(49):
        last = run(CELLS[kind], "left()")
    assert last == first
    assert run("", "sum(len(live.watchers) for live in lab._onlookers.values())") == told
    closed = run("lab.close()", "left()")
    assert (closed["widgets"], closed["comms"]) == (before["widgets"], before["comms"])
    assert closed["ports"] == before["ports"] - 1
