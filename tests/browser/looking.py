"""What the tests in a browser do and look at on a page of JupyterLab."""

from __future__ import annotations

import struct

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError as NeverCame

PATIENCE_MS = 90_000
"""How long a page may take: a busy machine is slow, and not wrong."""

HERE = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")
OURS = ".jp-OutputArea-output .jupyter-widgets, .jp-OutputArea-output .scopekit"
"""What is ours on the page: JupyterLab has violations of its own."""

IDLE = """() => document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle'
  && document.querySelector('.jp-Toolbar-kernelName').textContent.trim() !== 'No Kernel'"""
"""The indicator says idle before there is any kernel too, and what is run then is lost."""

OVERFLOW = """() => [...document.querySelectorAll('.jp-Notebook .jupyter-widgets, .jp-Notebook .scopekit')]
  .filter(element => element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0)
  .filter(element => getComputedStyle(element).overflowX !== 'auto')
  .map(element => [element.className, element.scrollWidth, element.clientWidth])"""


def wait_until_idle(page):
    page.wait_for_function(IDLE, timeout=PATIENCE_MS)


def run_all(page, until):
    """Restarts the kernel and runs all cells, as a learner does with the one button."""
    page.click('[data-command="notebook:restart-run-all"]')
    page.click(".jp-Dialog .jp-mod-accept")
    try:
        until(page).wait_for(timeout=PATIENCE_MS)
    except NeverCame as late:
        errors = page.locator(".jp-OutputArea-output[data-mime-type*='stderr']").all_inner_texts()
        raise AssertionError(f"what was waited for never came; cells ended in error: {errors}") from late
    wait_until_idle(page)


def put_sidebar_away(page):
    """Gives the notebook all of the width."""
    page.evaluate("window.jupyterapp.shell.collapseLeft()")


def narrowed(page, width=360, height=2600):
    """Puts the sidebar away and the page at this width: before its cells have run, its toolbar would have no room."""
    put_sidebar_away(page)
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(500)
    return page


def away(page):
    """The requests of a page that left this machine."""
    assert page.requested
    return [url for url in page.requested if not url.startswith(HERE)]


def violations(page):
    """What axe-core finds in our widgets, a sentence for each."""
    page.wait_for_selector(OURS)
    found = Axe().run(page, context={"include": [[OURS]]}).response["violations"]
    return [f"{each['id']}: {node['html'][:200]} {node['failureSummary']}" for each in found for node in each["nodes"]]


def overflowing(page):
    """Our elements that are wider than their place, and do not scroll on purpose."""
    return page.evaluate(OVERFLOW)


def size_of_png(file):
    """Width and height of a picture, which a PNG file has in its first chunk."""
    return struct.unpack(">II", file.read_bytes()[16:24])
