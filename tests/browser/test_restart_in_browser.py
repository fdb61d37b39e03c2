"""What a restart of the kernel leaves behind: no process, no open port, no widget that speaks to what is gone."""

from __future__ import annotations

import os
import re
import signal
import socket
from dataclasses import dataclass

import psutil
import pytest
from jupyter_client import BlockingKernelClient
from looking import run_all, wait_until_idle
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

CELLS = (
    "from scopekit import Lab\nfrom scopekit.lab import GuardSwitches, Prediction, Quiz, Timeline",
    "lab = Lab()\nlab.playground()",
    "Timeline(lab, lab.mint(['public_repo']))",
    "GuardSwitches(lab)",
    "Quiz(lab, Prediction('May it?', ['yes', 'no'], 'no', 'It may not.'))",
    "import os, threading\n"
    "servers = sum(thread.name == 'scopekit-lab' for thread in threading.enumerate())\n"
    "print(f'process {os.getpid()}, {servers} server at {lab.url}')",
)
SAID = re.compile(r"process (\d+), (\d+) server at \S+:(\d+)")
ALIVE = ".jp-OutputArea-output .jupyter-widgets:not(.jupyter-widgets-disconnected)"
BROKEN_OFF = ".jp-OutputArea-output .jupyter-widgets-disconnected"
SECONDS = 60


@dataclass(frozen=True)
class Kernel:
    """The kernel that has run the notebook, as the machine sees it."""

    process: psutil.Process
    port: int
    servers: int
    listening: int

    def wait_until_gone(self):
        psutil.wait_procs([self.process], SECONDS)
        assert not self.process.is_running()

    def size(self):
        """How much there is of what could be left over."""
        return self.servers, self.listening


def said(page):
    return page.locator(".jp-OutputArea-output", has_text=SAID)


def kernel_of(page):
    number, servers, port = map(int, SAID.search(said(page).text_content()).groups())
    process = psutil.Process(number)
    listening = sum(each.status == psutil.CONN_LISTEN for each in process.net_connections("tcp"))
    return Kernel(process, port, servers, listening)


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def comms(jupyterlab):
    """The comms of the one kernel that runs, by its own account."""
    (file,) = (jupyterlab.folder.parent / "runtime").glob("kernel-*.json")
    client = BlockingKernelClient(connection_file=str(file))
    client.load_connection_file()
    client.start_channels()
    try:
        return set(client.comm_info(reply=True, timeout=SECONDS)["content"]["comms"])
    finally:
        client.stop_channels()


def hear(page):
    """From now on `window.spoken` has the comms to which the page sends."""
    page.evaluate("""() => { window.spoken = [];
      const send = WebSocket.prototype.send;
      WebSocket.prototype.send = function (data) {
        const text = typeof data === 'string' ? data : new TextDecoder().decode(data);
        window.spoken.push(...[...text.matchAll(/"comm_id": ?"([^"]+)"/g)].map(found => found[1]));
        return send.call(this, data);
      };
    }""")


def test_restart_leaves_nothing_of_the_old_kernel(open_cells, jupyterlab):
    page = open_cells(*CELLS, until=said)
    old, before, shown = kernel_of(page), comms(jupyterlab), page.locator(ALIVE).count()
    assert (old.servers, is_open(old.port), shown > 100) == (1, True, True)
    page.click('[data-command="notebook:restart-kernel"], [data-command="kernelmenu:restart"]')
    page.click(".jp-Dialog .jp-mod-accept")
    old.wait_until_gone()
    assert not is_open(old.port)
    expect(page.locator(ALIVE)).to_have_count(0)  # what is still on the page looks like what it is: broken off
    wait_until_idle(page)
    assert comms(jupyterlab) == set()
    run_all(page, said)
    check_new(page, jupyterlab, old, before, shown)


def test_killed_kernel_leaves_its_port_free(open_cells, jupyterlab):
    page = open_cells(*CELLS, until=said)
    old, before, shown = kernel_of(page), comms(jupyterlab), page.locator(ALIVE).count()
    os.kill(old.process.pid, signal.SIGKILL)
    old.wait_until_gone()
    assert not is_open(old.port)
    page.locator(".jp-Dialog", has_text="It will restart automatically.").get_by_role("button", name="Ok").click()
    wait_until_idle(page)
    run_all(page, said)
    check_new(page, jupyterlab, old, before, shown)


def check_new(page, jupyterlab, old, before, shown):
    """The new kernel has as much as the old one had and nothing of it, and the page speaks to the new one alone."""
    new, after = kernel_of(page), comms(jupyterlab)
    assert (new.size(), len(after), after & before) == (old.size(), len(before), set())
    assert is_open(new.port)
    expect(page.locator(ALIVE)).to_have_count(shown)
    expect(page.locator(BROKEN_OFF)).to_have_count(0)
    hear(page)
    page.get_by_label("repo", exact=True).click()
    page.get_by_text("13 of 28 allowed").first.wait_for()
    page.get_by_label("5 signature").click()
    page.get_by_text("! CHECKS OFF: signature.").first.wait_for()
    spoken = set(page.evaluate("window.spoken"))
    assert spoken
    assert spoken <= after
