"""The deck in JupyterLab: by mouse, by keyboard, on the full screen, and with its secrets hidden."""

import pytest
from looking import away, overflowing, violations
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

START = """
from scopekit import Lab
from scopekit.lab import Deck, Hints, Prediction, Quiz, Slide
lab = Lab()
token = lab.mint(["public_repo"])
"""
DECK = """
Deck(
    Slide("An API key that can say no", "It carries **what it may do**.", "- scopes\\n- a lifetime"),
    Slide("A token, decoded", token, "As it is sent:\\n\\n```\\nBearer eyJmYWtlIjoxfQ.eyJhIjoxfQ.c2lnbmF0dXJl\\n```"),
    Slide("Predict", Quiz(lab, Prediction("May it delete?", ["yes", "no"], "no", "It has no `delete_repo`."))),
    Slide("The calls it opens", lab.matrix(token), "`/repos/octocat/hello-world/contents/docs/notes.md` is a path"),
)
"""
NASTY = """
texts = ["<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>", "abc\\u202etxt", "x" * 4000, "👩‍👩‍👧 🎉"]
Deck(*[Slide(text, *texts, "```\\n" + text + "\\n```") for text in texts])
"""
ADD_KEY = """() => {
  const code = Object.assign(document.createElement("code"), {id: "new-key", textContent: "0a1b2c3d".repeat(4)});
  document.querySelector(".scopekit-deck-slide[data-shown]").append(code);
}"""


def open_deck(open_cells, **how):
    return open_cells(START, DECK, until=lambda page: page.get_by_text("Slide 1 of 4"), **how)


def shown_title(page):
    return page.locator(".scopekit-deck h2:visible")


def test_deck_by_mouse(open_cells):
    page = open_deck(open_cells)
    expect(shown_title(page)).to_have_text(["An API key that can say no"])
    page.picture("widget-deck-light")
    page.get_by_role("button", name="Next").click()
    page.get_by_text("Slide 2 of 4: A token, decoded").wait_for()
    expect(shown_title(page)).to_have_text(["A token, decoded"])
    assert violations(page) == []
    page.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="Larger").click()
    page.get_by_text("Type at 150 %").wait_for()
    page.get_by_role("button", name="Full screen").click()
    page.get_by_role("button", name="Leave full screen").wait_for()
    page.wait_for_timeout(500)
    page.picture("widget-deck-full")
    page.keyboard.press("ArrowRight")
    page.get_by_text("Slide 2 of 4").wait_for()
    page.picture("widget-deck-full-token")
    page.get_by_role("button", name="Leave full screen").click()
    page.get_by_role("button", name="Full screen", exact=True).wait_for()
    assert (away(page), overflowing(page), page.dialogs) == ([], [], [])


def test_deck_by_keyboard_alone_in_the_dark(open_cells):
    page = open_deck(open_cells, theme="dark")
    page.locator(".scopekit-deck").focus()
    for key, number in [("ArrowRight", 2), ("PageDown", 3), ("ArrowLeft", 2), ("End", 4), ("PageUp", 3), ("Home", 1)]:
        page.keyboard.press(key)
        page.get_by_text(f"Slide {number} of 4").wait_for()
        expect(shown_title(page)).to_have_count(1)
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    page.get_by_text("Slide 4 of 4").wait_for()
    page.keyboard.press("x")  # with which JupyterLab would cut the cell
    assert page.locator(".jp-CodeCell").count() == 2
    page.keyboard.press("f")
    page.get_by_role("button", name="Leave full screen").wait_for()
    page.keyboard.press("+")
    page.get_by_text("Type at 250 %").wait_for()
    page.keyboard.press("f")
    page.get_by_role("button", name="Full screen", exact=True).wait_for()
    page.keyboard.press("PageUp")
    page.get_by_label("yes").focus()
    page.keyboard.press("ArrowRight")  # a radio button takes it for itself
    page.get_by_text("Slide 3 of 4").wait_for()
    page.picture("widget-deck-dark")
    assert violations(page) == []
    assert overflowing(page) == []


def test_live_widget_on_a_slide_is_live(open_cells):
    page = open_deck(open_cells)
    page.locator(".scopekit-deck").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.get_by_label("no", exact=True).click()
    page.get_by_label("50 %").click()
    page.get_by_role("button", name="Lock prediction 1").click()
    page.get_by_text("✓ right: you said no, 50 % sure").wait_for()
    page.keyboard.press("ArrowRight")
    page.get_by_text("Slide 4 of 4").wait_for()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("✓ right: you said no, 50 % sure")).to_be_visible()
    page.keyboard.press("Control+B")
    page.set_viewport_size({"width": 360, "height": 900})
    for _ in range(4):
        page.wait_for_timeout(300)
        assert overflowing(page) == []
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    page.picture("widget-deck-360")


def test_secrets_are_hidden_until_they_are_shown_again(open_cells):
    page = open_deck(open_cells)
    page.locator(".scopekit-deck").focus()
    page.keyboard.press("End")
    page.keyboard.press("s")
    page.get_by_text("Tokens and keys are hidden.").wait_for()
    path = page.get_by_text("/repos/octocat/hello-world/contents/docs/notes.md", exact=True)
    expect(path).to_be_visible()
    assert size(path) != "0px"
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    fence = page.locator("pre", has_text="Bearer")
    assert size(fence) == "0px"
    assert after(fence) == '"hidden"'
    expect(page.get_by_text("eyJmYWtlIjoxfQ", exact=False).last).to_be_hidden()
    page.picture("widget-deck-hidden")
    page.evaluate(ADD_KEY)
    assert size(page.locator("#new-key")) == "0px"  # what comes later is hidden too
    assert violations(page) == []
    page.get_by_role("button", name="Hide secrets").click()
    page.get_by_text("Tokens and keys are shown again.").wait_for()
    assert size(fence) != "0px"


def test_nasty_texts_of_a_deck_are_text(open_cells):
    page = open_cells(START, NASTY, until=lambda page: page.get_by_text("Slide 1 of 5"))
    page.locator(".scopekit-deck").focus()
    for _ in range(5):
        assert (page.dialogs, overflowing(page)) == ([], [])
        page.keyboard.press("ArrowRight")
    page.picture("widget-deck-nasty")


def size(element):
    return element.evaluate("element => getComputedStyle(element).fontSize")


def after(element):
    return element.evaluate("element => getComputedStyle(element, '::after').content")
