"""The README's picture of the playground: made by this test, and stored where STORE_PICTURES is set."""

import os
import re
import shutil
from pathlib import Path

import pytest
from looking import size_of_png

pytestmark = pytest.mark.slow

STORED = Path(__file__).with_name("playground.png")
HEIGHT = 760
README = Path(__file__).parents[2] / "README.md"


def test_the_readme_shows_the_playground_as_it_looks_today(open_cells, pictures):
    page = open_cells(
        "from scopekit import Lab\nlab = Lab()", "lab.playground()",
        until=lambda page: page.get_by_label("repo", exact=True), height=1000, width=1400,
    )  # fmt: skip
    page.get_by_label("repo", exact=True).click()
    page.get_by_text("13 of 28 allowed").wait_for()
    fresh = pictures / "playground.png"
    output = page.locator(".jp-OutputArea-output:has(.jupyter-widgets)")
    output.evaluate("element => element.scrollIntoView()")
    box = output.bounding_box()
    page.screenshot(path=fresh, clip={**box, "height": HEIGHT})
    if os.environ.get("STORE_PICTURES"):
        shutil.copyfile(fresh, STORED)
    (shown,) = re.findall(r"!\[[^\]]{40,}\]\((\S+\.png)\)", README.read_text(encoding="utf-8"))
    assert README.parent / shown == STORED
    assert STORED.stat().st_size < 300_000
    for stored, now in zip(size_of_png(STORED), size_of_png(fresh), strict=True):
        assert now == pytest.approx(stored, rel=0.1), "it looks another way: run this with STORE_PICTURES=1"
