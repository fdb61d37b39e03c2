"""Revocations in JupyterLab: by mouse, by keyboard alone, and at every width."""

from __future__ import annotations

import pytest
from looking import away, narrowed, overflowing, violations
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

START = """from scopekit import Lab
from scopekit.lab import Revocations
lab = Lab()
revocations = Revocations(lab, lab.mint(["public_repo"]), lab.mint(["gist"], subject="hubot", ttl_seconds=7200))"""
NASTIES = """markup, script = "<img src=x onerror=alert(1)>", "</td><script>alert(2)</script>"
for text in (markup, script, chr(0x202e) + "txt", "x" * 4000, chr(0x1f600) * 9):
    lab.denylist.revoke(text, text)
    lab.denylist.cut_off(text, 1, text)
Revocations(lab, lab.mint(["repo"], subject=markup), lab.mint(sorted(lab.vocabulary), subject="y" * 255))"""


def shown(page):
    return page.get_by_role("button", name="Revoke token 1")


def status(page, text):
    return page.get_by_role("status").filter(has_text=text)


def row(page, number):
    return page.locator(f"tr[data-token='token {number}']")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_token_is_taken_back_with_the_mouse_while_a_copy_lags_and_axe_finds_no_fault(open_cells, theme):
    page = open_cells(START, "revocations", until=shown, theme=theme)
    page.get_by_role("button", name="Revoke token 1").click()
    status(page, "token 1: public_repo was revoked").wait_for()
    row(page, 1).get_by_text("✗ refused: 401, The token has been revoked.").wait_for()
    row(page, 1).get_by_text("! STILL ACCEPTED: its copy lags").wait_for()
    expect(row(page, 2).get_by_text("✓ accepted")).to_have_count(2)
    page.get_by_role("button", name="+1 min").click()
    page.get_by_text("copy of the denylist is 60 s old").wait_for()
    page.picture(f"widget-revocations-{theme}")
    assert violations(page) == []
    page.get_by_role("button", name="Refresh the copy").click()
    status(page, "copy was renewed").wait_for()
    expect(row(page, 1).get_by_text("✗ refused: 401, The token has been revoked.")).to_have_count(2)
    page.get_by_role("button", name="To after expiry").click()
    status(page, "1 entry was forgotten: its token has ended.").wait_for()
    assert (away(page), overflowing(page), page.dialogs) == ([], [], [])


def test_subject_is_cut_off_and_the_lag_set_with_the_keyboard_alone(open_cells):
    page = open_cells(START, "revocations", until=shown)
    page.get_by_role("button", name="Revoke token 2").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    status(page, "Revoked: all tokens of hubot issued before").wait_for()
    assert page.evaluate("document.activeElement.textContent").strip() == "Cut off subject of 2"
    page.keyboard.press("Enter")
    status(page, "nothing changed.").wait_for()
    page.get_by_label("lag in seconds").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    page.get_by_text("never lags").wait_for()
    row(page, 2).get_by_text("✗ refused: 401, The token has been revoked.").nth(1).wait_for()


@pytest.mark.parametrize(("theme", "zoom"), [("light", 1), ("dark", 2)], ids=["narrow", "text at 200 %"])
def test_nasty_ids_and_subjects_are_text_and_the_layout_holds(open_cells, theme, zoom):
    page = open_cells(START, NASTIES, until=shown, theme=theme, zoom=zoom)
    if zoom == 1:
        narrowed(page, 360)
    page.get_by_role("button", name="Cut off subject of 1").click()
    status(page, "Revoked: all tokens of <img src=x onerror=alert(1)>").wait_for()
    page.get_by_role("button", name="Cut off subject of 2").click()
    status(page, "yyyy").wait_for()
    page.picture(f"widget-revocations-narrow-{zoom}")
    assert (away(page), overflowing(page), page.dialogs) == ([], [], [])
    page.set_viewport_size({"width": 320, "height": 2400} if zoom == 1 else {"width": 1280, "height": 900})
    page.wait_for_timeout(300)
    assert overflowing(page) == []
