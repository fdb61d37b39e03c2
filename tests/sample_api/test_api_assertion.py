"""The grant of a signed assertion (RFC 7523): a tenant vouches for its user, once and for minutes."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from authorizing import MODERN, Authorizing, claims_of, refused

from sample_api.app import create_app
from scopekit.issuer import sign
from scopekit.lab import InProcess
from scopekit.stores.memory import MemoryDenylist

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ISSUER = "https://issuer.example/"


@pytest.fixture
def server(lab):
    return Authorizing(lab)


@pytest.fixture
def vouch(lab):
    """An assertion that a tenant signed; the keywords replace its claims, and None leaves one out."""

    def write(signer="tenant_1", typ="JWT", **claims):
        (key,) = lab.state.tenants.of_issuer(signer)
        now = int(lab.clock.now())
        own = {"iss": "tenant_1", "sub": "alice", "aud": ISSUER, "iat": now, "exp": now + 60, "jti": "a1"}
        written = {name: value for name, value in {**own, **claims}.items() if value is not None}
        return str(sign({"alg": key.alg, "typ": typ, "kid": key.kid}, written, key))

    return write


@pytest.fixture
def hand_in(server):
    def ask(assertion, client=None, **form):
        return server.ask(client, grant_type=JWT_BEARER, assertion=assertion, **form)

    return ask


def test_as_1_a_tenant_gets_a_token_for_its_user_without_asking_anyone_first(server, vouch, hand_in):
    answer = hand_in(vouch(), scope="user").json()
    claims = claims_of(answer["access_token"])
    assert (claims["iss"], claims["sub"], claims["client_id"]) == (ISSUER, "tenant_1|alice", "tenant_1")
    assert server.status(answer["access_token"]) == 200


def test_as_1_the_api_is_named_in_the_endpoints_address_too(server, vouch):
    form = {"grant_type": JWT_BEARER, "assertion": vouch(), "scope": "user"}
    answer = server.post(f"/oauth/token?audience={MODERN}", form, None)
    assert server.status(answer.json()["access_token"], "/modern/user") == 200


def test_as_1_an_assertion_for_another_server_s_address_is_refused_though_the_caller_names_that_host(server, vouch):
    form = {"grant_type": JWT_BEARER, "assertion": vouch(aud="http://elsewhere.example/oauth/token")}
    with requests.Session() as session:
        base_url = InProcess().open(create_app(server.lab.state, host="0.0.0.0"), session)
        answer = session.post(f"{base_url}/oauth/token", data=form, headers={"Host": "elsewhere.example"})
    refused(answer, 400, "invalid_grant")


@pytest.mark.parametrize("audience", [[ISSUER], [ISSUER, "https://elsewhere.example/"]], ids=["alone", "another"])
def test_as_1_an_assertion_that_another_server_could_hand_in_here_is_refused(vouch, hand_in, audience):
    told = refused(hand_in(vouch(aud=audience)), 400, "invalid_grant")
    assert told == f"The assertion's aud must be '{ISSUER}' and not a list."


def test_users_of_the_same_name_of_two_tenants_are_told_apart(vouch, hand_in):
    one = hand_in(vouch())
    other = hand_in(vouch("tenant_2", iss="tenant_2"))
    subjects = [claims_of(answer.json()["access_token"])["sub"] for answer in (one, other)]
    assert subjects == ["tenant_1|alice", "tenant_2|alice"]


def test_as_1_an_assertion_is_used_once(vouch, hand_in):
    assertion = vouch()
    assert hand_in(assertion).status_code == 200
    assert refused(hand_in(assertion), 400, "invalid_grant") == "The assertion was used before."


def test_as_1_another_assertion_with_the_same_id_is_a_replay(vouch, hand_in):
    assert hand_in(vouch()).status_code == 200
    refused(hand_in(vouch(sub="bob")), 400, "invalid_grant")


def test_an_assertion_that_was_refused_is_not_used_up(vouch, hand_in):
    assertion = vouch()
    refused(hand_in(assertion, scope="nonsense"), 400, "invalid_scope")
    assert hand_in(assertion).status_code == 200


@pytest.mark.parametrize("missing", ["iss", "sub", "aud", "iat", "exp", "jti"])
def test_as_1_an_assertion_has_every_claim_that_it_needs(vouch, hand_in, missing):
    refused(hand_in(vouch(**{missing: None})), 400, "invalid_grant")


@pytest.mark.parametrize("audience", ["https://elsewhere.example/", "https://api.example/", "tenant_1", ISSUER[:-1]])
def test_as_1_an_assertion_for_somebody_else_is_refused(vouch, hand_in, audience):
    refused(hand_in(vouch(aud=audience)), 400, "invalid_grant")


def test_as_1_a_tenant_does_not_speak_for_another(vouch, hand_in):
    refused(hand_in(vouch("tenant_2", iss="tenant_1")), 400, "invalid_grant")


def test_a_tenant_does_not_speak_for_this_server(vouch, hand_in):
    refused(hand_in(vouch(iss=ISSUER)), 400, "invalid_grant")


def test_an_assertion_lives_five_minutes_at_most(lab, vouch, hand_in):
    now = int(lab.clock.now())
    assert hand_in(vouch(exp=now + 300)).status_code == 200
    refused(hand_in(vouch(exp=now + 301, jti="a2")), 400, "invalid_grant")


def test_an_assertion_that_has_ended_is_refused(lab, vouch, hand_in):
    assertion = vouch()
    lab.clock.advance(60)
    refused(hand_in(assertion), 400, "invalid_grant")


def test_an_access_token_of_this_server_is_no_assertion(server, hand_in):
    refused(hand_in(server.token("user")), 400, "invalid_grant")


@pytest.mark.parametrize("typ", ["at+jwt", "secevent+jwt"])
def test_a_token_of_another_type_is_no_assertion(vouch, hand_in, typ):
    refused(hand_in(vouch(typ=typ)), 400, "invalid_grant")


@pytest.mark.parametrize("path", ["/user", "/modern/user"])
def test_an_assertion_opens_no_call(server, vouch, path):
    assert server.status(vouch(), path) == 401


@pytest.mark.parametrize("text", ["sesame", "a.b.c", "x" * 9000], ids=["a word", "three letters", "9,000 letters"])
def test_text_that_is_no_token_is_no_assertion(hand_in, text):
    refused(hand_in(text), 400, "invalid_grant")


def test_a_missing_assertion_is_a_missing_parameter(server):
    assert "assertion" in refused(server.ask(None, grant_type=JWT_BEARER), 400, "invalid_request")


def test_as_1_a_client_that_shows_who_it_is_as_well_has_to_prove_it(vouch, hand_in):
    refused(hand_in(vouch(), client_id="explorer", client_secret="wrong"), 401, "invalid_client")


def test_a_subject_too_long_for_a_token_is_a_refusal_and_no_failure(vouch, hand_in):
    refused(hand_in(vouch(sub="a" * 250)), 400, "invalid_request")


class Slow(MemoryDenylist):
    """A denylist on another machine: an answer takes a moment, in which others may ask."""

    waits = True

    def find(self, asked):
        found = super().find(asked)
        time.sleep(0.02)
        return found


def test_as_1_of_ten_that_hand_in_one_assertion_at_once_one_gets_a_token(server, vouch, hand_in, monkeypatch):
    monkeypatch.setattr(server.lab.state, "denylist", Slow())
    assertion = vouch()
    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(lambda _: hand_in(assertion).status_code, range(10)))
    assert sorted(statuses) == [200] + [400] * 9
