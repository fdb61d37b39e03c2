"""The documentation page in a browser: it works offline, mints a token by ticking scopes, and makes calls with it."""

import pytest
import requests
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.routing import Mount

from sample_api import State, create_app
from scopekit.lab import Loopback

pytestmark = pytest.mark.slow


@pytest.fixture
def page(browser):
    """A page that keeps in `asked` every address it asked for, and in `complaints` every error of its scripts."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.asked, page.complaints = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda said: page.complaints.append(said.text) if said.type in ("error", "warning") else None)
    yield page
    context.close()


@pytest.fixture(params=["", "/modern"], ids=["/", "/modern"])
def docs(request, start):
    return start().url + request.param + "/docs"


@pytest.fixture
def docs_behind_a_prefix():
    """The page as it looks from behind a proxy that puts a prefix before every path."""
    session, server = requests.Session(), Loopback()
    app = Starlette(routes=[Mount("/proxy/9999", app=create_app(State.in_memory()))])
    yield server.open(app, session) + "/proxy/9999/docs"
    session.close()
    server.close()


def authorize(page, *scopes):
    """Ticks scopes in the Authorize dialog, and takes the token that the page then fetches."""
    page.locator("button.authorize").first.click()
    dialog = page.locator(".dialog-ux")
    for scope in scopes:
        dialog.locator(f"label[for^='{scope}-clientCredentials']").first.click()
    dialog.locator("button.authorize").click()
    expect(dialog.get_by_text("Authorized", exact=True)).to_be_visible()
    dialog.locator("button.btn-done").click()


def execute(page, path, example):
    """Makes the documented example of POST `path`; its status as the page shows it."""
    block = page.locator(f".opblock-post:has([data-path='{path}'])").first
    if "is-open" not in block.get_attribute("class").split():
        block.locator(".opblock-summary-control").click()
        block.get_by_role("button", name="Try it out").click()
    block.locator(".examples-select select").first.select_option(example)
    with page.expect_response("**/user/repos") as answered:
        block.get_by_role("button", name="Execute").click()
    shown = block.locator(".live-responses-table .response-col_status").last
    expect(shown).to_contain_text(str(answered.value.status))
    return answered.value.status


def test_the_page_opens_without_a_word_to_the_outside(page, docs):
    page.goto(docs)
    expect(page.locator(".opblock")).to_have_count(24)
    page.wait_for_load_state("networkidle")
    own = docs.removesuffix("/docs")
    assert [url for url in page.asked if not url.startswith((f"{own}/", "data:"))] == []
    assert page.complaints == []


def test_ticking_a_scope_mints_a_token_that_opens_what_the_scope_opens(page, docs, tmp_path):
    page.goto(docs)
    authorize(page, "public_repo")
    assert execute(page, "/user/repos", "create a public repository") == 201
    assert execute(page, "/user/repos", "create a private repository") == 403
    page.screenshot(path=tmp_path / "executed.png")
    assert [url for url in page.asked if "127.0.0.1" not in url and not url.startswith("data:")] == []


def test_without_a_token_the_page_shows_401(page, docs):
    page.goto(docs)
    assert execute(page, "/user/repos", "create a public repository") == 401


def test_the_page_works_behind_a_prefix(page, docs_behind_a_prefix):
    page.goto(docs_behind_a_prefix)
    authorize(page, "public_repo")
    assert execute(page, "/user/repos", "create a public repository") == 201
    asked = [url.split("/proxy/9999/") for url in page.asked if not url.startswith("data:")]
    assert {len(parts) for parts in asked} == {2}
    assert [parts[1] for parts in asked[-2:]] == ["oauth/token", "user/repos"]
