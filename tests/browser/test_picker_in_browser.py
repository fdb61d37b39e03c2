"""The scope picker in JupyterLab: by mouse, by keyboard, and what a document's nasty texts do to it."""

import pytest
from looking import away, overflowing, violations
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

START = "from scopekit import Lab\nfrom scopekit.lab import GITHUB_PRESETS, ScopePicker\nlab = Lab()"
PICKER = "ScopePicker(lab.vocabulary, ['repo'], lab.calls, GITHUB_PRESETS, lab=lab)"
NASTY = """
from scopekit import any_of
from scopekit.scopes import Vocabulary
from scopekit.audit import Call
texts = ["<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>", "abc\\u202etxt", "x" * 4000, "👩‍👩‍👧 🎉"]
vocabulary = Vocabulary({f"s{n}": text for n, text in enumerate(texts)} | {f"long:{'y' * 200}": "long"})
ScopePicker(vocabulary, ["s0"], [Call(text, "GET", "/x", "/x", any_of("s1")) for text in texts], {"p" * 300: ["s1"]})
"""


def open_picker(open_cells, **how):
    return open_cells(START, PICKER, until=lambda page: page.get_by_label("repo", exact=True), **how)


def test_picker_by_mouse(open_cells):
    page = open_picker(open_cells)
    page.get_by_text("implied by repo").first.wait_for()
    page.get_by_label("Search scopes").fill("hook")
    page.get_by_role("button", name="Tick shown", exact=True).click()
    page.get_by_text("1 ticked one is hidden, and still ticked.").wait_for()
    expect(page.get_by_label("gist", exact=True)).not_to_be_visible()
    page.get_by_label("Search scopes").fill("")
    page.get_by_label("Preset").select_option("what a CI job needs")
    page.get_by_text("3 of 34 scopes ticked, which imply 1 more.").wait_for()
    page.get_by_label("delete a repository").click()
    page.get_by_label("read a public repository's code alerts").click()
    page.get_by_text("There are 2 ways, equally small").wait_for()
    page.get_by_role("button", name="Tick just delete_repo and security_events").click()
    page.get_by_role("button", name="(ticked now)").wait_for()
    expect(page.get_by_label("delete_repo", exact=True)).to_be_checked()
    expect(page.get_by_label("repo:status", exact=True)).not_to_be_checked()
    page.picture("widget-picker-light")
    assert violations(page) == []
    assert (away(page), overflowing(page), page.dialogs) == ([], [], [])


def test_picker_by_keyboard_alone_in_the_dark(open_cells):
    page = open_picker(open_cells, theme="dark")
    page.get_by_label("Search scopes").focus()
    page.keyboard.type("secrets")
    page.get_by_text("The search “secrets” shows 1 scope.").wait_for()
    press(page, "Tab", "Enter")
    page.get_by_text("2 of 34 scopes ticked").wait_for()
    press(page, "Tab", "Tab", "Tab")
    assert focused(page) == "codespace:secrets"
    press(page, "Space")
    page.get_by_text("1 of 34 scopes ticked").wait_for()
    press(page, "Tab")
    assert focused(page) == "create a public repository"
    press(page, "Space")
    page.get_by_role("button", name="Tick just public_repo").focus()
    press(page, "Enter")
    page.get_by_role("button", name="Tick just public_repo (ticked now)").wait_for()
    page.picture("widget-picker-dark")
    assert violations(page) == []
    assert overflowing(page) == []


def test_picker_is_usable_on_a_narrow_page(open_cells):
    page = open_picker(open_cells)
    page.keyboard.press("Control+B")
    narrow(page, 360)
    page.get_by_label("list SSH keys").click()
    page.get_by_text("There is one smallest way: read:public_key").wait_for()
    page.get_by_label("Search scopes").scroll_into_view_if_needed()
    page.picture("widget-picker-360")
    assert overflowing(page) == []
    narrow(page, 320)
    assert overflowing(page) == []


def test_nasty_texts_of_a_document_are_text(open_cells):
    page = open_cells(START, NASTY, until=lambda page: page.get_by_label("s0", exact=True))
    page.get_by_text("abc\\u202etxt").first.wait_for()
    page.get_by_label("</script><script>alert(2)</script>").click()
    page.get_by_role("button", name="Tick just s1").wait_for()
    page.picture("widget-picker-nasty")
    assert (page.dialogs, overflowing(page)) == ([], [])


def narrow(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_timeout(500)


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def focused(page):
    return page.evaluate("document.activeElement.parentElement.textContent.trim()")
