"""A real JupyterLab on a copy of the lessons, started as a learner starts it."""

from __future__ import annotations

import itertools
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from looking import PATIENCE_MS, run_all, wait_until_idle
from playwright.sync_api import Page, expect

START_SECONDS = 60
REOPEN_MS = 20_000
"""How long a page that is there may take to open another notebook; then it is loaded anew."""

expect.set_options(timeout=PATIENCE_MS)

OPEN = """async ([path, theme, patience]) => {
  const { commands } = window.jupyterapp;
  async function opened() {
    await commands.execute('apputils:change-theme', { theme });
    const panel = await commands.execute('docmanager:open', { path });
    await panel.context.ready;
    await panel.sessionContext.ready;
    await panel.sessionContext.session.kernel.info;
    return true;
  }
  return await Promise.race([opened(), new Promise(done => setTimeout(() => done(false), patience))]);
}"""
"""Until the kernel itself has answered: the page calls it idle before, and what is run then is lost."""

CLEARED = """() => {
  const app = window.jupyterapp;
  for (const open of app ? [...app.shell.widgets('main')] : []) open.dispose();
  app?.shell.expandLeft();
  return Boolean(app) && !document.querySelector('.jp-Dialog');
}"""
"""Whether JupyterLab is there to be used again, with nothing open in it; what a test changed is not saved."""


@pytest.fixture(scope="session")
def jupyterlab(tmp_path_factory):
    """A JupyterLab of its own, its settings in folders that are thrown away."""
    folder = tmp_path_factory.mktemp("jupyterlab")
    settings = {f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    environment = {**os.environ, **settings, "IPYTHONDIR": str(folder / "ipython"), "JUPYTER_TOKEN": "a-test"}
    environment["JUPYTERLAB_SETTINGS_DIR"] = str(folder / "settings")
    environment["JUPYTERLAB_WORKSPACES_DIR"] = str(folder / "workspaces")
    (folder / "config").mkdir()
    exposed = {"LabApp": {"expose_app_in_browser": True}}  # so that a page that is there can open another notebook
    (folder / "config" / "jupyter_lab_config.json").write_text(json.dumps(exposed))
    port = free_port()
    command = [sys.executable, "-c", "import sys; from scopekit.cli import main; sys.exit(main())",
               "lab", str(folder / "lessons"), "--no-browser", "--port", str(port)]  # fmt: skip
    with open(folder / "log", "w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/api?token=a-test", process, folder / "log")
        yield JupyterLab(f"http://127.0.0.1:{port}", folder / "lessons", folder / "settings")
    finally:
        process.terminate()
        process.wait(20)


@dataclass
class JupyterLab:
    url: str
    folder: Path
    settings: Path

    def address(self, lesson: str) -> str:
        return f"{self.url}/lab/tree/{lesson}?token=a-test&reset"

    def start_kernel(self, notebook: str) -> None:
        """Starts the kernel of a notebook, so that it starts while the page loads."""
        wanted = {"path": notebook, "name": notebook, "type": "notebook", "kernel": {"name": "python3"}}
        self._ask("POST", "sessions", json.dumps(wanted).encode())

    def stop_kernels(self) -> None:
        """Stops what runs: a kernel for each notebook that was opened would take a hundred megabytes each."""
        for session in json.loads(self._ask("GET", "sessions")):
            self._ask("DELETE", f"sessions/{session['id']}")

    def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        request = urllib.request.Request(f"{self.url}/api/{path}", body, method=method)
        request.add_header("Authorization", "token a-test")
        with urllib.request.urlopen(request, timeout=20) as answer:
            return bytes(answer.read())

    def open_notebook(self, page: Page, name: str, theme: str = "light") -> None:
        """Opens a notebook on the page, and waits until it has its kernel; JupyterLab is loaded where it is not."""
        self.start_kernel(name)
        there = page.evaluate("Boolean(window.jupyterapp)")
        if not (there and page.evaluate(OPEN, [name, f"JupyterLab {theme.title()}", REOPEN_MS])):
            self.set_theme(theme)
            page.goto(self.address(name))
        wait_until_idle(page)

    def set_theme(self, theme: str) -> None:
        """Chooses the theme for the pages that are opened from now on, as the settings editor would."""
        folder = self.settings / "@jupyterlab" / "apputils-extension"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "themes.jupyterlab-settings").write_text(json.dumps({"theme": f"JupyterLab {theme.title()}"}))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{re.sub('token=[^ ]+', 'token=...', log.read_text())}")


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """The folder of the run's pictures; at its end `contact-sheet.html` there shows them all side by side."""
    folder = tmp_path_factory.mktemp("pictures", numbered=False)
    yield folder
    names = sorted(file.name for file in folder.glob("*.png"))
    shown = "".join(f"<figure><img src='{name}' width=480><figcaption>{name}</figcaption></figure>" for name in names)
    (folder / "contact-sheet.html").write_text(f"<!doctype html><title>Pictures of the run</title>{shown}")


@pytest.fixture
def new_page(jupyterlab, loaded):
    """Makes a page; when the test is over, nothing is open on it any more, and its kernels are gone.

    `page.requested` has the requests that the page made, `page.dialogs` the dialogs that it opened.
    """
    pages = []

    def made(width=1280, height=900, zoom=1):
        page = loaded.take(zoom)
        pages.append(page)
        page.set_viewport_size({"width": round(width / zoom), "height": height})
        return page

    yield made
    for page in pages:
        loaded.give_back(page)
    jupyterlab.stop_kernels()


@pytest.fixture(scope="session")
def loaded(browser):
    """The pages on which JupyterLab is loaded already."""
    pages = Loaded(browser)
    yield pages
    pages.close()


class Loaded:
    """Pages of JupyterLab, which takes seconds to load: one is used again.

    One is kept for each zoom, and no longer than for a number of tests, for JupyterLab forgets nothing.
    """

    TIMES = 12

    def __init__(self, browser) -> None:
        self._browser = browser
        self._contexts, self._idle = {}, {}

    def take(self, zoom):
        page = self._idle.pop(zoom, None) or self._new(zoom)
        page.times += 1
        page.requested.clear()
        page.dialogs.clear()
        return page

    def give_back(self, page) -> None:
        page.context.clear_permissions()
        page.emulate_media(forced_colors="null", reduced_motion="null")
        cleared = not page.is_closed() and page.evaluate(CLEARED)
        if cleared and page.times < self.TIMES and page.zoom not in self._idle:
            self._idle[page.zoom] = page
        else:
            page.close()

    def close(self) -> None:
        for context in self._contexts.values():
            context.close()

    def _new(self, zoom):
        """A page in the one context of its zoom: pages of a context share a cache."""
        if zoom not in self._contexts:
            self._contexts[zoom] = self._browser.new_context(device_scale_factor=zoom)
        page = self._contexts[zoom].new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.zoom, page.times, page.requested, page.dialogs = zoom, 0, [], []
        page.on("request", lambda request: page.requested.append(request.url))
        page.on("dialog", lambda dialog: (page.dialogs.append(dialog.message), dialog.dismiss()))
        return page


@pytest.fixture
def open_cells(new_page, jupyterlab, pictures):
    """Opens a notebook of these code cells in a new page, runs it, and gives the page once `until` is on it.

    `page.picture(name)` puts a screenshot where the run's other pictures are.
    """

    def opened(*cells, until, theme="light", **size):
        name = f"cells-{next(_NUMBERS)}.ipynb"
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
        notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
        nbformat.write(notebook, jupyterlab.folder / name)
        page = new_page(**size)
        page.picture = lambda name: page.screenshot(path=pictures / f"{name}.png")
        jupyterlab.open_notebook(page, name, theme)
        run_all(page, until)
        return page

    return opened


_NUMBERS = itertools.count(1)
