"""Introspection (RFC 7662): a client asks what a token is worth, and of a bad one learns nothing but that."""

import pytest
from authorizing import MODERN, Authorizing, claims_of, refused

from scopekit.issuer import Issuer
from scopekit.profiles import AUTH0_V2


@pytest.fixture
def server(lab):
    return Authorizing(lab)


def test_a_good_token_is_active_and_described(server):
    token = server.token("gist user")
    claims = claims_of(token)
    assert server.introspect(token).json() == {
        "active": True, "token_type": "Bearer", "scope": "gist user", "client_id": "explorer", "sub": "explorer",
        "iss": "https://issuer.example/", "aud": "https://api.example/",
        "iat": claims["iat"], "exp": claims["exp"], "jti": claims["jti"],
    }  # fmt: skip


def test_a_token_of_another_api_of_this_server_is_active_too(server):
    told = server.introspect(server.token("gist", audience=MODERN), "reporter").json()
    assert (told["active"], told["aud"], told["scope"]) == (True, MODERN, "gist")


@pytest.mark.parametrize("kind", ["no token", "changed", "of a tenant", "of another key"])
def test_int_1_a_token_that_is_no_good_is_inactive_and_nothing_else(server, kind):
    (tenant,) = server.lab.state.tenants.of_issuer("tenant_1")
    token = {
        "no token": "sesame",
        "changed": server.token("gist")[:-4] + "AAAA",
        "of a tenant": str(Issuer(tenant, AUTH0_V2, "tenant_1", server.lab.clock).mint(["read:users"])),
        "of another key": str(Issuer(tenant, audience=MODERN, clock=server.lab.clock).mint(["gist"])),
    }[kind]
    answer = server.introspect(token)
    assert (answer.status_code, answer.json()) == (200, {"active": False})


def test_int_1_a_token_that_was_taken_back_is_inactive_and_nothing_else(server):
    token = server.token("gist")
    server.revoke(token)
    assert server.introspect(token).json() == {"active": False}


def test_int_1_a_token_that_has_ended_is_inactive_and_nothing_else(server):
    token = server.token("gist")
    server.lab.clock.advance(3600)
    assert server.introspect(token).json() == {"active": False}


def test_int_3_a_token_that_is_not_valid_yet_is_inactive(server):
    token = server.token("gist")
    server.lab.clock.advance(-1)
    assert server.introspect(token).json() == {"active": False}


def test_int_2_who_cannot_prove_who_it_is_learns_nothing(server):
    refused(server.introspect(server.token(), None), 401, "invalid_client")


def test_int_2_a_public_client_learns_nothing(server):
    refused(server.introspect(server.token(), None, client_id="gallery"), 401, "invalid_client")


def test_int_2_a_token_is_no_proof_of_who_asks(server):
    token = server.token("gist")
    answer = server.post("/oauth/introspect", {"token": token}, None, headers={"Authorization": f"Bearer {token}"})
    refused(answer, 401, "invalid_client")


@pytest.mark.parametrize("token", ["sesame", None], ids=["inactive", "active"])
def test_int_3_no_cache_keeps_the_answer(server, token):
    answer = server.introspect(token or server.token())
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


def test_a_missing_token_is_a_missing_parameter(server):
    assert "token" in refused(server.post("/oauth/introspect", {}), 400, "invalid_request")


def test_the_hint_may_be_wrong(server):
    assert server.introspect(server.token(), token_type_hint="refresh_token").json()["active"] is True


def test_a_token_in_the_address_is_not_looked_at(server):
    refused(server.post(f"/oauth/introspect?token={server.token()}", {}), 400, "invalid_request")
