"""The token endpoint: who may have a token, for which scopes, and what it says when it says no."""

from base64 import b64encode
from urllib.parse import urlencode

import pytest
from authorizing import MODERN, refused

from scopekit.tokens import Token

FORM = {"grant_type": "client_credentials"}


@pytest.fixture
def client(lab):
    return "explorer", lab.state.clients["explorer"]


@pytest.fixture
def ask(lab):
    """Asks the token endpoint: `auth` is (client, secret) for HTTP Basic, the keywords go to requests."""

    def post(data, auth=None, path="/oauth/token", **more):
        return lab.session.post(lab.url + path, data=data, auth=auth, timeout=10, **more)

    return post


def test_a_client_gets_a_token_with_basic_authentication(ask, client):
    response = ask({**FORM, "scope": "public_repo gist"}, client)
    assert response.status_code == 200
    assert {name: value for name, value in response.json().items() if name != "access_token"} == {
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "public_repo gist",
    }


def test_a_client_gets_a_token_with_its_secret_in_the_form(ask, client):
    response = ask({**FORM, "scope": "gist", "client_id": client[0], "client_secret": client[1]})
    assert (response.status_code, response.json()["scope"]) == (200, "gist")


def test_a_client_that_proves_itself_in_two_ways_is_refused(ask, client):
    told = refused(ask({**FORM, "client_id": client[0], "client_secret": client[1]}, client), 400, "invalid_request")
    assert "in one way, not in two" in told


def test_the_token_names_the_client_and_ends_when_the_answer_says(lab, ask, client):
    answer = ask({**FORM, "scope": "gist"}, client).json()
    claims = Token.parse(answer["access_token"]).claims
    assert (claims["sub"], claims["scopes"], claims["iat"]) == ("explorer", ("gist",), lab.clock.now())
    assert claims["exp"] == lab.clock.now() + answer["expires_in"]


def test_the_token_opens_what_its_scopes_open_and_no_more(lab, ask, client):
    token = ask({**FORM, "scope": "public_repo"}, client).json()["access_token"]
    assert lab.post("/user/repos", token, name="demo").status == 201
    assert lab.post("/user/repos", token, name="diary", private=True).status == 403


@pytest.mark.parametrize("name", ["audience", "resource"])
@pytest.mark.parametrize("place", ["form", "address"])
def test_the_audience_says_for_which_api_the_token_is(lab, ask, client, name, place):
    path = f"/oauth/token?{urlencode({name: MODERN})}" if place == "address" else "/oauth/token"
    form = {**FORM, "scope": "user", **({name: MODERN} if place == "form" else {})}
    token = ask(form, client, path).json()["access_token"]
    assert Token.parse(token).header["typ"] == "at+jwt"
    assert Token.parse(token).claims["client_id"] == "explorer"
    assert (lab.get("/modern/user", token).status, lab.get("/user", token).status) == (200, 401)


def test_an_api_that_is_not_known_is_an_invalid_target(ask, client):
    told = refused(ask({**FORM, "audience": "https://elsewhere.example/"}, client), 400, "invalid_target")
    assert told == (
        "The audience must be one of https://api.example/, https://api.example/modern; found "
        "'https://elsewhere.example/'; did you mean 'https://api.example/'?"
    )


def test_two_apis_in_one_request_are_an_invalid_target(ask, client):
    refused(ask({**FORM, "audience": MODERN, "resource": "https://api.example/"}, client), 400, "invalid_target")


def test_an_api_named_in_the_address_and_in_the_form_is_named_twice(ask, client):
    path = f"/oauth/token?{urlencode({'audience': MODERN})}"
    refused(ask({**FORM, "audience": MODERN}, client, path), 400, "invalid_request")


def test_a_secret_in_the_address_is_not_looked_at(ask, client):
    path = f"/oauth/token?client_id={client[0]}&client_secret={client[1]}"
    refused(ask(FORM, path=path), 401, "invalid_client")


@pytest.mark.parametrize(("scope", "status"), [("public_repo read:user", 200), ("repo", 400), ("gist", 400)])
def test_a_client_gets_no_scope_that_it_was_not_registered_for(lab, ask, scope, status):
    lab.state.clients["reporter"] = "the reporter's own secret"
    answer = ask({**FORM, "scope": scope}, ("reporter", "the reporter's own secret"))
    assert (answer.status_code, answer.json().get("error")) == (status, None if status == 200 else "invalid_scope")


@pytest.mark.parametrize("scope", ["", "public_repo"])
def test_a_client_that_was_never_registered_gets_no_token_though_it_has_a_secret(lab, ask, monkeypatch, scope):
    monkeypatch.setitem(lab.state.clients, "stranger", "a secret of the stranger's")
    answer = ask({**FORM, "scope": scope}, ("stranger", "a secret of the stranger's"))
    assert refused(answer, 400, "unauthorized_client") == "stranger is not registered for tokens of this API."


@pytest.mark.parametrize("scope", ["", "read:users", "public_repo"])
def test_a_client_that_was_registered_for_one_api_gets_no_token_of_a_tenant(lab, ask, monkeypatch, scope):
    monkeypatch.setitem(lab.state.clients, "reporter", "the reporter's own secret")
    answer = ask({**FORM, "scope": scope}, ("reporter", "the reporter's own secret"), "/api/v2/oauth/token")
    assert answer.status_code == 400
    assert "access_token" not in answer.json()


def test_a_public_client_has_no_token_of_its_own(ask):
    refused(ask({**FORM, "client_id": "gallery"}), 401, "invalid_client")


def test_a_client_id_beside_another_clients_secret_is_refused(ask, client):
    refused(ask({**FORM, "client_id": "reporter"}, client), 400, "invalid_request")


def test_there_is_one_token_endpoint_and_none_under_modern(ask, client):
    assert ask(FORM, client, "/modern/oauth/token").status_code == 404


def test_there_is_no_token_endpoint_for_opaque_keys(ask, client):
    assert ask(FORM, client, "/keys/oauth/token").status_code == 404


@pytest.mark.parametrize("form", [FORM, {**FORM, "scope": ""}], ids=["no scope parameter", "an empty one"])
def test_who_asks_for_no_scope_gets_none(lab, ask, client, form):
    answer = ask(form, client).json()
    assert answer["scope"] == ""
    assert lab.get("/user", answer["access_token"]).status == 200
    assert lab.get("/user/emails", answer["access_token"]).status == 403


def test_a_scope_asked_for_twice_is_granted_once(ask, client):
    assert ask({**FORM, "scope": "gist gist"}, client).json()["scope"] == "gist"


def test_two_tokens_never_have_the_same_id(ask, client):
    tokens = [Token.parse(ask(FORM, client).json()["access_token"]) for _ in range(2)]
    assert tokens[0].claims["jti"] != tokens[1].claims["jti"]


def test_bt_11_a_token_answer_is_not_kept_by_any_cache(ask, client):
    headers = ask(FORM, client).headers
    assert (headers["cache-control"], headers["pragma"]) == ("no-store", "no-cache")


def test_an_unknown_scope_is_refused_with_the_one_that_was_meant(ask, client):
    told = refused(ask({**FORM, "scope": "gist public-repo"}, client), 400, "invalid_scope")
    assert told == "'public-repo' is not a scope of this API; did you mean 'public_repo'?"


@pytest.mark.parametrize(
    "scope",
    ["nonsense", "GIST", 'a"b', "a\\b", "caf\u00e9", "\U0001f511", "x" * 100, "\x7f"],
    ids=["unknown", "other case", "quote", "backslash", "accent", "emoji", "long", "control"],
)
def test_no_other_scope_is_granted_and_the_description_keeps_to_its_characters(ask, client, scope):
    refused(ask({**FORM, "scope": scope}, client), 400, "invalid_scope")


@pytest.mark.parametrize(
    "auth",
    [("explorer", "wrong"), ("explorer", ""), ("stranger", "wrong"), ("", ""), ("Explorer", "wrong")],
    ids=["wrong secret", "no secret", "unknown client", "nobody", "other case"],
)
def test_a_client_that_cannot_prove_itself_is_refused(ask, auth):
    response = ask(FORM, auth)
    told = refused(response, 401, "invalid_client")
    assert told == "The client's id or secret is wrong."
    assert response.headers["www-authenticate"] == 'Basic realm="oauth"'


def test_a_wrong_secret_in_the_form_is_refused(ask):
    refused(ask({**FORM, "client_id": "explorer", "client_secret": "wrong"}), 401, "invalid_client")


def test_without_a_client_there_is_no_token(ask):
    refused(ask(FORM), 401, "invalid_client")


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic !!!", "Basic ZXhwbG9yZXI=", "Basic /////w==", "Bearer abc", "Basic caf\u00e9"],
    ids=["empty", "no base64", "no colon", "no UTF-8", "another scheme", "no ASCII"],
)
def test_credentials_that_cannot_be_read_are_refused(ask, header):
    refused(ask(FORM, headers={"Authorization": header.encode("latin-1")}), 401, "invalid_client")


def test_the_scheme_is_read_in_any_case(ask, client):
    header = "bASIC " + b64encode(":".join(client).encode()).decode()
    assert ask(FORM, headers={"Authorization": header}).status_code == 200


@pytest.mark.parametrize("grant", ["password", "implicit", "CLIENT_CREDENTIALS"])
def test_another_grant_type_is_refused(ask, client, grant):
    refused(ask({"grant_type": grant}, client), 400, "unsupported_grant_type")


@pytest.mark.parametrize("form", [{"scope": "gist"}, {"grant_type": ""}], ids=["left out", "empty"])
def test_a_missing_grant_type_is_a_missing_parameter(ask, client, form):
    assert "grant_type" in refused(ask(form, client), 400, "invalid_request")


@pytest.mark.parametrize("name", ["grant_type", "scope"])
def test_a_parameter_that_is_there_twice_is_refused(ask, client, name):
    form = [("grant_type", "client_credentials"), ("scope", "gist"), (name, "gist")]
    refused(ask(form, client), 400, "invalid_request")


@pytest.mark.parametrize(
    "body",
    [
        b'{"grant_type": "client_credentials"}',
        b"",
        b"\xff\xfe",
        b"grant_type",
        b"&".join(b"a%d=1" % n for n in range(30)),
    ],
    ids=["JSON", "empty", "not UTF-8", "no value", "too many parameters"],
)
def test_a_body_that_is_no_form_is_refused(ask, client, body):
    refused(ask(body, client), 400, "invalid_request")


def test_a_form_of_70_kilobytes_is_too_large(ask, client):
    assert ask({**FORM, "scope": "x" * 70 * 1024}, client).status_code == 413


def test_a_token_is_not_to_be_had_with_get(lab):
    assert lab.get("/oauth/token?grant_type=client_credentials").status == 405


@pytest.mark.parametrize(
    "form",
    [
        {"grant_type": "password"},
        {**FORM, "scope": "nonsense"},
        [*FORM.items(), ("scope", "gist"), ("scope", "gist")],
        {"scope": "gist"},
    ],
    ids=["grant type", "scope", "twice", "missing"],
)
def test_no_refusal_to_a_client_holds_its_secret_or_a_token(ask, client, form):
    response = ask(form, client)
    assert response.status_code == 400
    assert client[1] not in response.text + str(response.headers)
    assert "eyJ" not in response.text


def test_a_refused_secret_does_not_come_back(ask, client):
    response = ask({**FORM, "client_id": "explorer", "client_secret": "sesame-open"})
    assert response.status_code == 401
    assert "sesame" not in response.text
    assert client[1] not in response.text
