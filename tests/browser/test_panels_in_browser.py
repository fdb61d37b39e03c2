"""The playground's panels in JupyterLab: by mouse, by keyboard alone, and at every width."""

from __future__ import annotations

import pytest
from looking import away, narrowed, overflowing, violations
from playwright.sync_api import expect

from scopekit.lab.playground.model import PANELS

pytestmark = pytest.mark.slow

START = "from scopekit import Lab\nlab = Lab()"
PUBLIC = "create a public repository"
SHOWN = {
    "editor": ".sk-editor", "ladder": "li[data-check=scopes]", "timeline": ".sk-timeline",
    "revocations": "tr[data-token='token 1']", "switches": "tr[data-request='the good token']",
    "table": ".sk-matrix table", "mint_form": ".widget-dropdown:has-text('Audience')",
}  # fmt: skip
"""What is on the page once a panel is open."""


@pytest.fixture
def playground(open_cells):
    """Opens a playground of its own in a new page."""

    def opened(**how):
        return open_cells(START, "lab.playground()", until=lambda page: page.get_by_label("repo", exact=True), **how)

    return opened


def tab(page, name):
    return page.get_by_role("button", name=PANELS[name].title, exact=True)


def matrix_row(page, name):
    return page.locator(f".widget-html tr[data-call='{name}']")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_panel_opens_by_a_click_without_a_fault_that_axe_knows(playground, theme):
    page = playground(theme=theme, height=1500)
    for name, shown in SHOWN.items():
        tab(page, name).click()
        expect(page.locator(shown).first).to_be_visible()
        expect(tab(page, name)).to_have_attribute("aria-expanded", "true")
        expect(page.locator("[aria-expanded=true][data-panel]")).to_have_count(1)
        page.picture(f"panel-{name}-{theme}")
        assert violations(page) == []
        assert overflowing(page) == []
    tab(page, "mint_form").click()
    expect(page.locator(SHOWN["mint_form"]).first).to_be_hidden()
    assert (away(page), page.dialogs) == ([], [])


def test_panels_keep_their_layout_where_there_is_little_room(playground):
    page = narrowed(playground())
    for name, shown in SHOWN.items():
        tab(page, name).click()
        expect(page.locator(shown).first).to_be_visible()
        page.picture(f"panel-{name}-narrow")
        assert overflowing(page) == []


def test_panel_is_opened_used_and_shut_with_the_keyboard_alone(playground):
    page = playground()
    page.get_by_role("button", name="Reset").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(SHOWN["ladder"]).first).to_be_visible()
    expect(tab(page, "ladder")).to_be_focused()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator(SHOWN["timeline"]).first).to_be_visible()
    expect(page.locator(SHOWN["ladder"]).first).to_be_hidden()
    page.keyboard.press("Space")
    expect(page.locator(SHOWN["timeline"]).first).to_be_hidden()


def test_what_a_panel_does_shows_in_the_matrix_and_the_other_way_round(playground):
    page = playground()
    tab(page, "timeline").click()
    page.get_by_role("button", name="to the end", exact=True).click()
    matrix_row(page, PUBLIC).get_by_text("✗ denied").wait_for()
    page.get_by_role("button", name="Undo").first.click()
    matrix_row(page, PUBLIC).get_by_text("✓ allowed").wait_for()
    page.get_by_role("button", name="+ 1 h").click()
    page.locator(".sk-timeline").get_by_text("✗ not valid").first.wait_for()


def test_rung_that_was_unfolded_stays_so_while_tokens_come_and_folds_for_another_call(playground):
    page = playground()
    tab(page, "ladder").click()
    time = page.locator("li[data-check=time]")
    time.locator("summary").click()
    page.get_by_label("gist", exact=True).click()
    page.get_by_label("token", exact=True).locator("option", has_text="gist").wait_for(state="attached")
    expect(time.locator("dl")).to_be_visible()
    page.get_by_label("call", exact=True).select_option("delete a repository")
    expect(time.locator("dl")).to_be_hidden()
    expect(page.locator("li[data-check=scopes] dl")).to_be_visible()


def test_open_cell_follows_the_token_and_the_focus_stays_where_it_is(playground):
    page = playground()
    tab(page, "table").click()
    page.locator(f".sk-matrix tr[data-call='{PUBLIC}'] button").click()
    page.locator(".sk-panel").get_by_text("201 Created").wait_for()
    page.get_by_label("public_repo", exact=True).click()
    page.locator(".sk-panel").get_by_text("403 Forbidden").wait_for()
    expect(page.get_by_label("public_repo", exact=True)).to_be_focused()
    expect(page.locator(".sk-matrix thead")).to_contain_text("with no scope")


def test_token_that_will_not_do_is_told_where_the_panel_would_be(playground):
    page = playground()
    page.get_by_label("public_repo", exact=True).click()
    tab(page, "switches").click()
    page.get_by_role("status").filter(has_text="! The switches start from a token with a scope").wait_for()
    page.get_by_label("gist", exact=True).click()
    page.locator(SHOWN["switches"]).get_by_text("✓ allowed").first.wait_for()
