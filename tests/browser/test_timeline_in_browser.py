"""The clock timeline in JupyterLab: dragged, stepped by keyboard alone, and what axe-core says of it."""

import itertools

import pytest
from looking import away, narrowed, overflowing, violations
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

START = "from scopekit import Lab\nfrom scopekit.lab import Timeline\nlab = Lab()"
ONE = """calls = ['create a public repository', 'create a private repository']
Timeline(lab, lab.mint(['public_repo']), calls=calls)"""
TWO = "Timeline(lab, lab.mint(['public_repo']), lab.mint(['read:users'], audience='tenant_1', ttl_seconds=7200))"
NASTY = """from scopekit.issuer import sign
def forged(**claims):
    own = {"aud": "https://api.example/", "iat": 1416929109, "exp": 1416932709, "jti": "1"}
    return sign({"alg": "HS256", "kid": "<b>lab-1</b>"}, {**own, **claims}, next(iter(lab.state.keys)))
Timeline(lab, forged(sub="<img src=x onerror=alert(1)>", scopes=["<script>alert(1)</script>"]),
    forged(scopes=["x" * 4000]), forged(exp="\\u202e😀"), forged(exp=2**53 - 1, sub="x" * 255))"""
PUBLIC = "create a public repository"
COUNT = """() => { window.sent = [];
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    const text = typeof data === 'string' ? data : new TextDecoder().decode(data);
    const found = text.match(/"do":"now","seconds":(\\d+)/);
    if (found) window.sent.push([performance.now(), Number(found[1])]);
    return send.call(this, data);
  };
}"""


def slider(page):
    return page.get_by_role("slider", name="now")


def verdict(page, call=PUBLIC):
    return page.locator(f".sk-timeline tr[data-call='{call}'] .verdict").first


def text_of_time(page):
    return slider(page).get_attribute("aria-valuetext")


def test_dragging_flips_the_calls_sends_sparingly_and_the_last_position_arrives(open_cells):
    page = open_cells(START, ONE, until=slider)
    verdict(page).get_by_text("✓ allowed").wait_for()
    page.evaluate(COUNT)
    box = slider(page).bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.06, middle)
    page.mouse.down()
    for step in range(200):
        page.mouse.move(box["x"] + box["width"] * (0.06 + 0.92 * step / 199), middle)
    page.mouse.up()
    verdict(page).get_by_text("✗ denied").wait_for()
    page.locator("[role=status]", has_text=f"the token is no longer valid; now denied: {PUBLIC}.").wait_for()
    page.wait_for_timeout(1500)
    sent = page.evaluate("window.sent")
    assert all(later[0] - earlier[0] > 45 for earlier, later in itertools.pairwise(sent))
    assert sent[-1][1] == round(float(slider(page).input_value()))
    assert page.locator(".sk-timeline-time").inner_text() == text_of_time(page)
    expect(verdict(page, "create a private repository")).to_have_text("✗ denied")
    assert (away(page), page.dialogs) == ([], [])


def test_clock_is_moved_with_the_keyboard_alone(open_cells):
    page = open_cells(START, ONE, until=slider)
    slider(page).focus()
    assert text_of_time(page) == "2014-11-25 15:25:09 UTC"
    page.keyboard.press("ArrowRight")
    page.locator(".sk-timeline-time", has_text="2014-11-25 15:25:49 UTC").wait_for()
    page.keyboard.press("Home")
    verdict(page).get_by_text("✗ denied").wait_for()
    page.keyboard.press("PageUp")
    verdict(page).get_by_text("✓ allowed").wait_for()
    page.keyboard.press("End")
    verdict(page).get_by_text("✗ denied").wait_for()
    assert page.evaluate("document.activeElement.type") == "range"
    for name, time, said in [
        ("to issue", "15:25:09", "✓ allowed"),
        ("to just before the end", "16:25:08", "✓ allowed"),
        ("to the end", "16:25:09", "✗ denied"),
        ("-1 min", "16:24:09", "✓ allowed"),
        ("+1 min", "16:25:09", "✗ denied"),
        ("+1 h", "17:25:09", "✗ denied"),
    ]:
        page.get_by_role("button", name=name, exact=True).focus()
        page.keyboard.press("Enter")
        page.locator(".sk-timeline-time", has_text=time).wait_for()
        verdict(page).get_by_text(said).wait_for()
        assert page.evaluate("document.activeElement.textContent") == name


def test_claims_of_any_kind_are_text_and_leave_the_layout_as_it_is(open_cells):
    page = open_cells(START, NASTY, until=slider)
    page.get_by_text("<img src=x onerror=alert(1)>").first.wait_for()
    expect(page.locator(".sk-timeline section")).to_have_count(4)
    slider(page).press("End")
    page.locator(".sk-timeline-time", has_text="20").wait_for()
    assert (away(page), overflowing(page), page.dialogs) == ([], [], [])
    narrowed(page)
    page.picture("widget-timeline-nasty-narrow")
    assert (overflowing(page), page.dialogs) == ([], [])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_timeline_has_no_fault_that_axe_knows_and_fits_a_narrow_page(open_cells, theme):
    page = open_cells(START, TWO, until=slider, theme=theme, height=1100)
    page.get_by_role("button", name="to the end, token 1").click()
    page.locator("[role=status]", has_text="token 1 is no longer valid").wait_for()
    page.picture(f"widget-timeline-{theme}")
    assert violations(page) == []
    assert (away(page), overflowing(page), page.dialogs) == ([], [], [])
    narrowed(page)
    page.picture(f"widget-timeline-narrow-{theme}")
    assert overflowing(page) == []
