"""Consent: a user allows some of what an application asks for, and it gets that and no more."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from authorizing import MODERN, claims_of, refused
from consenting import CALLBACK, CHALLENGE, VERIFIER, Consenting, told

from sample_api.oauth.authorization_server import REGISTERED, Registration
from scopekit.issuer import Issuer
from scopekit.tokens import Token


@pytest.fixture
def server(lab):
    return Consenting(lab)


# What the user sees


def test_the_page_names_who_asks_for_what_and_on_whom(server):
    text = server.open().text
    assert "<h1>Allow gallery to act for you?</h1>" in text
    assert "<strong>octocat</strong> at <code>https://api.example/</code>" in text
    assert "You are octocat, the only user of this toy API, so there is no password here" in text


def test_each_scope_is_a_checkbox_with_what_it_means_and_implies(server):
    text = server.open(scope="repo gist").text
    assert re.findall(r'<input type="checkbox" id="(.*?)" name="scope" value="(.*?)" checked', text) == [
        ("scope-0", "repo"),
        ("scope-1", "gist"),
    ]
    assert '<label for="scope-0"><code>repo</code></label>' in text
    assert "Full control of private and public repositories. It also opens what public_repo, repo:invite," in text
    assert '<p id="means-1">Write gists.</p>' in text


def test_the_page_cannot_be_framed_runs_no_script_and_is_not_kept(server):
    headers = server.open().headers
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")


@pytest.mark.parametrize("scope", ["", None], ids=["empty", "left out"])
def test_who_asks_for_no_scope_shows_none(server, scope):
    assert "No scope: it may only make calls that need none." in server.open(scope=scope).text


# What the application gets


def test_what_was_ticked_is_what_the_token_has(server):
    answer = server.fetch(server.code("gist")).json()
    assert (answer["scope"], answer["token_type"], answer["expires_in"]) == ("gist", "Bearer", 3600)
    claims = claims_of(answer["access_token"])
    assert (claims["sub"], claims["client_id"], claims["scopes"]) == ("octocat", "gallery", ("gist",))


def test_what_was_not_ticked_stays_closed(server):
    token = server.fetch(server.code("gist", scope="gist user")).json()["access_token"]
    assert (server.status(token), server.status(token, "/user/emails")) == (200, 403)


def test_all_of_it_can_be_allowed_and_none_of_it(server):
    assert server.fetch(server.code("repo", "gist")).json()["scope"] == "repo gist"
    assert server.fetch(server.code()).json()["scope"] == ""


def test_the_answer_brings_back_the_state_and_says_who_gave_it(server):
    sent = told(server.answer(server.open(state="a b&c=d"), "gist"))
    assert (sent["state"], sent["iss"]) == ("a b&c=d", "https://issuer.example/")


@pytest.mark.parametrize("name", ["audience", "resource"])
def test_the_api_that_was_asked_for_is_the_api_it_is_for(server, name):
    token = server.fetch(server.code("user", scope="user", **{name: MODERN})).json()["access_token"]
    assert (server.status(token, "/modern/user"), server.status(token)) == (200, 401)


def test_who_denies_sends_no_code(server):
    sent = told(server.answer(server.open(), "gist", decision="deny"))
    assert (sent["error"], sent["state"], "code" in sent) == ("access_denied", "xyz", False)


# A form that nobody was shown


def test_a_ticket_is_used_once(server):
    page = server.open()
    assert "code" in told(server.answer(page, "gist"))
    again = server.answer(page, "gist")
    assert (again.status_code, "location" in again.headers) == (400, False)
    assert "was answered before" in again.text


def test_a_ticket_lasts_ten_minutes(server):
    page = server.open()
    server.lab.clock.advance(600)
    assert server.answer(page, "gist").status_code == 400


def test_more_than_was_asked_cannot_be_ticked(server):
    answer = server.answer(server.open(scope="gist"), "gist", "repo")
    assert (answer.status_code, "location" in answer.headers) == (400, False)


@pytest.mark.parametrize("kind", ["made up", "an access token", "a ticket that another key signed"])
def test_a_ticket_that_this_server_did_not_write_is_refused(server, kind):
    (tenant,) = server.lab.state.tenants.of_issuer("tenant_1")
    ticket = {
        "made up": "sesame",
        "an access token": server.token("gist"),
        "a ticket that another key signed": Issuer(tenant, audience="x", clock=server.lab.clock).mint(["gist"]),
    }[kind]
    assert server.answer(None, "gist", ticket=str(ticket)).status_code == 400


def test_a_ticket_opens_no_call(server):
    ticket = re.search(r'name="ticket" value="([^"]*)"', server.open(scope="user").text)[1]
    assert Token.parse(ticket).header["typ"] == "consent+jwt"
    assert (server.status(ticket), server.status(ticket, "/modern/user")) == (401, 401)
    assert not server.is_good(ticket)


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
    ids=["another site", "another port", "an old browser"],
)
def test_an_answer_from_another_sites_page_is_not_taken(server, headers):
    answer = server.answer(server.open(), "gist", **headers)
    assert (answer.status_code, "location" in answer.headers) == (400, False)


def test_an_answer_from_the_page_itself_is_taken(server):
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": server.lab.url}
    assert "code" in told(server.answer(server.open(), "gist", **headers))


# A request that is wrong


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "stranger"},
        {"client_id": None},
        {"client_id": "explorer"},
        {"redirect_uri": None},
        {"redirect_uri": f"{CALLBACK}/"},
        {"redirect_uri": f"{CALLBACK}?more"},
        {"redirect_uri": "http://localhost:8642/callback"},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": CALLBACK.upper()},
    ],
    ids=["stranger", "nobody", "no address", "none", "slash", "query", "other name", "elsewhere", "other case"],
)
def test_a_mistake_is_shown_where_it_is_not_known_who_asks(server, changed):
    answer = server.open(**changed)
    assert (answer.status_code, "location" in answer.headers) == (400, False)
    assert "The application, or the address to send you back to, is not registered here" in answer.text
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "nonsense"}, "invalid_scope"),
        ({"audience": "https://elsewhere.example/"}, "invalid_target"),
    ],
    ids=["token", "no type", "no challenge", "a short one", "no method", "plain", "scope", "audience"],
)
def test_any_other_mistake_goes_back_to_the_application(server, changed, error):
    sent = told(server.open(**changed))
    assert (sent["error"], sent["state"], sent["iss"]) == (error, "xyz", "https://issuer.example/")


def test_an_application_asks_for_nothing_that_it_was_not_registered_for(server, monkeypatch):
    monkeypatch.setitem(REGISTERED, "gallery", Registration(("public_repo",), (CALLBACK,)))
    assert told(server.open(scope="repo"))["error"] == "invalid_scope"
    assert server.open(scope="public_repo").status_code == 200


def test_a_parameter_that_is_there_twice_is_shown(server):
    answer = server.open(state=["a", "b"])
    assert (answer.status_code, "location" in answer.headers) == (400, False)


@pytest.mark.parametrize("state", ["x" * 1025, "caf\u00e9", "a\r\nb"], ids=["long", "accent", "lines"])
def test_a_state_that_cannot_be_sent_back_is_shown(server, state):
    answer = server.open(state=state)
    assert (answer.status_code, "location" in answer.headers) == (400, False)


def test_what_was_asked_is_never_markup(server):
    answer = server.open(scope="gist", state='"><script>', nonce="<b>")
    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert "<b>" not in answer.text


# The code


def test_a_code_is_used_once_and_a_second_use_takes_back_what_it_gave(server):
    code = server.code("user", scope="user")
    token = server.fetch(code).json()["access_token"]
    assert server.status(token) == 200
    assert "has been revoked" in refused(server.fetch(code), 400, "invalid_grant")
    assert server.status(token) == 401


def test_a_second_use_after_the_codes_minute_takes_back_what_it_gave_too(server):
    code = server.code("user", scope="user")
    token = server.fetch(code).json()["access_token"]
    server.lab.clock.advance(1800)
    server.code("gist")  # forgets the codes whose time is over
    refused(server.fetch(code), 400, "invalid_grant")
    assert server.status(token) == 401


@pytest.mark.parametrize(("seconds", "status"), [(59, 200), (60, 400)])
def test_a_code_lasts_a_minute(server, seconds, status):
    code = server.code("gist")
    server.lab.clock.advance(seconds)
    assert server.fetch(code).status_code == status


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "http://127.0.0.1:8642/other"},
        {"redirect_uri": None},
        {"code_verifier": "another-verifier-that-is-as-long-as-it-has-to-be"},
        {"code_verifier": CHALLENGE},
        {"code_verifier": VERIFIER[:42]},
        {"audience": MODERN},
        {"code": "sesame"},
    ],
    ids=["other address", "no address", "other verifier", "the challenge", "short verifier", "other API", "no code"],
)
def test_a_code_is_good_with_all_that_it_was_made_for_alone(server, changed):
    code = server.code("gist")
    refused(server.fetch(**{"code": code, **changed}), 400, "invalid_grant")
    assert server.fetch(code).status_code == 200


def test_a_code_is_for_the_client_that_asked(server):
    code = server.code("gist")
    refused(server.fetch(code, client="explorer", client_id="explorer"), 400, "invalid_grant")


@pytest.mark.parametrize("missing", ["code", "code_verifier"])
def test_a_missing_parameter_is_named(server, missing):
    form = {"code": server.code("gist"), missing: None}
    assert missing in refused(server.fetch(**form), 400, "invalid_request")


def test_a_client_that_has_a_secret_is_not_taken_at_its_word(server):
    refused(server.fetch(server.code("gist"), client_id="explorer"), 401, "invalid_client")


def test_the_public_client_takes_back_its_own_token(server):
    token = server.fetch(server.code("user", scope="user")).json()["access_token"]
    assert server.revoke(token, None, client_id="gallery").status_code == 200
    assert server.status(token) == 401


def test_the_oldest_code_is_forgotten_where_there_are_too_many(server, monkeypatch):
    monkeypatch.setattr("sample_api.oauth.authorization_server.MOST_CODES", 2)
    first, *others = [server.code("gist") for _ in range(3)]
    assert server.fetch(first).status_code == 400
    assert [server.fetch(code).status_code for code in others] == [200, 200]


# In a browser


@pytest.fixture
def callback():
    """The application's own page, where the user is sent back to."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 8642), Page) as page:
        threading.Thread(target=page.serve_forever, args=(0.01,)).start()
        yield
        page.shutdown()


@pytest.mark.slow
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_with_the_keyboard_alone_a_user_unticks_one_scope_and_allows_the_other(server, browser, callback, colours):
    context = browser.new_context(color_scheme=colours)
    page, complaints = context.new_page(), []
    page.on("console", lambda said: complaints.append(said.text))
    page.goto(server.open().url)
    for key in ("Tab", "Space", "Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url(f"{CALLBACK}?**")
    (code,) = parse_qs(urlsplit(page.url).query)["code"]
    assert (server.fetch(code).json()["scope"], complaints) == ("gist", [])
    context.close()
