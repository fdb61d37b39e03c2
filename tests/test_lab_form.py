"""A form post of a Lab: who asks, what is sent, and that no secret and no token is to be read in what it shows."""

from __future__ import annotations

import pytest

from scopekit import Lab, Token
from scopekit.render.exchanges import response_text

GRANT = {"grant_type": "client_credentials", "scope": "read:user"}


@pytest.fixture(scope="module")
def lab():
    with Lab("forms") as lab:
        yield lab


@pytest.fixture
def issued(lab):
    return lab.form("/oauth/token", client="reporter", **GRANT)


def shown(exchange):
    return repr(exchange) + exchange._repr_html_()


def test_client_with_a_secret_shows_who_it_is(issued):
    assert (issued.status, issued.request_headers["Authorization"]) == (200, "Basic $SECRET")
    assert Token.parse(issued.json["access_token"]).claims["client_id"] == "reporter"


def test_client_without_a_secret_is_named_in_the_form(lab):
    assert lab.form("/oauth/token", client="gallery", **GRANT).request_body.startswith("client_id=gallery&")


def test_form_of_nobody_is_refused(lab):
    assert lab.form("/oauth/token", **GRANT).status == 401


def test_list_is_sent_as_several_fields_and_a_token_as_its_text(lab, issued):
    token = Token.parse(issued.json["access_token"])
    assert lab.form("/oauth/introspect", client="explorer", token=token).json["active"]
    assert lab.form("/oauth/authorize", scope=["gist", "user"]).request_body == "scope=gist&scope=user"


def test_token_that_is_handed_out_is_not_to_be_read(issued):
    assert issued.json["access_token"] not in shown(issued)
    assert '"access_token": "$TOKEN"' in response_text(issued)


def test_token_that_is_sent_in_a_form_is_not_to_be_read(lab, issued):
    sent = lab.form("/oauth/introspect", client="explorer", token=issued.json["access_token"])
    assert sent.request_body == "token=$TOKEN"


@pytest.mark.parametrize("field", ["client_secret", "code", "code_verifier", "ticket", "assertion", "subject_token"])
def test_secret_of_any_kind_in_a_form_is_not_to_be_read(lab, field):
    assert "s3cret" not in shown(lab.form("/oauth/token", **{field: "s3cret", **GRANT}))


def test_secret_of_a_client_is_not_to_be_read_however_it_is_sent(lab):
    secret = lab.state.clients["reporter"]
    answer = lab.form("/oauth/token", client_id="reporter", client_secret=secret, **GRANT)
    assert answer.status == 200
    assert secret not in shown(answer)


def test_cookie_with_a_token_is_not_to_be_read_and_is_kept_nowhere(lab, issued):
    token = issued.json["access_token"]
    begun = lab.post("/session", token)
    cookie = begun.headers["set-cookie"].partition(";")[0]
    again = lab.request("GET", "/user", headers={"Cookie": cookie})
    assert (again.status, lab.get("/user").status) == (200, 401)
    assert token not in shown(begun) + shown(again)
    assert "set-cookie: session=$TOKEN; HttpOnly" in response_text(begun)
