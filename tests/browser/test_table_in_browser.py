"""The matrix as a live table in JupyterLab: filled as one watches, filtered, sorted, and opened cell by cell."""

from __future__ import annotations

import pytest
from looking import away, narrowed, overflowing, violations
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

START = "from dataclasses import replace\nfrom scopekit import Lab, any_of\nlab = Lab()"
TABLE = "lab.table(lab.mint(['public_repo']), lab.mint(['repo', 'workflow']), None)"
PUBLIC, PRIVATE = "create a public repository", "create a private repository"
MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>"
NASTY = f"""nasty = [{MARKUP!r}, "b\\u202egnp.exe",
         "x" * 4000, "\\U0001f600 smile", "a\\nb", "-- '\\" \\\\ `id` $HOME"]
lab.calls
lab.__dict__["calls"] = tuple(replace(call, name=nasty[n] if n < len(nasty) else call.name)
                              for n, call in enumerate(lab.calls))
lab.__dict__["calls"] = (replace(lab.calls[0], requirement=any_of("gist")), *lab.calls[1:])"""


def cell(page, call, column=0):
    return page.locator(f"tr[data-call='{call}'] td").nth(column).get_by_role("button")


def seen(page):
    return page.locator(".sk-matrix tbody tr:visible")


def full(page):
    return page.get_by_role("status").filter(has_text="28 allowed; all as documented")


def opened(page):
    return page.locator(".sk-panel:visible")


def focused(page):
    return page.evaluate("document.activeElement.closest('td, section, div')?.innerText")


def test_table_is_filled_filtered_sorted_and_opened_by_mouse(open_cells):
    page = open_cells(START, TABLE, until=full)
    expect(page.locator(".sk-matrix progress")).to_be_hidden()
    assert cell(page, PRIVATE).inner_text().split() == ["✗", "denied", "needs", "repo"]
    page.get_by_label("Find a call").fill("repository create")
    page.get_by_text("4 of 28 calls shown").wait_for()
    expect(seen(page)).to_have_count(4)
    page.get_by_label("Verdict").select_option("allowed")
    page.get_by_label("Sort by").select_option("path")
    seen(page).first.get_by_text("POST /orgs/octo-org/repos").first.wait_for()
    page.get_by_label("differences only").check()
    page.get_by_text("No call is like that.").wait_for()
    page.get_by_label("differences only").uncheck()
    cell(page, PRIVATE, 1).click()
    opened(page).get_by_text("POST $API/user/repos").wait_for()
    assert opened(page).get_by_role("heading").inner_text() == f"{PRIVATE}, with repo workflow"
    expect(opened(page)).to_contain_text("✓ allowed")
    expect(opened(page)).to_contain_text("201 Created")
    opened(page).get_by_label("The request as code for").select_option("fetch")
    opened(page).get_by_text("await fetch(API").wait_for()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(page).get_by_role("button", name="Copy the code").click()
    opened(page).get_by_text("Copied.").wait_for()
    assert "process.env" in page.evaluate("navigator.clipboard.readText()")
    opened(page).get_by_role("button", name="Close").click()
    expect(opened(page)).to_have_count(0)
    assert focused(page).startswith("✓ allowed")


def test_table_is_worked_with_the_keyboard_alone(open_cells):
    page = open_cells(START, TABLE, until=full)
    press = page.keyboard.press
    page.get_by_label("Find a call").focus()
    page.keyboard.type("create")
    page.get_by_text("4 of 28 calls shown").wait_for()
    press("Tab")
    press("ArrowDown")
    press("Tab")
    press("Tab")
    press("Space")
    page.get_by_text("; 0 of 28 calls shown").wait_for()
    press("Space")
    page.get_by_text("; 4 of 28 calls shown").wait_for()
    press("Tab")
    press("Tab")
    assert focused(page) == cell(page, PUBLIC).inner_text()
    press("ArrowDown")
    press("End")
    assert focused(page) == cell(page, PRIVATE, 2).inner_text()
    press("ArrowLeft")
    press("Enter")
    opened(page).get_by_text("POST $API/user/repos").wait_for()
    assert focused(page).startswith(f"{PRIVATE}, with repo workflow")
    for _ in range(2):
        press("Tab")
    page.keyboard.type("h")
    opened(page).get_by_text("import httpx").wait_for()
    press("Escape")
    expect(opened(page)).to_have_count(0)
    assert focused(page) == cell(page, PRIVATE, 1).inner_text()
    press("Shift+Tab")
    press("Shift+Tab")
    assert page.evaluate("document.activeElement.type") == "checkbox"


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_table_has_no_fault_that_axe_knows_and_fits(open_cells, theme, width):
    page = open_cells(START, TABLE, until=full, theme=theme)
    narrowed(page, width, 900)
    page.picture(f"widget-table-{theme}-{width}")
    cell(page, PRIVATE).click()
    opened(page).get_by_text("POST $API/user/repos").wait_for()
    page.picture(f"widget-table-open-{theme}-{width}")
    assert violations(page) == []
    assert (away(page), overflowing(page), page.dialogs) == ([], [], [])


def test_nasty_texts_are_shown_as_text_and_a_difference_in_words(open_cells):
    def differing(page):
        return page.get_by_role("status").filter(has_text="2 not as documented")

    page = open_cells(START, NASTY, TABLE, until=differing, width=800)
    assert page.locator(".sk-matrix img, .sk-matrix tbody script").count() == 0
    seen(page).first.get_by_role("button").first.click()
    opened(page).get_by_text(MARKUP).wait_for()
    seen(page).nth(2).get_by_role("button").first.click()
    opened(page).get_by_text("xxxxxxxx").wait_for()
    page.picture("widget-table-nasty")
    page.get_by_label("differences only").check()
    page.get_by_text("1 of 28 calls shown").wait_for()
    assert "✓ allowed the document says denied" in seen(page).inner_text().replace("\n", " ")
    assert page.locator(".sk-matrix img").count() == 0
    page.picture("widget-table-differing")
    assert (away(page), overflowing(page), page.dialogs) == ([], [], [])


def test_a_thousand_cells_are_filled_and_found_in(open_cells):
    many = "lab.__dict__['calls'] = tuple(replace(lab.calls[n % 28], name=f'call {n}') for n in range(100))"
    ten = "lab.table(*[lab.mint([name]) for name in list(lab.vocabulary)[:10]])"
    page = open_cells(START, f"lab.calls\n{many}\n{ten}", until=lambda page: page.get_by_label("Find a call"))
    page.get_by_label("Find a call").fill("call 7")
    page.get_by_text("19 of 100 calls shown").wait_for()
    expect(seen(page)).to_have_count(19)
    expect(seen(page).get_by_role("button")).to_have_count(190)  # the cells come while one looks
    assert page.get_by_label("Find a call").input_value() == "call 7"
