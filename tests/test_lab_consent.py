"""Consent from code: the token holds what the user allowed, and the way to it shows no secret."""

from __future__ import annotations

import pytest

from scopekit import Lab, Token
from scopekit.errors import LabError
from scopekit.lab import consent


@pytest.fixture(scope="module")
def lab():
    with Lab("consenting") as lab:
        yield lab


def test_token_holds_what_was_allowed_and_not_what_was_asked(lab):
    answer = consent(lab, "user gist repo", "gist")
    token = Token.parse(answer.json["access_token"])
    assert (answer.json["scope"], token.scopes, token.claims["sub"]) == ("gist", ("gist",), "octocat")


def test_id_token_comes_where_openid_was_allowed_and_only_there(lab):
    assert "id_token" in consent(lab, "openid user", "openid").json
    assert "id_token" not in consent(lab, "openid user", "user").json


def test_nothing_allowed_is_a_token_with_no_scope(lab):
    assert consent(lab, "gist", "").json["scope"] == ""


@pytest.mark.parametrize(
    ("asked", "allowed", "sentence"),
    [("gist", "gist repo", "Only the requested scopes can be allowed"), ("gists", "", "did you mean 'gist'")],
    ids=["more than asked", "unknown scope"],
)
def test_what_the_server_does_not_take_is_one_sentence(lab, asked, allowed, sentence):
    with pytest.raises(LabError, match=sentence):
        consent(lab, asked, allowed)


def test_code_and_verifier_are_not_to_be_read(lab):
    answer = consent(lab, "openid gist", "openid gist")
    assert "code=$CODE" in answer.request_body
    assert "code_verifier=$VERIFIER" in answer.request_body
    assert "eyJ" not in repr(answer)
