"""The widgets, each in a notebook in JupyterLab, by mouse and by keyboard, and what axe-core says of them."""

import pytest
from looking import away, overflowing, violations

pytestmark = pytest.mark.slow

START = "from scopekit import Lab\nlab = Lab()"
THEMES = ["light", "dark"]


@pytest.mark.parametrize("theme", THEMES)
def test_playground_has_no_fault_that_axe_knows(open_cells, theme):
    page = open_cells(START, "lab.playground()", until=lambda page: page.get_by_label("repo", exact=True), theme=theme)
    page.picture(f"widget-playground-{theme}")
    assert violations(page) == []
    assert (away(page), overflowing(page), page.dialogs) == ([], [], [])


def test_playground_is_driven_with_the_keyboard_alone(open_cells):
    page = open_cells(START, "lab.playground()", until=lambda page: page.get_by_label("repo", exact=True))
    page.get_by_label("repo", exact=True).focus()
    page.keyboard.press("Space")
    page.get_by_text("13 of 28 allowed").wait_for()
    page.get_by_role("button", name="Revoke", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_text("0 of 28 allowed").wait_for()
    page.get_by_text("and the token has been revoked").wait_for()
    for _ in range(3):  # past the buttons that move the clock
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Undo"
    page.keyboard.press("Enter")
    page.get_by_text("13 of 28 allowed").wait_for()
    page.get_by_label("Scenario").fill("<img src=x onerror=alert(1)>")
    page.get_by_role("button", name="Play it").focus()
    page.keyboard.press("Enter")
    page.get_by_text("A scenario must be a JSON object").wait_for()
    page.get_by_role("button", name="Reset").click()
    page.get_by_text("5 of 28 allowed").wait_for()
    assert page.dialogs == []
