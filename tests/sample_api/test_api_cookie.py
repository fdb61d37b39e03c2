"""A token in a cookie: the same token before the same guard, and what a cookie needs beside it."""

import pytest
import requests

from sample_api.mounts import issuer_of
from scopekit.tokens import Token

CALL = "/user/repos"


@pytest.fixture
def browser(lab):
    """A session that keeps cookies, as a browser does."""
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def sign_in(lab, browser):
    """Puts a token for these scopes into the session's cookie."""

    def begin(*scopes, **more):
        token = lab.mint(scopes, **more)
        answer = browser.post(f"{lab.url}/session", headers={"Authorization": f"Bearer {token}"}, timeout=10)
        assert answer.status_code == 204
        return token

    return begin


@pytest.fixture
def create(lab, browser):
    """POST /user/repos with the session's cookie."""

    def post(**headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return browser.post(lab.url + CALL, json={"name": "demo"}, headers=headers, timeout=10)

    return post


def test_the_cookie_holds_the_very_token_that_the_header_had(browser, sign_in):
    token = sign_in("public_repo")
    assert browser.cookies["session"] == str(token)
    assert Token.parse(browser.cookies["session"]).scopes == ("public_repo",)


def test_the_cookie_is_kept_from_scripts_and_other_sites_and_ends_with_its_token(lab, browser):
    token = lab.mint(["gist"], ttl_seconds=600)
    lab.clock.advance(100)
    answer = browser.post(f"{lab.url}/session", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    attributes = answer.headers["set-cookie"].split("; ")[1:]
    assert sorted(attributes) == ["HttpOnly", "Max-Age=500", "Path=/", "SameSite=strict"]
    assert answer.headers["cache-control"] == "no-store"


def test_the_cookie_opens_what_the_token_opens_and_no_more(lab, browser, sign_in, create):
    sign_in("public_repo")
    assert create().status_code == 201
    refused = browser.post(lab.url + CALL, json={"name": "diary", "private": True}, timeout=10)
    assert (refused.status_code, refused.json()["scope"]) == (403, "repo")


def test_the_guard_judges_the_cookies_token_as_any_other(lab, browser, sign_in):
    token = sign_in("user")
    assert browser.get(f"{lab.url}/user/emails", timeout=10).status_code == 200
    lab.revoke(token)
    assert browser.get(f"{lab.url}/user/emails", timeout=10).json()["detail"] == "The token has been revoked."


def test_a_forged_cookie_opens_nothing(lab, browser):
    for text in ("sesame", '"a\\012b"', "a.b.c"):
        answer = browser.get(f"{lab.url}/user", headers={"Cookie": f"session={text}"}, timeout=10)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


@pytest.mark.parametrize("header", ["Bearer abc", "Basic abc", ""], ids=["Bearer", "Basic", "empty"])
def test_bt_2_a_token_by_cookie_and_by_header_is_a_bad_request(create, sign_in, header):
    sign_in("public_repo")
    answer = create(Authorization=header)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_no_cache_keeps_what_a_cookie_opened(lab, browser, sign_in):
    sign_in("user")
    assert browser.get(f"{lab.url}/user", timeout=10).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/modern/user", "/keys/user", "/api/v2/users"])
def test_the_cookie_is_for_the_root_alone(lab, browser, sign_in, path):
    sign_in("user")
    assert browser.get(lab.url + path, timeout=10).status_code == 401


def test_a_token_that_is_no_good_comes_into_no_cookie(lab, browser):
    answer = browser.post(f"{lab.url}/session", headers={"Authorization": "Bearer sesame"}, timeout=10)
    assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)


def test_a_cookie_makes_no_new_session(lab, browser, sign_in):
    sign_in("user")
    assert browser.post(f"{lab.url}/session", timeout=10).status_code == 401


def test_a_token_too_long_for_a_cookie_is_refused(lab, browser):
    token = issuer_of(lab.state, "https://api.example/").mint(["gist"], claims={"note": "x" * 3000})
    answer = browser.post(f"{lab.url}/session", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert (answer.status_code, "set-cookie" in answer.headers) == (400, False)


def test_ending_the_session_takes_the_cookie_away_and_the_token_lives_on(lab, browser, sign_in):
    token = sign_in("user")
    assert browser.delete(f"{lab.url}/session", timeout=10).status_code == 204
    assert "session" not in browser.cookies
    assert lab.get("/user", token).status == 200


# A call that another site's page sends, which the cookie would go along with


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "nonsense"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site", "Origin": "OWN"},
    ],
    ids=["site", "port", "nonsense", "origin", "null", "broken", "other port", "site before origin"],
)
def test_another_sites_page_changes_nothing_with_the_cookie(lab, create, sign_in, headers):
    sign_in("public_repo")
    answer = create(**{name: lab.url if value == "OWN" else value for name, value in headers.items()})
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert "octocat/demo" not in lab.state.data["repositories"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "same-origin"},
        {"Sec_Fetch_Site": "none"},
        {"Origin": "OWN"},
        {},
        {"Sec_Fetch_Site": "same-origin", "Origin": "https://proxy.example"},
    ],
    ids=["own page", "address bar", "own origin", "no browser", "behind a proxy"],
)
def test_this_sites_page_and_what_is_no_browser_may(lab, create, sign_in, headers):
    sign_in("public_repo")
    assert create(**{name: lab.url if value == "OWN" else value for name, value in headers.items()}).status_code == 201


def test_reading_is_safe_from_wherever_it_is_asked(lab, browser, sign_in):
    sign_in("user")
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert browser.get(f"{lab.url}/user", headers=headers, timeout=10).status_code == 200


def test_a_token_in_the_header_needs_no_such_check(lab):
    headers = {"Authorization": f"Bearer {lab.mint(['public_repo'])}", "Sec-Fetch-Site": "cross-site"}
    answer = lab.session.post(lab.url + CALL, json={"name": "demo"}, headers=headers, timeout=10)
    assert answer.status_code == 201


def test_another_sites_page_does_not_end_the_session(lab, browser, sign_in):
    sign_in("user")
    answer = browser.delete(f"{lab.url}/session", headers={"Sec-Fetch-Site": "cross-site"}, timeout=10)
    assert (answer.status_code, "session" in browser.cookies) == (403, True)


@pytest.mark.parametrize(("scheme", "secure"), [(None, False), ("http", False), ("https", True)])
def test_behind_a_proxy_that_speaks_https_the_cookie_stays_on_https(lab, scheme, secure):
    headers = {"Authorization": f"Bearer {lab.mint([])}"} | ({"X-Forwarded-Proto": scheme} if scheme else {})
    answer = requests.post(f"{lab.url}/session", headers=headers, timeout=10)
    assert answer.status_code == 204
    assert ("Secure" in answer.headers["Set-Cookie"]) is secure
