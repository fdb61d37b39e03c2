"""The decision ladder in JupyterLab: by mouse, by keyboard alone, and at every width."""

from __future__ import annotations

import pytest
from looking import away, narrowed, overflowing, violations
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

START = """from scopekit import Lab
from scopekit.lab import DecisionLadder
lab = Lab()
ladder = DecisionLadder(lab, "POST /user/repos", lab.mint(["gist"], ttl_seconds=60), lab.mint(["repo"]))
lab.clock.advance(100)"""
NASTIES = """from scopekit.issuer import sign
nasty, key = lab.mint(["repo"]), next(iter(lab.state.keys))
def forged(header={}, **claims):
    return str(sign({**nasty.header, **header}, {**nasty.claims, "scopes": ["repo"], **claims}, key))
many = [f"scope{number}:{'x' * 60}" for number in range(60)]
markup, script = "<img src=x onerror=alert(1)>", "</td><script>alert(2)</script>"
emoji, backwards = chr(0x1f600) * 9, chr(0x202e) + "txt"
DecisionLadder(lab, "POST /user/repos", forged({"kid": markup}), forged(aud=script), forged(aud=backwards),
    forged(scopes=[emoji]), forged(scopes=many), "x" * 4000)"""
DENIED_BY = ("key", "audience", "audience", "scopes", "scopes", "form")


def shown(page):
    return page.locator("li[data-check=scopes]").first


def rung(page, check):
    return page.locator(f"li[data-check={check}]")


def status(page, text):
    return page.get_by_role("status").filter(has_text=text)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_ladder_has_no_fault_that_axe_knows_and_answers_a_mouse(open_cells, theme):
    page = open_cells(START, "ladder", until=shown, theme=theme)
    status(page, "✗ denied by the check time: 401 invalid_token").wait_for()
    page.picture(f"widget-ladder-{theme}")
    expect(rung(page, "time").get_by_text("Mint a new token.")).to_be_visible()
    expect(rung(page, "scopes").get_by_text("Mint a token with public_repo.")).to_be_hidden()
    rung(page, "scopes").locator("summary").click()
    expect(rung(page, "scopes").get_by_text("Mint a token with public_repo.")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("token", exact=True).select_option("token 2: repo")
    status(page, "✓ allowed").wait_for()
    page.get_by_text("it lets the call through").wait_for()
    page.get_by_label("call", exact=True).select_option("delete a repository")
    status(page, "✗ denied by the check scopes: 403 insufficient_scope").wait_for()
    assert (away(page), overflowing(page), page.dialogs) == ([], [], [])


def test_ladder_is_climbed_with_the_keyboard_alone(open_cells):
    page = open_cells(START, "ladder", until=shown)
    page.get_by_label("token", exact=True).focus()
    for key in ("Alt+ArrowDown", "ArrowDown", "Enter"):  # JupyterLab takes a bare arrow for itself
        page.keyboard.press(key)
    status(page, "✓ allowed").wait_for()
    assert page.evaluate("document.activeElement.tagName") == "SELECT"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Ask again"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(rung(page, "credentials").get_by_text("RFC 6750 section 2")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


@pytest.mark.parametrize(("theme", "zoom"), [("light", 1), ("dark", 2)], ids=["narrow", "text at 200 %"])
def test_ladder_of_nasty_tokens_is_text_and_keeps_its_layout(open_cells, theme, zoom):
    page = open_cells(START, NASTIES, until=shown, theme=theme, zoom=zoom)
    if zoom == 1:
        narrowed(page, 320)
    for index, check in enumerate(DENIED_BY):
        page.get_by_label("token", exact=True).select_option(index=index)
        page.locator(f"li[data-check={check}] details[open]").wait_for()
        status(page, f"✗ denied by the check {check}").wait_for()
        page.picture(f"widget-ladder-nasty-{zoom}-{index}")
        assert overflowing(page) == []
    assert violations(page) == []
    assert (away(page), page.dialogs) == ([], [])
