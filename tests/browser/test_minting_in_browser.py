"""The mint form in JupyterLab: filled in by mouse and by keyboard alone, and what axe-core says of it."""

import pytest
from looking import away, narrowed, overflowing, violations
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

START = "from scopekit import Lab\nfrom scopekit.lab import MintForm\nlab = Lab()"
FORM = "form = MintForm(lab, ['public_repo'])\nform"


def has_button(page):
    return page.get_by_role("button", name="Mint", exact=True)


def status(page):
    return page.locator(".jp-OutputArea-output [role=status]")


def test_form_is_filled_in_by_mouse_and_nothing_is_minted_before_the_button_is_pressed(open_cells):
    page = open_cells(START, FORM, until=has_button, height=2000)
    page.get_by_label("Audience").select_option("https://api.example/modern (mount /modern)")
    status(page).get_by_text("The guard of /modern will believe it. Nothing is minted yet.").wait_for()
    page.get_by_label("gist", exact=True).click()
    page.get_by_text("public_repo gist", exact=True).first.wait_for()
    has_button(page).click()
    status(page).get_by_text("The guard of /modern believes it. Minted: ").wait_for()
    expect(page.locator("caption", has_text="Minted: eyJ")).to_have_count(1)
    page.get_by_label("Compare with").select_option("structured")
    page.locator("tr[data-change=added]", has_text="scopes").get_by_text('{"public_repo"').wait_for()
    page.get_by_label("Algorithm").select_option("ES256")
    status(page).get_by_text("No guard of this lab will believe it: none of them knows its key 'new-ES256'.").wait_for()
    page.get_by_label("Audience").select_option("tenant_1 (mount /api/v2)")
    page.get_by_label("read:users", exact=True).wait_for()
    expect(page.get_by_label("public_repo", exact=True)).to_have_count(0)
    assert (away(page), page.dialogs) == ([], [])


def test_form_is_filled_in_with_the_keyboard_alone(open_cells):
    page = open_cells(START, FORM, until=has_button, height=2000)
    page.get_by_label("Audience").focus()
    page.keyboard.press("ArrowDown")
    status(page).get_by_text("The guard of /modern will believe it.").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    status(page).get_by_text("No guard of this lab will believe it. At /modern").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "3600"
    page.keyboard.press("Control+A")
    page.keyboard.type("99999999")
    page.keyboard.press("Tab")
    status(page).get_by_text("! Not possible: A token of profile GITHUB may live at most 7776000 s").wait_for()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("7200")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.get_by_text("2 h, at most 90 days").wait_for()
    page.keyboard.type("<img src=x onerror=alert(1)>")
    page.keyboard.press("Tab")
    page.locator("td", has_text="<img src=x onerror=alert(1)>").first.wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Mint"
    page.keyboard.press("Enter")
    status(page).get_by_text("Minted: ").wait_for()
    page.locator("td", has_text="2 h after issue").first.wait_for()
    assert page.dialogs == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_form_has_no_fault_that_axe_knows_and_fits_a_narrow_page(open_cells, theme):
    page = open_cells(START, FORM, until=has_button, theme=theme, height=2000)
    page.get_by_label("Subject").fill("x" * 255)
    has_button(page).click()
    page.locator("caption", has_text="Minted: eyJ").wait_for()
    page.picture(f"widget-minting-{theme}")
    assert violations(page) == []
    assert (away(page), overflowing(page), page.dialogs) == ([], [], [])
    narrowed(page)
    page.picture(f"widget-minting-narrow-{theme}")
    assert overflowing(page) == []
