"""The token editor in a notebook in JupyterLab, by mouse and by keyboard alone, with tokens of all kinds."""

from __future__ import annotations

import json

import pytest
from looking import away, narrowed, overflowing, violations, wait_until_idle

from scopekit import Key
from scopekit.issuer import sign
from scopekit.keys import base64url
from scopekit.lab.editor.model import redacted, write_part

pytestmark = pytest.mark.slow

CELLS = ("from scopekit.lab import Lab, TokenEditor\nlab = Lab()", "editor = TokenEditor(lab)\neditor")
MARKUP = "<img src=x onerror=alert(1)><script>alert(1)</script>"
NASTY = {
    MARKUP: MARKUP, "override": "a\u202etxt.exe \u2066b", "long": "x" * 4000, "wide": "\U0001f511" * 40, "exp": 1e300,
    "deep": {MARKUP: [{MARKUP: MARKUP}]},
}  # fmt: skip
LAID_OVER = """() => { const box = document.querySelector('.sk-token textarea'), below = box.previousElementSibling;
  return [box.scrollHeight <= box.clientHeight, box.clientWidth === below.clientWidth,
    below.textContent.replace('\u200b', '') === box.value,
    getComputedStyle(box).font === getComputedStyle(below).font] }"""


@pytest.fixture
def open_editor(open_cells):
    def opened(**options):
        return open_cells(*CELLS, until=token_box, **options)

    return opened


def token_box(page):
    return page.get_by_label("Token", exact=True)


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def verified(page, words):
    page.locator(".sk-thing .verdict", has_text=words).wait_for()


def said(page, words):
    page.get_by_role("status").filter(has_text=words).wait_for()


def narrow(page, width, height=2600):
    narrowed(page, width, height)
    page.wait_for_function("() => document.querySelector('.sk-editor').clientWidth < 300")


def test_token_is_decoded_verified_damaged_and_signed_with_the_mouse(open_editor):
    page = open_editor(height=1300)
    text = token_box(page).input_value()
    assert [page.locator(f".sk-token .sk-{part}").text_content() for part in ("header", "claims", "signature")] == (
        text.split(".")
    )
    assert page.evaluate(LAID_OVER) == [True] * 4
    verified(page, "not verified")
    page.locator("tr[data-name=exp]", has_text="ends in 60 min").wait_for()
    press(page, "Verify")
    verified(page, "✓ verified with key 'lab-1', HS256")
    press(page, "Flip a bit of the claims")
    said(page, "One bit of the claims is flipped.")
    verified(page, "? not verified")
    press(page, "Verify")
    verified(page, "✗ does not verify")
    page.locator(".sk-reasons", has_text="Check 5, signature: a signature of 32 bytes").wait_for()
    page.picture("widget-editor-light")
    assert violations(page) == []
    page.emulate_media(forced_colors="active")
    assert page.evaluate("getComputedStyle(document.querySelector('.sk-token textarea')).color") == "rgba(0, 0, 0, 0)"
    page.picture("widget-editor-contrast")
    page.emulate_media(forced_colors="none")
    press(page, "Undo")
    said(page, "The last change is undone.")
    assert token_box(page).input_value() == text
    claims = page.get_by_label("Edit the claims")
    claims.fill(claims.input_value().replace("public_repo", "repo"))
    said(page, "the signature is the old one")
    assert token_box(page).input_value().split(".")[2] == text.split(".")[2]
    press(page, "Verify")
    verified(page, "✗ does not verify")
    press(page, "Sign")
    said(page, "Signed with key 'lab-1'.")
    verified(page, "? not verified")
    press(page, "Verify")
    verified(page, "✓ verified with key")
    press(page, "Strip the signature")
    page.locator(".sk-thing", has_text="signature: none").wait_for()
    assert (away(page), overflowing(page), page.dialogs) == ([], [], [])


def test_token_is_edited_with_the_keyboard_alone_and_the_caret_stays(open_editor):
    page = open_editor(height=1300, theme="dark")
    keys = page.keyboard
    token_box(page).focus()
    keys.press("Control+Home")
    for _ in range(5):
        keys.press("ArrowRight")
    keys.type("abcdefgh", delay=15)
    said(page, "The header part is not JSON")
    assert token_box(page).input_value()[5:13] == "abcdefgh"
    assert page.evaluate("document.activeElement.selectionStart") == 13
    for _ in range(8):
        keys.press("Backspace")
    said(page, "Decoded: header of 3 names, claims of 7 names.")
    assert page.evaluate("document.activeElement.selectionStart") == 5
    tab_to(page, "Verify")
    keys.press("Enter")
    verified(page, "✓ verified with key")
    tab_to(page, "Strip the signature")
    keys.press("Space")
    said(page, "The signature is gone.")
    tab_to(page, "Sign", "Shift+Tab")
    keys.press("Enter")
    said(page, "Signed with key 'lab-1'.")
    assert page.evaluate("document.activeElement.textContent") == "Sign"
    tab_to(page, "Edit the claims as JSON")
    keys.press("Control+End")
    keys.press("Backspace")
    page.get_by_text("The claims part is not JSON").first.wait_for()
    assert page.get_by_label("Edit the claims").get_attribute("aria-invalid") == "true"
    keys.type("}", delay=15)
    page.wait_for_selector("textarea.sk-json[aria-invalid=true]", state="detached")
    page.picture("widget-editor-dark")
    assert violations(page) == []


def tab_to(page, name, key="Tab"):
    """Presses Tab until what has this name has the focus."""
    for _ in range(25):
        page.keyboard.press(key)
        if page.evaluate("(document.activeElement.labels?.[0] || document.activeElement).textContent") == name:
            return
    pytest.fail(f"{name} is not reached")


def test_live_token_is_warned_of_redacted_and_kept_nowhere(open_editor, jupyterlab):
    claims = {"iss": "https://login.live.example/", "sub": "user-4711-of-somebody", "jti": "live-token-id-000001"}
    live = str(sign({"alg": "HS256", "kid": "theirs"}, claims, Key.generate("theirs", issuer=claims["iss"])))
    page = open_editor(height=1300)
    token_box(page).fill(live)
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+x")
    page.keyboard.press("Control+v")
    page.get_by_text("This token is not from this lesson: do not paste live tokens.").wait_for()
    page.locator("tr[data-name=sub]", has_text="user-4711-of-somebody").wait_for()
    page.picture("widget-editor-foreign")
    assert violations(page) == []
    save(page)
    page.evaluate("document.querySelectorAll('textarea').forEach(box => { box.dataset.before = 'redaction' })")
    press(page, "Redact it")
    said(page, "the original is forgotten")
    page.locator("tr[data-name=sub]", has_text="redacted").wait_for()
    assert token_box(page).input_value().split(".")[2] == "A" * 43
    assert page.locator("textarea[data-before]").count() == 0  # with its box goes what a browser could undo in it
    token_box(page).focus()
    for _ in range(4):
        page.keyboard.press("Control+z")
    page.get_by_label("Edit the claims").focus()
    page.keyboard.press("Control+z")
    page.wait_for_timeout(500)
    shown = page.evaluate(
        "[...document.querySelectorAll('textarea')].map(box => box.value).join() + document.body.innerText"
    )
    _, second, third = live.split(".")
    left = redacted(live)
    secret = [*(each for each in pieces(second) if each not in left), *pieces(third), "4711-of-somebody", "live-token"]
    assert [each for each in secret if each in shown] == []
    save(page)
    kept = {file: file.read_bytes() for file in jupyterlab.folder.parent.rglob("*") if file.is_file()}
    assert any(file.name == "history.sqlite" for file in kept)
    assert [(file, each) for file, held in kept.items() for each in secret if each.encode() in held] == []


def pieces(text, size=13):
    return [text[at : at + size] for at in range(len(text) - size + 1)]


def save(page):
    page.click('[data-command="docmanager:save"]')
    page.wait_for_selector(".jp-mod-dirty", state="detached")
    wait_until_idle(page)


def test_nasty_tokens_are_text_and_fit_a_narrow_page(open_editor):
    page = open_editor(height=900)
    narrow(page, 360)
    for text in (
        f"{write_part({'alg': MARKUP, 'typ': 'JWT'})}.{base64url(json.dumps(NASTY).encode())}.AAAA",
        MARKUP * 40, "e30." * 700, "a\u202eb\n\n\U0001f511" * 50 + "\n",
    ):  # fmt: skip
        token_box(page).fill(text)
        press(page, "Verify")
        verified(page, "✗ does not verify")
        assert page.evaluate(LAID_OVER) == [True] * 4
        for width in (360, 320):
            page.set_viewport_size({"width": width, "height": 2600})
            assert overflowing(page) == []
        if "AAAA" in text:
            page.locator("td code", has_text=MARKUP).first.wait_for()
            page.picture("widget-editor-narrow")
    assert page.dialogs == []
    assert page.locator(".sk-editor img, .sk-editor script").count() == 0
