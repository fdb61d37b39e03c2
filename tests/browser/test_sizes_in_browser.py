"""Every widget of the kit in one notebook: at all widths, in all themes, in high contrast, without motion."""

from __future__ import annotations

import pytest
from looking import OURS, away, overflowing, put_sidebar_away, violations

pytestmark = pytest.mark.slow

START = """from scopekit import Lab
from scopekit.lab import (DecisionLadder, Deck, GuardSwitches, Hints, MatrixTable, MintForm, Prediction, Quiz,
    Revocations, ScopePicker, Slide, Timeline, TokenEditor)
from scopekit.lab.token_diff import TokenDiff
from scopekit.lab.mint.model import Rewriting
lab = Lab()
token, other = lab.mint(["public_repo"]), lab.mint(["repo", "workflow"], ttl_seconds=60)"""
WIDGETS = {
    "picker": "ScopePicker(lab.vocabulary, ['repo'], lab.calls)",
    "mint form": "MintForm(lab, ['gist'])",
    "editor": "TokenEditor(lab, token)",
    "rewriting": "Rewriting('flat', 'structured', token, other)",
    "token diff": "TokenDiff(token, other)",
    "ladder": "DecisionLadder(lab, 'delete a repository', token, other)",
    "table": "MatrixTable(lab, token, other, None)",
    "timeline": "Timeline(lab, token, other)",
    "revocations": "Revocations(lab, token, other)",
    "switches": "GuardSwitches(lab)",
    "playground": "lab.playground()",
    "quiz": "Quiz(lab, Prediction('May it?', ['yes', 'no'], 'no', 'It **may not**.', ['Look at its scopes.']))",
    "hints": "Hints('Look at its scopes.', 'What does `repo` imply?')",
    "deck": "Deck(Slide('A token', 'It says what it may do.', token), Slide('The end'), lab=lab)",
}
THEMES = ["light", "dark", "dark high contrast"]
SIZES = {"320": 320, "1280 at 200 %": 640, "2560": 2560}
"""What a page has to hold its widgets: text at 200 % leaves it half of its width."""

LONG_LINES = """([ours, limit]) => [...document.querySelectorAll(ours)].flatMap(each => {
  const texts = document.createTreeWalker(each, NodeFilter.SHOW_TEXT), found = [], range = document.createRange();
  while (texts.nextNode()) {
    range.selectNodeContents(texts.currentNode);
    const wide = [...range.getClientRects()].some(line => line.width > limit);
    if (wide && !texts.currentNode.parentElement.closest('style, pre')) found.push(texts.currentNode.textContent);
  }
  return found;
})"""
MOVING = """ours => [...document.querySelectorAll(ours)].flatMap(each => [each, ...each.querySelectorAll('*')])
  .filter(each => ['', '::before', '::after'].some(part => {
    const style = getComputedStyle(each, part || null);
    return [style.transitionDuration, style.animationDuration].join().split(',').some(time => parseFloat(time) > 0);
  })).map(each => each.outerHTML.slice(0, 100))"""
BARE = """ours => [...document.querySelectorAll(ours)]
  .flatMap(each => [...each.querySelectorAll('button, select, input, textarea')])
  .filter(each => each.checkVisibility() && !['checkbox', 'radio', 'range'].includes(each.type))
  .filter(each => { const style = getComputedStyle(each);
    return !(parseFloat(style.borderTopWidth) > 0 && style.borderTopStyle !== 'none') && !each.closest('.sk-token'); })
  .map(each => each.outerHTML.slice(0, 120))"""


LINE = 1000
"""How long a line may be, in pixels: about 140 letters, as a row of a table has them."""

HEIGHT = 12_000
"""All of the notebook: what is out of sight JupyterLab does not lay out."""


def all_shown(page):
    return page.get_by_role("status").filter(has_text="Slide 1 of 2")


@pytest.mark.parametrize("theme", THEMES)
def test_all_widgets_fit_every_width_in_every_theme_and_in_high_contrast(open_cells, theme):
    page = open_cells(START, *WIDGETS.values(), until=all_shown, theme=theme)
    put_sidebar_away(page)
    for name, width in SIZES.items():
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.wait_for_timeout(500)
        page.picture(f"sizes-{theme}-{name}")
        assert (overflowing(page), violations(page)) == ([], []), name
        assert page.evaluate(LONG_LINES, [OURS, LINE]) == []
    words = page.locator(OURS).all_inner_texts()
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    page.picture(f"sizes-{theme}-forced-colours")
    assert page.locator(OURS).all_inner_texts() == words
    assert page.evaluate(BARE, OURS) == []
    assert page.evaluate(MOVING, OURS) == []
    assert (overflowing(page), violations(page), away(page), page.dialogs) == ([], [], [], [])
