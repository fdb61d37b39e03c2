"""The documentation page in a browser: it works offline, mints a token by ticking scopes, and makes calls with it."""

import os
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.routing import Mount

from sample_api import State, create_app
from scopekit.audit import read_calls, read_vocabulary
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


def padlocks(page):
    """What each operation's padlock says, by method and path; the article's deprecated path left out."""
    rows = page.locator(".opblock:not(.opblock-deprecated) .opblock-summary")
    told = rows.evaluate_all("""rows => rows.map(row => [
        row.querySelector(".opblock-summary-method").textContent + " " + row.querySelector("[data-path]").dataset.path,
        row.querySelector("button.scopes").dataset.verdict])""")
    return dict(told)


def opened_by(document, scopes):
    """What they should say, reckoned from the document and from real scopes."""
    held, words = read_vocabulary(document).expand(scopes), {0: "lacks a scope"}
    cases = {}
    for call in read_calls(document):
        cases.setdefault(f"{call.method} {call.template}", []).append(call.requirement.satisfied_by(held))
    return {name: "opens" if all(open_) else words.get(sum(open_), "opens in part") for name, open_ in cases.items()}


def test_before_there_is_a_token_every_padlock_says_so(page, docs):
    page.goto(docs)
    expect(page.locator("button.scopes")).to_have_count(24)
    assert set(padlocks(page).values()) == {"needs a token"}


@pytest.mark.parametrize(
    "scopes", [["public_repo"], ["user", "read:gpg_key"], ["repo", "workflow", "admin:public_key"]]
)
def test_a_padlock_says_what_the_scopes_of_the_token_open_and_no_more(page, docs, scopes):
    document = requests.get(docs.removesuffix("/docs") + "/openapi.json", timeout=10).json()
    page.goto(docs)
    authorize(page, *scopes)
    assert padlocks(page) == opened_by(document, scopes)


def test_a_padlock_names_the_scopes_to_a_screen_reader_and_opens_the_dialog_by_keyboard(page, docs):
    page.goto(docs)
    padlock = page.get_by_role("button", name="needs a token: user:email. Choose scopes")
    padlock.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".dialog-ux")).to_be_visible()


def test_with_an_opaque_key_every_padlock_opens_for_it_is_all_or_nothing(page, start):
    page.goto(start().url + "/keys/docs")
    expect(page.get_by_role("button", name="needs a key. Enter a key")).to_have_count(24)
    page.locator("button.authorize").first.click()
    page.locator(".dialog-ux input").fill("a key")
    page.locator(".dialog-ux button.authorize").click()
    page.locator(".dialog-ux button.btn-done").click()
    assert set(padlocks(page).values()) == {"opens"}


def test_a_token_that_has_ended_leaves_every_padlock_as_without_one(page, docs):
    page.clock.install()
    page.goto(docs)
    authorize(page, "user")
    page.clock.fast_forward("01:00:01")
    expect(page.locator("button.scopes").first).to_have_attribute("data-verdict", "needs a token")
    assert set(padlocks(page).values()) == {"needs a token"}


def verdict(page):
    """What the padlock of a call says that takes the scope `user`."""
    return padlocks(page)["POST /user/emails"]


def test_a_second_token_is_not_dropped_when_the_first_has_ended_but_when_it_has_itself(page, docs):
    page.clock.install()
    page.goto(docs)
    authorize(page, "user")
    page.clock.fast_forward("00:30:00")
    page.locator("button.authorize").first.click()
    page.locator(".dialog-ux").get_by_text("Logout", exact=True).click()
    page.locator(".dialog-ux button.btn-done").click()
    authorize(page, "user")
    page.clock.fast_forward("00:31:00")
    assert verdict(page) == "opens"
    page.clock.fast_forward("00:30:00")
    assert verdict(page) == "needs a token"


def test_a_token_that_lives_for_a_month_is_kept_for_a_month(page, docs):
    def for_thirty_days(route):
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "expires_in": 30 * 86400})

    page.clock.install()
    page.route("**/oauth/token*", for_thirty_days)
    page.goto(docs)
    authorize(page, "user")
    page.clock.fast_forward(29 * 86_400_000)
    assert verdict(page) == "opens"
    page.clock.fast_forward(2 * 86_400_000)
    assert verdict(page) == "needs a token"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_no_row_is_wider_than_the_page(browser, docs, scheme, width, tmp_path):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(docs)
    expect(page.locator("button.scopes")).to_have_count(24)
    page.screenshot(path=tmp_path / "docs.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.fixture
def behind_jupyter(start, tmp_path):
    """The page's address behind jupyter-server-proxy, on a Jupyter server with a prefix of its own."""
    port = start().url.rpartition(":")[2]
    own = {f"JUPYTER_{name}_DIR": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{probe.getsockname()[1]}/user/ann"
    options = ["--no-browser", "--allow-root", f"--port={urlsplit(base).port}", "--ServerApp.base_url=/user/ann/"]
    command = [sys.executable, "-m", "jupyter_server", *options, "--IdentityProvider.token=a-test"]
    process = subprocess.Popen(
        command, env={**os.environ, **own}, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            requests.get(f"{base}/api", timeout=5).raise_for_status()
            break
        except requests.RequestException:
            time.sleep(0.2)
    yield f"{base}/proxy/{port}/docs?token=a-test", f"{base}/proxy/{port}/"
    process.terminate()
    process.wait(20)


def test_the_page_works_behind_jupyter_server_proxy_and_a_base_url(page, behind_jupyter):
    address, own = behind_jupyter
    page.goto(address)
    authorize(page, "public_repo")
    assert execute(page, "/user/repos", "create a public repository") == 201
    assert execute(page, "/user/repos", "create a private repository") == 403
    assert [url for url in page.asked if not url.startswith((own, "data:"))] == []


def test_the_page_works_behind_a_prefix(page, docs_behind_a_prefix):
    page.goto(docs_behind_a_prefix)
    authorize(page, "public_repo")
    assert execute(page, "/user/repos", "create a public repository") == 201
    asked = [url.split("/proxy/9999/") for url in page.asked if not url.startswith("data:")]
    assert {len(parts) for parts in asked} == {2}
    assert [parts[1] for parts in asked[-2:]] == ["oauth/token", "user/repos"]
