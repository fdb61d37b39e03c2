"""The quiz in JupyterLab: by mouse, by keyboard, and with nasty texts."""

import pytest
from looking import away, overflowing, violations
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

START = """
from scopekit import Lab
from scopekit.lab import Prediction, Quiz
lab = Lab()
token = lab.mint(["public_repo"])
"""
QUIZ = """
Quiz(
    lab,
    Prediction("May a token with `public_repo` delete a repository?", ["allowed", "denied"],
               lambda: lab.call("delete a repository", token).verdict,
               "Deleting has a scope of its own, `delete_repo`: **nothing** implies it.",
               ["Look for it in the vocabulary.", "Is it below `repo` there?"]),
    Prediction("Which status does the answer have?", ["401", "403", "404"], "403",
               "The token is known and its scopes are not enough.\\n\\n- 401: who are you?\\n- 403: you may not"),
)
"""
NASTY = """
texts = ["<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>", "abc\\u202etxt", "x" * 4000, "👩‍👩‍👧 🎉"]
Quiz(lab, *[Prediction(text, texts, text, text, [text]) for text in texts])
"""
SHOWN = "✗ wrong: you said allowed, 90 % sure, and it is denied"


def open_quiz(open_cells, **how):
    return open_cells(START, QUIZ, until=lambda page: page.get_by_role("button", name="Lock prediction 1"), **how)


def test_quiz_by_mouse(open_cells):
    page = open_quiz(open_cells)
    output = page.locator(".jp-OutputArea-output .jupyter-widgets").first
    assert "nothing implies it" not in output.inner_text()
    page.get_by_role("button", name="Give me hint 1").click()
    page.get_by_text("1 of 2 hints given").wait_for()
    assert "Is it below" not in output.inner_text()
    lock = page.get_by_role("button", name="Lock prediction 1")
    lock.click()
    page.get_by_text("First choose an answer, and say how sure you are.").wait_for()
    page.get_by_label("allowed").click()
    page.get_by_label("90 %").first.click()
    lock.click()
    page.get_by_text(SHOWN).wait_for()
    page.get_by_text("nothing implies it").wait_for()
    expect(page.get_by_label("denied")).to_be_disabled()
    page.get_by_text("When you said 90 % you were right 0 of 1 time.").wait_for()
    page.picture("widget-quiz-light")
    assert violations(page) == []
    assert (away(page), overflowing(page), page.dialogs) == ([], [], [])
    page.keyboard.press("Control+B")
    for width in (360, 320):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(500)
        page.get_by_label("allowed").scroll_into_view_if_needed()
        page.picture(f"widget-quiz-{width}")
        assert overflowing(page) == []


def test_quiz_by_keyboard_alone_in_the_dark(open_cells):
    page = open_quiz(open_cells, theme="dark")
    page.get_by_role("button", name="Give me hint 1").focus()
    press(page, "Enter", "Tab", "ArrowDown")
    expect(page.get_by_label("denied")).to_be_checked()
    press(page, "ArrowUp")
    expect(page.get_by_label("denied")).not_to_be_checked()
    expect(page.get_by_label("allowed")).to_be_checked()
    press(page, "Tab", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft")  # past the last comes the first
    expect(page.get_by_label("90 %").first).to_be_checked()
    press(page, "Shift+Tab")
    expect(page.get_by_label("allowed")).to_be_focused()  # a group is one stop, and the chosen one has it
    press(page, "Tab", "Tab")
    expect(page.get_by_role("button", name="Lock prediction 1")).to_be_focused()
    press(page, "Enter")
    page.get_by_text(SHOWN).wait_for()
    expect(page.get_by_role("button", name="Locked: prediction 1")).to_be_focused()
    expect(page.get_by_label("denied")).to_be_disabled()
    page.picture("widget-quiz-dark")
    assert violations(page) == []
    assert overflowing(page) == []


def test_nasty_texts_of_a_quiz_are_text(open_cells):
    page = open_cells(START, NASTY, until=lambda page: page.get_by_role("button", name="Lock prediction 5"))
    page.get_by_text("abc\\u202etxt").first.wait_for()
    page.get_by_role("button", name="Give me hint 1").first.click()
    page.get_by_label("<img src=x onerror=alert(1)>").first.click()
    page.get_by_label("70 %").first.click()
    page.get_by_role("button", name="Lock prediction 1").click()
    page.get_by_text("✓ right: you said <img src=x onerror=alert(1)>, 70 % sure").wait_for()
    page.picture("widget-quiz-nasty")
    assert (page.dialogs, overflowing(page)) == ([], [])


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)
