"""Revocation (RFC 7009): a client takes back what was given to it, and nothing else."""

import pytest
from authorizing import MODERN, Authorizing, claims_of, refused

from scopekit.errors import StoreUnavailable
from scopekit.stores.memory import MemoryDenylist


@pytest.fixture
def server(lab):
    return Authorizing(lab)


class Failing(MemoryDenylist):
    """A denylist that is read, and cannot be written, as when its disk is full."""

    def revoke(self, issuer, jti, until=0):
        raise StoreUnavailable("The denylist does not answer.")


@pytest.mark.parametrize(("api", "path"), [("", "/user"), (MODERN, "/modern/user")], ids=["root", "modern"])
def test_rev_1_a_token_that_was_taken_back_opens_nothing(server, api, path):
    token = server.token("user", audience=api)
    assert server.status(token, path) == 200
    assert server.revoke(token).status_code == 200
    assert server.status(token, path) == 401


@pytest.mark.parametrize("token", ["sesame", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_rev_1_a_token_that_is_not_known_is_a_success(server, token):
    assert server.revoke(token).status_code == 200


def test_rev_1_a_token_that_has_ended_is_a_success(server):
    token = server.token()
    server.lab.clock.advance(3601)
    assert server.revoke(token).status_code == 200


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense"])
def test_rev_2_the_hint_may_be_wrong(server, hint):
    token = server.token("user")
    assert server.revoke(token, token_type_hint=hint).status_code == 200
    assert server.status(token) == 401


def test_rev_2_a_missing_token_is_a_missing_parameter(server):
    assert "token" in refused(server.post("/oauth/revoke", {}), 400, "invalid_request")


def test_rev_3_who_cannot_prove_who_it_is_takes_nothing_back(server):
    token = server.token("user")
    refused(server.revoke(token, None), 401, "invalid_client")
    assert server.status(token) == 200


def test_rev_3_a12_a_client_takes_back_its_own_tokens_alone(server):
    token = server.token("user")
    told = refused(server.revoke(token, "reporter"), 400, "unauthorized_client")
    assert told == "The token was issued to another client and stays valid."
    assert server.status(token) == 200


def test_rev_3_a12_a_public_client_that_anyone_can_claim_to_be_takes_back_its_own_alone(server):
    token = server.token("user")
    refused(server.revoke(token, None, client_id="gallery"), 400, "unauthorized_client")
    assert server.status(token) == 200


@pytest.mark.parametrize("state", ["its own", "a stranger's"])
def test_rev_4_a_denylist_that_fails_is_a_503_and_the_token_lives(server, monkeypatch, state):
    token = server.token("user")
    with monkeypatch.context() as broken:
        broken.setattr(server.lab.state, "denylist", Failing())
        answer = server.revoke(token, "explorer" if state == "its own" else "reporter")
    assert server.status(token) == 200
    if state == "its own":
        refused(answer, 503, "temporarily_unavailable")
        assert answer.headers["retry-after"] == "5"
    else:
        refused(answer, 400, "unauthorized_client")


def test_rev_5_to_take_back_twice_changes_nothing(server):
    token = server.token("user")
    answers = [server.revoke(token) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(server.lab.state.denylist) == 1
    assert server.status(token) == 401


def test_rev_5_the_answer_holds_no_token(server):
    token = server.token("user")
    answer = server.revoke(token)
    assert answer.text == ""
    assert token not in str(answer.headers)
    assert answer.headers["cache-control"] == "no-store"


def test_the_entry_lasts_as_long_as_the_token_would_have(server):
    token = server.token("user")
    server.revoke(token)
    claims = claims_of(token)
    assert server.lab.state.denylist.prune(claims["exp"] + 300) == 0
    assert server.lab.state.denylist.prune(claims["exp"] + 301) == 1


def test_a_client_whose_secret_was_struck_out_does_not_become_public(server, monkeypatch):
    token = server.token("public_repo", "reporter")
    monkeypatch.delitem(server.lab.state.clients, "reporter")
    refused(server.revoke(token, None, client_id="reporter"), 401, "invalid_client")
    assert server.is_good(token)
