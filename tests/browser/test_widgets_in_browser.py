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
