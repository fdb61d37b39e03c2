"""Lesson 00 in a real kernel: run twice, restarted and run again, it leaves one server and no open port."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from store_outputs import LIVE_VIEW

LESSON = next(Path(__file__).parents[1].glob("notebooks/00-*.ipynb"))


@pytest.fixture
def kernel(tmp_path):
    manager, client = start_new_kernel(kernel_name="python3", env={**os.environ, "IPYTHONDIR": str(tmp_path)})
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


def run_lesson(client):
    """Runs every code cell of lesson 00; gives its Lab's port, its live views, and how many servers the kernel has."""
    messages = []
    for cell in nbformat.read(LESSON, as_version=4).cells:
        if cell.cell_type == "code":
            reply = client.execute_interactive(cell.source, timeout=30, output_hook=messages.append)
            assert reply["content"]["status"] == "ok", reply["content"]
    servers = "sum(t.name == 'scopekit-lab' for t in __import__('threading').enumerate())"
    asked = {"port": "int(lab.url.rpartition(':')[2])", "servers": servers}
    found = client.execute_interactive("", user_expressions=asked, timeout=30)["content"]["user_expressions"]
    views = sum(LIVE_VIEW in message["content"].get("data", {}) for message in messages)
    return int(found["port"]["data"]["text/plain"]), views, int(found["servers"]["data"]["text/plain"])


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_kernel_has_one_server_however_it_is_started_again_and_none_once_it_is_shut_down(kernel):
    manager, client = kernel
    ports = []

    def run_again():
        port, views, servers = run_lesson(client)
        assert (views, servers) == (1, 1)
        assert is_open(port)
        assert not any(map(is_open, set(ports) - {port}))
        ports.append(port)

    run_again()
    run_again()
    for killed in (False, True):
        manager.restart_kernel(now=killed)
        client.wait_for_ready(timeout=30)
        assert not is_open(ports[-1])
        run_again()
    manager.shutdown_kernel()
    assert not is_open(ports[-1])
