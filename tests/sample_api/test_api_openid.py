"""An ID token says who the user is, to the client that asked; it is no key to any API."""

import pytest
from authorizing import MODERN, claims_of
from consenting import Consenting

from scopekit.tokens import Token


@pytest.fixture
def server(lab):
    return Consenting(lab)


@pytest.fixture
def both(server):
    """The access token and the ID token that come for one code."""
    answer = server.fetch(server.code("openid", "user", scope="openid user", nonce="n-1")).json()
    return answer["access_token"], answer["id_token"]


def test_the_id_token_is_for_the_client_and_names_the_user(lab, both):
    token = Token.parse(both[1])
    assert token.header["typ"] == "JWT"
    assert dict(token.claims) == {
        "iss": "https://issuer.example/", "sub": "octocat", "aud": "gallery", "nonce": "n-1",
        "iat": lab.clock.now(), "exp": lab.clock.now() + 3600,
    }  # fmt: skip


def test_without_a_nonce_the_id_token_has_none(server):
    answer = server.fetch(server.code("openid", scope="openid")).json()
    assert "nonce" not in claims_of(answer["id_token"])


@pytest.mark.parametrize(("asked", "ticked"), [("user", ["user"]), ("openid user", ["user"])], ids=["asked", "allowed"])
def test_there_is_no_id_token_where_openid_was_not(server, asked, ticked):
    assert "id_token" not in server.fetch(server.code(*ticked, scope=asked)).json()


def test_the_page_says_what_openid_means(server):
    assert "Learn who you are." in server.open(scope="openid").text


@pytest.mark.parametrize(
    ("path", "because"),
    [
        ("/user", "The token was made for another API."),
        ("/modern/user", "The token is not of the type that this API takes."),
        ("/api/v2/users", "The token was signed with a key that this API does not know."),
        ("/keys/user", "This call needs a key that this API knows."),
        ("/userinfo", "The token was made for another API."),
    ],
    ids=["the root", "modern", "tenants", "keys", "userinfo"],
)
def test_a9_an_id_token_is_no_api_key(server, both, path, because):
    answer = server.lab.get(path, both[1])
    assert (answer.status, answer.json["detail"]) == (401, because)


def test_a9_an_id_token_is_inactive_and_cannot_be_exchanged(server, both):
    assert not server.is_good(both[1])
    form = {"subject_token": both[1], "subject_token_type": "urn:ietf:params:oauth:token-type:access_token"}
    answer = server.ask(grant_type="urn:ietf:params:oauth:grant-type:token-exchange", **form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_the_access_token_beside_it_opens_calls_and_userinfo(server, both):
    assert server.status(both[0]) == 200
    answer = server.lab.get("/userinfo", both[0])
    assert (answer.status, answer.json) == (200, {"sub": "octocat", "preferred_username": "octocat"})
    assert answer.headers["cache-control"] == "no-store"


def test_userinfo_takes_a_token_of_each_api(server):
    token = server.fetch(server.code("openid", scope="openid", audience=MODERN)).json()["access_token"]
    assert server.status(token, "/userinfo") == 200


def test_userinfo_needs_openid(server):
    answer = server.lab.get("/userinfo", server.token("user"))
    assert (answer.status, answer.json["scope"]) == (403, "openid")
    assert 'scope="openid"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("token", [None, "sesame"])
def test_userinfo_needs_a_token(server, token):
    assert server.status(token, "/userinfo") == 401


def test_a_client_without_a_user_has_no_openid(server):
    answer = server.ask(grant_type="client_credentials", scope="openid")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
