"""The pages in one file that an audit and a lint write, as somebody sees them who was sent one."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from sample_api import create_app
from sample_api.mounts import REPOS, issuer_of
from scopekit.audit import lint
from scopekit.render.audit import audit_page
from scopekit.render.reports import findings_page

pytestmark = pytest.mark.slow

OUT = "document.scrollingElement.scrollWidth > innerWidth"
CUT = """() => [...document.querySelectorAll('.grid thead th')].filter(head =>
  head.getBoundingClientRect().height > 2.9 * parseFloat(getComputedStyle(head).lineHeight)).map(h => h.textContent)"""


@pytest.fixture(scope="module")
def files(world, tmp_path_factory):
    """The two pages of one API, as files."""
    folder, served = tmp_path_factory.mktemp("pages"), world.serve(create_app(world.state))
    pages = {
        "audit": audit_page(served.audit(issuer_of(world.state, REPOS))),
        "lint": findings_page(lint(served.document), "Sample API"),
    }
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["audit", "lint"])
def test_a_page_is_readable_and_asks_for_nothing(browser, files, name, scheme, width):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    requested = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto((files / f"{name}.html").as_uri())
    found = Axe().run(page).response["violations"]
    assert [(each["id"], node["html"][:120]) for each in found for node in each["nodes"]] == []
    assert not page.evaluate(OUT)
    assert page.evaluate(CUT) == []
    assert requested == [(files / f"{name}.html").as_uri()]
    page.close()


def test_the_grid_keeps_its_columns_on_a_narrow_page(browser, files):
    page = browser.new_page(viewport={"width": 420, "height": 900})
    page.goto((files / "audit.html").as_uri())
    tops = page.evaluate("[...document.querySelectorAll('.grid tbody tr:first-child td')].map(e => e.offsetTop)")
    assert len(tops) > 30
    assert len(set(tops)) == 1
    page.close()


def test_no_character_of_a_document_turns_a_line_round():
    title = "Pets \u202eteP \x1b[31m\u200b"
    text = findings_page(lint({"openapi": "3.1.0", "info": {"title": title}, "paths": {}}), title)
    assert "Pets \\u202eteP \\x1b[31m\\u200b" in text
    assert all(each.isprintable() or each == "\n" for each in text)
