"""The guard's switches in JupyterLab: by mouse, by keyboard alone, and at every width."""

from __future__ import annotations

import pytest
from looking import away, narrowed, overflowing, violations
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

START = """from scopekit import Lab
from scopekit.lab import GuardSwitches
lab = Lab()
switches = GuardSwitches(lab)"""


def shown(page):
    return page.get_by_label("5 signature")


def row(page, name):
    return page.locator(f"tr[data-request='{name}']")


def banner(page, text):
    return page.get_by_role("status").filter(has_text=text)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_checks_are_switched_with_the_mouse_and_axe_finds_no_fault(open_cells, theme):
    page = open_cells(START, "switches", until=shown, theme=theme)
    banner(page, "✓ All 11 checks are on: none of the bad requests gets in.").wait_for()
    page.get_by_label("5 signature").click()
    banner(page, "! CHECKS OFF: signature. 2 of 13 bad requests get in.").wait_for()
    row(page, "unverified signature").get_by_text("! gets in now").wait_for()
    expect(page.get_by_text("gets in now")).to_have_count(2)
    expect(row(page, "expired token").get_by_text("✗ denied")).to_have_count(2)
    page.get_by_text("anyone may write anything").wait_for()
    page.picture(f"widget-switches-{theme}")
    assert violations(page) == []
    page.get_by_role("button", name="All on").click()
    banner(page, "✓ All 11 checks are on").wait_for()
    expect(page.get_by_text("gets in now")).to_have_count(0)
    assert (away(page), overflowing(page), page.dialogs) == ([], [], [])


def test_checks_are_switched_with_the_keyboard_alone(open_cells):
    page = open_cells(START, "switches", until=shown)
    page.get_by_label("1 credentials").focus()
    for _ in range(8):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    banner(page, "! CHECKS OFF: time. 1 of 13 bad requests get in.").wait_for()
    row(page, "expired token").get_by_text("! gets in now").wait_for()
    assert page.evaluate("document.activeElement.parentElement.textContent.trim()") == "9 time"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    banner(page, "✓ All 11 checks are on").wait_for()


@pytest.mark.parametrize(("theme", "zoom"), [("light", 1), ("dark", 2)], ids=["narrow", "text at 200 %"])
def test_switches_keep_their_layout(open_cells, theme, zoom):
    page = open_cells(START, "switches", until=shown, theme=theme, zoom=zoom)
    if zoom == 1:
        narrowed(page, 360)
    for name in ("2 form", "5 signature", "11 scopes"):
        page.get_by_label(name).click()
    banner(page, "! CHECKS OFF: form, signature, scopes. 4 of 13 bad requests get in.").wait_for()
    page.picture(f"widget-switches-narrow-{zoom}")
    assert (away(page), overflowing(page), page.dialogs) == ([], [], [])
    page.set_viewport_size({"width": 320, "height": 2400} if zoom == 1 else {"width": 1280, "height": 900})
    page.wait_for_timeout(300)
    assert overflowing(page) == []
