"""Tokens taken back under /api/v2/blacklists, over real HTTP: by audience and `jti`, as in the follow-up article."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
import requests

from sample_api.app import create_app
from sample_api.mounts import issuer_of
from scopekit import AUTH0_V2, Issuer, KeySet
from scopekit.lab import Loopback
from scopekit.stores.sqlite import SqliteDenylist

LIST = "/api/v2/blacklists/tokens"
DAYS = 86400


def token(lab, jti, tenant="tenant_1", scopes="blacklist:tokens read:users"):
    return replace(issuer_of(lab.state, tenant), new_id=lambda: jti).mint(scopes.split())


def status(lab, made):
    return lab.get("/api/v2/users", made).status


def take_back(lab, made, **body):
    return lab.post(LIST, made, **body).status


def listed(lab, made, query=""):
    return lab.get(LIST + query, made).json


# The sample of the article's follow-up: both tenants use the ids token_1 and token_2


@pytest.mark.parametrize(
    ("tenant", "jti", "scopes", "outcome"),
    [
        pytest.param("tenant_1", "token_1", "read:users", (200, None), id="tenant_1/token_1 ok"),
        pytest.param("tenant_1", "token_2", "read:users", (401, "invalid_token"), id="tenant_1/token_2 revoked"),
        pytest.param("tenant_2", "token_1", "read:logs", (403, "insufficient_scope"), id="tenant_2/token_1 scope"),
        pytest.param("tenant_2", "token_2", "read:logs", (401, "invalid_token"), id="tenant_2/token_2 revoked first"),
    ],
)
def test_four_tokens_have_the_four_outcomes_of_the_sample(lab, tenant, jti, scopes, outcome):
    for each in ("tenant_1", "tenant_2"):
        assert take_back(lab, token(lab, "revoker", each), aud=each, jti="token_2") == 204
    exchange = lab.get("/api/v2/users", token(lab, jti, tenant, scopes))
    error = exchange.json.get("error") if exchange.status != 200 else None
    assert (exchange.status, error) == outcome


# Taking back


def test_a_token_taken_back_is_refused_from_the_next_call_on(lab):
    made = token(lab, "token_3")
    assert status(lab, made) == 200
    assert take_back(lab, token(lab, "revoker"), aud="tenant_1", jti="token_3") == 204
    assert lab.get("/api/v2/users", made).json["detail"] == "The token has been revoked."


def test_without_an_audience_it_is_one_s_own_tenant_s(lab):
    assert take_back(lab, token(lab, "revoker", "tenant_2"), jti="token_3") == 204
    assert (status(lab, token(lab, "token_3", "tenant_2")), status(lab, token(lab, "token_3"))) == (401, 200)


def test_the_same_id_of_another_tenant_stays_good(lab):
    take_back(lab, token(lab, "revoker"), aud="tenant_1", jti="token_3")
    assert status(lab, token(lab, "token_3", "tenant_2")) == 200


# What was never written down, decided


def test_to_take_a_token_back_twice_is_204_and_changes_nothing(lab):
    revoker = token(lab, "revoker")
    assert [take_back(lab, revoker, aud="tenant_1", jti="token_3") for _ in range(2)] == [204, 204]
    assert listed(lab, revoker) == [{"aud": "tenant_1", "jti": "token_3"}]
    assert len(lab.state.denylist) == 1


def test_an_id_that_nobody_has_seen_is_204_and_a_token_of_it_is_refused_when_it_comes(lab):
    assert take_back(lab, token(lab, "revoker"), aud="tenant_1", jti="made tomorrow") == 204
    assert status(lab, token(lab, "made tomorrow")) == 401


def test_one_s_own_token_is_204_and_refused_from_the_next_call_on(lab):
    own = token(lab, "token_3")
    assert take_back(lab, own, aud="tenant_1", jti="token_3") == 204
    assert (status(lab, own), take_back(lab, own, aud="tenant_1", jti="token_4")) == (401, 401)


@pytest.mark.parametrize("aud", ["tenant_2", "tenant_3", "TENANT_1", "https://issuer.example/"])
def test_a12_a_token_of_another_tenant_is_403_and_not_taken_back(lab, aud):
    assert take_back(lab, token(lab, "revoker"), aud=aud, jti="token_3") == 403
    assert len(lab.state.denylist) == 0
    assert status(lab, token(lab, "token_3", "tenant_2")) == 200


def test_a_list_in_a_file_is_the_same_after_a_restart(start, tmp_path):
    folder = tmp_path / "state"
    first = start("--state", folder, "--init")
    tenant = KeySet.from_jwks((folder / "tenants.json").read_text()).of_issuer("tenant_1")[0]
    headers = {"Authorization": f"Bearer {Issuer(tenant, AUTH0_V2, 'tenant_1').mint(['blacklist:tokens'])}"}
    assert first.post(LIST, json={"jti": "token_3"}, headers=headers).status_code == 204
    first.stop()
    told = requests.get(start("--state", folder).url + LIST, headers=headers, timeout=10)
    assert told.json() == [{"aud": "tenant_1", "jti": "token_3"}]


@pytest.mark.parametrize("body", [{}, {"aud": "tenant_1"}, {"jti": ""}, {"jti": 1}, {"jti": "é"}, {"jti": "a\n"},
                                  {"jti": "x" * 256}, {"aud": ["tenant_1"], "jti": "x"}], ids=str)  # fmt: skip
def test_an_id_that_no_token_could_have_is_400(lab, body):
    assert lab.request("POST", LIST, token(lab, "revoker"), body).status == 400
    assert len(lab.state.denylist) == 0


def test_an_entry_is_kept_until_every_token_of_its_time_has_ended(lab):
    revoker = token(lab, "revoker")
    take_back(lab, revoker, jti="token_3")
    longest = replace(issuer_of(lab.state, "tenant_1"), new_id=lambda: "token_3").mint(
        ["read:users"], ttl_seconds=30 * DAYS
    )
    lab.clock.advance(30 * DAYS - 1)
    lab.state.denylist.prune(lab.clock.now())
    assert status(lab, longest) == 401
    lab.clock.advance(400)
    assert lab.state.denylist.prune(lab.clock.now()) == 1


def test_where_tokens_live_for_ever_an_entry_is_kept_for_ever(lab, monkeypatch):
    monkeypatch.setattr("sample_api.auth0.AUTH0_V2", AUTH0_V2.replace(max_ttl_seconds=None))
    take_back(lab, token(lab, "revoker"), jti="token_3")
    lab.clock.advance(10_000 * DAYS)
    lab.state.denylist.prune(lab.clock.now())
    assert (len(lab.state.denylist), status(lab, token(lab, "token_3"))) == (1, 401)


# The list


def test_a_tenant_lists_its_own_and_an_audience_narrows_it(lab):
    one, two = token(lab, "revoker"), token(lab, "revoker", "tenant_2")
    take_back(lab, one, jti="token_3")
    take_back(lab, two, jti="token_4")
    assert listed(lab, one) == listed(lab, one, "?aud=tenant_1") == [{"aud": "tenant_1", "jti": "token_3"}]
    assert listed(lab, two) == [{"aud": "tenant_2", "jti": "token_4"}]
    assert listed(lab, one, "?aud=tenant_2") == []


def test_an_entry_that_is_kept_no_longer_is_listed_no_more(lab):
    take_back(lab, token(lab, "revoker"), jti="token_3")
    lab.clock.advance(30 * DAYS)
    assert listed(lab, token(lab, "revoker")) == []


# A store that fails


@pytest.fixture
def stored(lab, tmp_path):
    """The API over a denylist in a file, as a function that posts with a token; and that file."""
    file = tmp_path / "denylist.sqlite"
    state = replace(lab.state, denylist=SqliteDenylist(file, create=True, lock_seconds=0.1))
    server = Loopback()
    with requests.Session() as session:
        session.trust_env = False
        url = server.open(create_app(state), session)

        def ask(method, path, **body):
            headers = {"Authorization": f"Bearer {token(lab, 'revoker')}"}
            return session.request(method, url + path, headers=headers, json=body or None, timeout=10)

        yield ask, file
        server.close()
    state.denylist.close()


def test_a_store_that_is_locked_answers_503_and_lists_nothing_as_taken_back(stored):
    ask, file = stored
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = ask("POST", LIST, jti="token_3")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.json()["detail"] == "The token was not revoked: the denylist does not answer."
        assert ask("GET", LIST).json() == []
    assert ask("POST", LIST, jti="token_3").status_code == 204


def test_a_store_that_is_gone_answers_503_for_every_call(stored):
    ask, file = stored
    file.unlink()
    assert [ask("GET", "/api/v2/users").status_code, ask("POST", LIST, jti="token_3").status_code] == [503, 503]
    assert ask("GET", LIST).status_code == 503
