"""Lesson 00 as a learner meets it: in JupyterLab, in a real browser."""

from __future__ import annotations

import pytest
from looking import away, overflowing, run_all

pytestmark = pytest.mark.slow

LESSON = "00-what-can-this-token-do.ipynb"
PUBLIC = "create a public repository"
VIEWPORTS = {"wide": {"width": 1280, "height": 900}, "narrow": {"width": 800, "height": 900}}

BOXES = """() => [...document.querySelectorAll('.jp-Notebook input[type=checkbox], .jp-Notebook .widget-label-basic,'
  + ' .jp-Notebook .widget-html-content table, .jp-Notebook .jupyter-button')]
  .map(element => [element.tagName, element.textContent.slice(0, 30), element.getBoundingClientRect()])
  .filter(([, , box]) => box.width && box.height)
  .map(([tag, text, box]) => ({tag, text, left: box.left, right: box.right, top: box.top, bottom: box.bottom}))"""
CONTRAST = r"""() => {
  const channels = colour => { const c = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    c.fillStyle = colour; c.fillRect(0, 0, 1, 1); return [...c.getImageData(0, 0, 1, 1).data]; };
  const linear = v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const luminance = rgb => { const [r, g, b] = rgb.map(v => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] / 255 + below[i] * (1 - top[3] / 255));
  const behind = element => { const layers = [];
    for (let e = element; e; e = e.parentElement) layers.push(channels(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]); };
  const ratio = element => { const back = behind(element), text = over(channels(getComputedStyle(element).color), back);
    const [light, dark] = [luminance(text), luminance(back)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05); };
  const texts = [...document.querySelectorAll('.jp-OutputArea .jupyter-widgets *')]
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) && e.tagName !== 'STYLE');
  return texts.map(e => [ratio(e), e.tagName, e.className, e.textContent.slice(0, 40)]).sort((a, b) => a[0] - b[0]);
}"""


@pytest.fixture
def open_lesson(new_page, jupyterlab):
    """Opens lesson 00 in a new page, runs all of it, and gives the page with the requests that it made."""

    def opened(viewport="wide", theme="light"):
        page = new_page(**VIEWPORTS[viewport])
        jupyterlab.open_notebook(page, LESSON, theme)
        assert page.locator("body").get_attribute("data-jp-theme-light") == str(theme == "light").lower()
        run_all(page, lambda page: page.get_by_label("public_repo", exact=True))
        return page

    return opened


def row(page, name):
    return page.locator(f"tr[data-call='{name}']")


def test_clicking_a_scope_flips_the_rows(open_lesson):
    page = open_lesson()
    row(page, PUBLIC).get_by_text("✓ allowed").wait_for()
    page.get_by_label("public_repo", exact=True).click()
    row(page, PUBLIC).get_by_text("✗ denied").wait_for()
    page.get_by_label("repo", exact=True).click()
    row(page, PUBLIC).get_by_text("✓ allowed").wait_for()
    assert page.get_by_text("13 of 28 allowed").count() == 1


def test_scope_is_ticked_with_the_keyboard_alone(open_lesson):
    page = open_lesson()
    page.get_by_label("repo", exact=True).focus()
    page.keyboard.press("Space")
    row(page, "create a private repository").get_by_text("✓ allowed").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.parentElement.textContent.trim()") == "repo:status"


def test_token_is_marked_not_verified_until_the_button_is_pressed(open_lesson):
    page = open_lesson()
    page.locator(".verdict.failed", has_text="not verified").wait_for()
    page.get_by_role("button", name="Verify the signature").click()
    page.locator(".verdict.passed", has_text="verified with key 'lab-1', HS256").wait_for()
    page.get_by_label("gist", exact=True).click()
    page.locator(".verdict.failed", has_text="not verified").wait_for()


def test_no_request_leaves_this_machine(open_lesson):
    page = open_lesson()
    assert away(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", ["wide", "narrow"])
def test_playground_is_laid_out_well_and_readable(open_lesson, viewport, theme, pictures):
    page = open_lesson(viewport, theme)
    page.get_by_label("repo", exact=True).click()
    row(page, "create a private repository").get_by_text("✓ allowed").wait_for()
    page.get_by_label("admin:public_key", exact=True).click()
    row(page, "delete an SSH key").get_by_text("✓ allowed").wait_for()  # before, the page still moves
    page.get_by_role("button", name="Verify the signature").click()
    page.locator(".verdict.passed", has_text="verified with key").wait_for()
    page.get_by_label("repo", exact=True).scroll_into_view_if_needed()
    page.screenshot(path=pictures / f"playground-{viewport}-{theme}.png")
    assert overflowing(page) == []
    assert overlapping(page.evaluate(BOXES)) == []
    contrasts = page.evaluate(CONTRAST)
    assert len(contrasts) > 100
    assert [found for found in contrasts if found[0] < 4.5] == []


def overlapping(boxes):
    """The pairs of boxes that lie over each other by more than a pixel."""
    assert len(boxes) > 60
    return [
        (one["text"] or one["tag"], other["text"] or other["tag"])
        for index, one in enumerate(boxes)
        for other in boxes[index + 1 :]
        if min(one["right"], other["right"]) - max(one["left"], other["left"]) > 1
        and min(one["bottom"], other["bottom"]) - max(one["top"], other["top"]) > 1
        and not contains(one, other) and not contains(other, one)
    ]  # fmt: skip


def contains(outer, inner):
    """A checkbox lies within its own label: that is no overlap."""
    return (
        outer["left"] - 1 <= inner["left"]
        and inner["right"] <= outer["right"] + 1
        and outer["top"] - 1 <= inner["top"]
        and inner["bottom"] <= outer["bottom"] + 1
    )
