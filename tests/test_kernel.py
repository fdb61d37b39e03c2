"""Lesson 00 in a real kernel: run twice, restarted and run again, it leaves one server and no open port."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel

LESSON = next(Path(__file__).parents[1].glob("notebooks/00-*.ipynb"))


@pytest.fixture
def kernel(tmp_path):
    manager, client = start_new_kernel(kernel_name="python3", env={**os.environ, "IPYTHONDIR": str(tmp_path)})
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


def run_lesson(client):
    """Runs every code cell of lesson 00, and gives the port of its Lab and how many servers the kernel has."""
    for cell in nbformat.read(LESSON, as_version=4).cells:
        if cell.cell_type == "code":
            assert client.execute_interactive(cell.source, timeout=30, output_hook=print)["content"]["status"] == "ok"
    servers = "sum(t.name == 'scopekit-lab' for t in __import__('threading').enumerate())"
    asked = {"port": "int(lab.url.rpartition(':')[2])", "servers": servers}
    found = client.execute_interactive("", user_expressions=asked, timeout=30)["content"]["user_expressions"]
    return int(found["port"]["data"]["text/plain"]), int(found["servers"]["data"]["text/plain"])


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_running_the_lesson_twice_leaves_one_server(kernel):
    _, client = kernel
    first, _ = run_lesson(client)
    second, servers = run_lesson(client)
    assert servers == 1
    assert is_open(second)
    assert not is_open(first)


@pytest.mark.parametrize("now", [False, True], ids=["asked to stop", "killed"])
def test_restarting_the_kernel_and_running_the_lesson_again_leaves_one_server(kernel, now):
    manager, client = kernel
    first, _ = run_lesson(client)
    manager.restart_kernel(now=now)
    client.wait_for_ready(timeout=30)
    assert not is_open(first)
    second, servers = run_lesson(client)
    assert servers == 1
    assert is_open(second)


def test_shutting_the_kernel_down_frees_the_port(kernel):
    manager, client = kernel
    port, _ = run_lesson(client)
    manager.shutdown_kernel()
    assert not is_open(port)
