import datetime
import ipaddress
import json
import re
import socket
import ssl
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from jwks_server import JwksServer

from scopekit import GITHUB, Guard, Issuer, Key, KeySet, LessonClock
from scopekit.errors import KeyRefused, KeysUnavailable, KeysUnusable, PolicyError
from scopekit.http import answer
from scopekit.keys import WouldWait, base64url
from scopekit.stores.jwks import MAX_BODY_BYTES, RemoteKeySet, public_keys

NOW = 1416929109
ISSUER = "https://issuer.example/"
OTHER_TENANT = "https://tenant-b.example/"
OLD = Key.generate("old", "ES256", ISSUER)
NEW = Key.generate("new", "Ed25519", ISSUER)
RSA = Key.generate("rsa", "RS256", ISSUER)
SECRET = Key("secret", bytes(range(32)), issuer=ISSUER)


def jwks(*keys):
    """A JWK Set with the public halves of these keys."""
    return {"keys": [key.to_jwk() for key in keys]}


def changed(key, **members):
    """The public JWK of a key, with other members; None leaves one out."""
    return {name: value for name, value in {**key.to_jwk(), **members}.items() if value is not None}


@pytest.fixture
def server():
    server = JwksServer()
    server.serve(jwks(OLD))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def clock():
    return LessonClock(NOW)


@pytest.fixture
def keys(server, clock):
    return RemoteKeySet(server.url, ISSUER, clock=clock)


@pytest.fixture
def guard(keys, clock):
    return Guard(keys, audience="repos", profile=GITHUB, clock=clock)


def bearer(clock, key=OLD, ttl_seconds=24 * 3600):
    """A header with a token that this key signed."""
    return f"Bearer {Issuer(key, GITHUB, 'repos', clock).mint(['repo'], ttl_seconds=ttl_seconds)}"


def told(decision):
    return decision.status, decision.error, decision.check


# Fetching


def test_a_guard_fetches_the_set_when_it_first_needs_a_key_and_not_before(server, guard, clock):
    assert server.asked == 0
    assert guard.decide(bearer(clock))
    assert server.asked == 1


def test_a_fresh_set_is_not_fetched_again(server, guard, clock):
    for _ in range(10):
        assert guard.decide(bearer(clock))
        clock.advance(29)
    assert server.asked == 1


def test_a_set_that_is_no_longer_fresh_is_fetched_again(server, keys, clock):
    keys.get("old")
    clock.advance(300)
    keys.get("old")
    assert server.asked == 2


def test_a_token_without_a_kid_finds_the_issuer_s_only_key(keys):
    assert [key.kid for key in keys.of_issuer(ISSUER)] == ["old"]
    assert keys.of_issuer(OTHER_TENANT) == ()
    assert [key.kid for key in keys] == ["old"]
    assert len(keys) == 1


def test_to_look_at_a_set_fetches_nothing(server, keys):
    assert repr(keys) == f"<RemoteKeySet of '{ISSUER}': nothing fetched yet>"
    assert (len(keys), keys.of_issuer(None)) == (0, ())
    assert server.asked == 0
    keys.refresh()
    assert repr(keys) == f"<RemoteKeySet of '{ISSUER}': old (ES256)>"
    assert server.asked == 1


def test_no_request_carries_anything_of_a_token(server, guard, clock):
    guard.decide(bearer(clock))
    ((path, headers),) = server.requests
    assert path == "/jwks.json"
    assert set(headers) == {"Host", "Accept", "Accept-Encoding", "Connection"}


@pytest.mark.parametrize("name", ["jku", "x5u"])
def test_an_address_in_a_token_is_never_asked(server, guard, clock, name):
    elsewhere = JwksServer()
    elsewhere.serve(jwks(Key("evil", NEW.material, "Ed25519", ISSUER)))
    elsewhere.start()
    header = {"alg": "EdDSA", "typ": "JWT", "kid": "evil", name: elsewhere.url}
    body = str(Issuer(NEW, GITHUB, "repos", clock).mint(["repo"])).split(".")[1]
    signing_input = f"{base64url(json.dumps(header).encode())}.{body}"
    text = f"Bearer {signing_input}.{base64url(NEW.sign(signing_input.encode()))}"
    assert not guard.decide(text)
    assert not guard.without("form", "key").decide(text)
    elsewhere.stop()
    assert elsewhere.asked == 0


def test_a_proxy_in_the_environment_is_never_asked(server, keys, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert keys.get("old")


def test_a_set_in_any_length_of_transfer_is_read(server, keys):
    server.serve(jwks(OLD), Content_Length=None)
    assert keys.get("old")


# Rotation


def test_a_new_key_is_found_once_the_cooldown_is_over(server, guard, clock):
    guard.decide(bearer(clock))
    server.serve(jwks(OLD, NEW))
    assert told(guard.decide(bearer(clock, NEW))) == (401, "invalid_token", "key")
    clock.advance(30)
    assert guard.decide(bearer(clock, NEW))
    assert server.asked == 2


def test_a_withdrawn_key_is_refused_once_the_set_is_no_longer_fresh(server, guard, clock):
    header = bearer(clock)
    assert guard.decide(header)
    server.serve(jwks(NEW))
    clock.advance(299)
    assert guard.decide(header)
    clock.advance(1)
    assert told(guard.decide(header)) == (401, "invalid_token", "key")


def test_a_key_of_the_same_kid_takes_the_old_one_s_place(server, guard, clock):
    header = bearer(clock)
    assert guard.decide(header)
    server.serve(jwks(Key.generate("old", "ES256", ISSUER)))
    clock.advance(300)
    assert told(guard.decide(header)) == (401, "invalid_token", "signature")


def test_unknown_kids_ask_the_source_once_in_a_cooldown(server, keys, clock):
    keys.get("old")
    for number in range(50):
        clock.advance(1)
        assert keys.get(f"junk-{number}") is None
    assert server.asked == 2


def test_the_same_keys_fetched_again_are_the_same_version(server, keys, clock):
    keys.refresh()
    first = keys.version
    clock.advance(300)
    assert keys.version is first
    assert server.asked == 2
    server.serve(jwks(OLD, NEW))
    clock.advance(300)
    assert keys.version is not first


def test_a_clock_that_is_set_back_makes_no_set_fresh_for_longer(server, keys, clock):
    keys.get("old")
    clock.advance(-7 * 24 * 3600)
    keys.get("old")
    assert server.asked == 2


# A source that is down


def test_the_last_good_set_is_believed_for_the_grace_and_then_nothing_is(server, guard, clock):
    header = bearer(clock)
    assert guard.decide(header)
    server.stop()
    clock.advance(300 + 3599)
    assert guard.decide(header)
    clock.advance(1)
    decision = guard.decide(header)
    assert told(decision) == (503, None, "key")
    assert answer(decision).headers["Retry-After"] == "5"
    assert "WWW-Authenticate" not in answer(decision).headers
    clock.advance(30)
    server.start()
    assert guard.decide(header)


def test_a_source_that_was_never_there_closes_the_guard(server, guard, clock):
    server.stop()
    decision = guard.decide(bearer(clock))
    assert told(decision) == (503, None, "key")
    (step,) = [step for step in guard.explain(bearer(clock)).steps if step.check == "key"]
    assert step.found == f"The key set at {server.url} cannot be used: the request failed (ConnectionRefusedError)."


def test_a_token_without_kid_and_issuer_finds_no_key_after_the_grace_either(server, keys, clock):
    keys.get("old")
    server.stop()
    clock.advance(300 + 3600)
    for use in (lambda: keys.get("old"), lambda: keys.of_issuer(ISSUER), lambda: list(keys), keys.refresh):
        with pytest.raises(KeysUnavailable):
            use()
    assert keys.version is keys.version


def test_a_source_that_failed_is_left_alone_for_a_cooldown(server, keys, clock):
    server.serve(b"", status=500)
    for _ in range(60):
        with pytest.raises(KeysUnavailable, match="the answer has the status 500"):
            keys.get("old")
        clock.advance(1)
    assert server.asked == 2


def test_refresh_asks_at_once_and_keeps_the_last_good_set_when_it_fails(server, keys):
    keys.refresh()
    server.serve(b"nonsense")
    with pytest.raises(KeysUnavailable, match="it is not a JWK Set"):
        keys.refresh()
    assert keys.get("old")
    assert server.asked == 2


# A source that answers nonsense

NO_KEY_SETS = {
    "nothing": b"",
    "a page": b"<!doctype html><title>Sign in</title>",
    "no UTF-8": b'{"keys": "\xff"}',
    "a list": [],
    "an empty object": {},
    "keys that are null": {"keys": None},
    "keys that are no list": {"keys": {"old": OLD.to_jwk()}},
    "an issuer's metadata": {"issuer": ISSUER, "jwks_uri": "https://issuer.example/jwks"},
    "very deep": b"[" * 60_000,
    "a huge number": b'{"keys": ' + b"9" * 60_000 + b"}",
    "too long": {"keys": [OLD.to_jwk()], "more": "x" * MAX_BODY_BYTES},
}
NO_KEYS = {
    "a key of another type": {"keys": ["old"]},
    "a key without kty": {"keys": [changed(OLD, kty=None)]},
    "an empty set": {"keys": []},
    "a secret": {"keys": [OLD.to_jwk(), SECRET.to_jwk(private=True)]},
    "a secret left blank": {"keys": [OLD.to_jwk(), {"kty": "oct", "kid": "secret", "alg": "HS256"}]},
    "a private key": {"keys": [OLD.to_jwk(), NEW.to_jwk(private=True)]},
    "a private member": {"keys": [changed(OLD, oth=[])]},
    "the same kid twice": {"keys": [OLD.to_jwk(), changed(NEW, kid="old")]},
    "another tenant's key": {"keys": [changed(OLD, iss=OTHER_TENANT)]},
    "a key for encryption": {"keys": [changed(OLD, use="enc")]},
    "a key of an unknown kind": {"keys": [{"kty": "AKP", "alg": "ML-DSA-65", "kid": "pq", "pub": "AAAA"}]},
}


@pytest.mark.parametrize("body", NO_KEYS.values(), ids=NO_KEYS)
def test_a_set_without_a_usable_key_ends_the_old_keys_at_that_fetch(server, guard, keys, clock, body):
    header = bearer(clock)
    assert guard.decide(header)
    server.serve(body)
    clock.advance(300)
    assert told(guard.decide(header)) == (503, None, "key")
    with pytest.raises(KeysUnusable, match=f"^The key set at {server.url} cannot be used: "):
        keys.get("old")
    clock.advance(30)
    server.serve(jwks(OLD))
    assert guard.decide(header)


def test_waiting_does_not_help_against_a_set_that_is_too_long(server, guard, clock):
    server.serve(NO_KEY_SETS["too long"])
    refused = guard.explain(bearer(clock)).step("key")
    assert f"cannot be used: the answer is longer than {MAX_BODY_BYTES} bytes" in refused.found
    assert refused.fix == "Correct the source of the keys."
    server.serve(jwks(OLD))
    clock.advance(30)
    assert guard.decide(bearer(clock))


def test_a_mapping_of_ids_to_pem_is_a_set_unless_it_holds_a_private_key(server, guard, keys, clock):
    server.serve({"old": OLD.public().material.decode()})
    assert guard.decide(bearer(clock))
    assert told(guard.decide(bearer(clock, NEW))) == (401, "invalid_token", "key")
    server.serve({"old": OLD.public().material.decode(), "broken": "-----BEGIN CERTIFICATE-----"})
    keys.refresh()
    assert guard.decide(bearer(clock))
    assert [each.kid for each in keys.skipped] == ["broken"]
    server.serve({"old": OLD.material.decode()})
    with pytest.raises(KeysUnusable, match="it holds a secret"):
        keys.refresh()
    server.serve({"old": "-----BEGIN PUBLIC KEY-----"})
    with pytest.raises(KeysUnusable, match="looks like a public key as PEM, but it cannot be read"):
        keys.refresh()


@pytest.mark.parametrize("body", NO_KEYS.values(), ids=NO_KEYS)
def test_refresh_drops_the_keys_that_the_source_no_longer_lists(server, keys, body):
    at_first = keys.version
    assert server.asked == 0
    keys.refresh()
    server.serve(body)
    with pytest.raises(KeysUnusable):
        keys.refresh()
    assert len(keys) == 0
    assert keys.version is keys.version is not at_first


@pytest.mark.parametrize("joined", [False, True], ids=["alone", "joined"])
def test_a_key_that_comes_and_goes_between_two_requests_opens_nothing(server, guard, keys, clock, joined):
    """The first request finds no trusted set, and fetches one while it verifies; then the source empties it."""
    guard = guard.replace(keys=KeySet.of(KeySet([SECRET]), keys)) if joined else guard
    sent = bearer(clock)
    assert guard.decide(sent)
    server.serve({"keys": []})
    with pytest.raises(KeysUnusable):
        keys.refresh()
    assert told(guard.decide(sent)) == (503, None, "key")


def test_a_withdrawn_key_opens_nothing_in_a_guard_that_knows_its_tokens(server, guard, keys, clock):
    keys.refresh()
    server.serve(jwks(OLD, NEW))
    keys.refresh()
    header, other = bearer(clock), bearer(clock, NEW)
    assert guard.decide(header)
    server.serve(jwks(NEW))
    keys.refresh()
    assert told(guard.decide(header)) == (401, "invalid_token", "key")
    assert guard.decide(other)


@pytest.mark.parametrize("body", NO_KEY_SETS.values(), ids=NO_KEY_SETS)
def test_nonsense_closes_the_guard_and_replaces_nothing(server, guard, keys, clock, body):
    server.serve(body)
    assert told(guard.decide(bearer(clock))) == (503, None, "key")
    server.serve(jwks(OLD))
    clock.advance(30)
    assert guard.decide(bearer(clock))
    server.serve(body)
    clock.advance(300)
    assert guard.decide(bearer(clock))
    assert [key.kid for key in keys] == ["old"]


@pytest.mark.parametrize("status", [201, 204, 206, 301, 302, 307, 401, 404, 500, 503])
def test_every_status_but_200_is_a_failure(server, keys, status):
    server.serve(jwks(OLD), status=status, **({"Content_Length": "0"} if status == 204 else {}))
    with pytest.raises(KeysUnavailable, match=f"status {status}"):
        keys.refresh()


def test_a_redirect_is_not_followed(server, keys):
    elsewhere = JwksServer()
    elsewhere.serve(jwks(OLD))
    elsewhere.start()
    server.serve(b"", status=302, Location=elsewhere.url)
    with pytest.raises(KeysUnavailable):
        keys.refresh()
    elsewhere.stop()
    assert (server.asked, elsewhere.asked) == (1, 0)


@pytest.mark.parametrize("announced", [None, "5000000"], ids=["no length", "a length"])
def test_a_body_without_end_is_read_no_further_than_the_limit(server, keys, announced):
    server.serve(b" " * 5_000_000, pieces=500, pause_seconds=0.004, Content_Length=announced)
    start = time.monotonic()
    with pytest.raises(KeysUnavailable, match=f"the answer is longer than {MAX_BODY_BYTES} bytes"):
        keys.refresh()
    assert time.monotonic() - start < 1.5  # the whole takes at least 2 s


def test_an_answer_that_drips_is_over_at_the_time_out(server, clock):
    server.serve(jwks(OLD), pieces=100, pause_seconds=0.05)
    keys = RemoteKeySet(server.url, ISSUER, clock=clock, timeout_seconds=0.3)
    start = time.monotonic()
    with pytest.raises(KeysUnavailable, match=r"the request failed \(TimeoutError\)"):
        keys.refresh()
    assert time.monotonic() - start < 2


def test_a_pause_within_the_time_out_leaves_less_for_the_next(server, clock):
    server.serve(jwks(OLD), pieces=2, pause_seconds=0.4)
    keys = RemoteKeySet(server.url, ISSUER, clock=clock, timeout_seconds=0.6)
    with pytest.raises(KeysUnavailable, match=r"\(TimeoutError\)"):
        keys.refresh()


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"], ids=ascii)
def test_a_server_that_never_finishes_its_headers_is_over_at_the_time_out(clock, sent):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        keys = RemoteKeySet(url, ISSUER, clock=clock, timeout_seconds=0.3)

        def drip():
            connection, _ = silent.accept()
            with connection:
                for _ in range(20):
                    time.sleep(0.05)
                    try:
                        connection.sendall(sent)
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        start = time.monotonic()
        with pytest.raises(KeysUnavailable, match=r"\(TimeoutError\)"):
            keys.refresh()
        assert time.monotonic() - start < 0.8
        thread.join()


def test_a_server_that_speaks_no_http_is_a_failure(clock):
    with socket.create_server(("127.0.0.1", 0)) as other:
        keys = RemoteKeySet(f"http://127.0.0.1:{other.getsockname()[1]}/", ISSUER, clock=clock)

        def greet():
            connection, _ = other.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"220 secret.example ESMTP\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        with pytest.raises(KeysUnavailable, match=r"\(BadStatusLine\)") as caught:
            keys.refresh()
        thread.join()
    assert "secret" not in str(caught.value)


# Which keys are taken


def test_a_key_that_the_kit_has_no_use_for_is_passed_over(server, keys):
    unknown = [changed(OLD, kid="x", kty="AKP"), changed(OLD, kid="x", alg="ES999"), changed(OLD, kid="x", use="enc")]
    server.serve({"keys": [*unknown, OLD.to_jwk(), changed(NEW, kid="x", iss=OTHER_TENANT), "x", {}]})
    keys.refresh()
    assert [key.kid for key in keys] == ["old"]
    assert [kid for kid, _ in keys.skipped] == ["x", "x", "x", "x", None, None]
    reasons = ("takes a key with kty 'AKP'|for ES256 must have kty", "found 'ES999'", '"use": "sig"', "must belong to")
    assert all(re.search(reason, skipped.reason) for reason, skipped in zip(reasons, keys.skipped, strict=False))


def test_what_is_skipped_is_in_the_log_once_and_not_at_every_fetch(server, keys, clock, caplog):
    server.serve({"keys": [OLD.to_jwk(), changed(NEW, kid="once in the log", alg="ES999")]})
    for _ in range(3):
        keys.refresh()
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("scopekit", "WARNING")
    assert "Key 'once in the log': A key's alg must be one of" in record.getMessage()


def test_a_source_that_is_down_is_in_the_log_once_in_a_cooldown(server, guard, clock, caplog):
    server.serve(b"", status=500)
    for _ in range(60):
        guard.decide(bearer(clock))
        clock.advance(1)
    assert [record.getMessage() for record in caplog.records] == [
        f"The key set at {server.url} cannot be used: the answer has the status 500."
    ] * 2


def test_two_keys_with_one_kid_are_skipped_and_the_others_stay(server, keys):
    server.serve({"keys": [changed(NEW, kid="x"), changed(OLD, kid="x"), OLD.to_jwk(), OLD.to_jwk()]})
    keys.refresh()
    assert [key.kid for key in keys] == ["old"]
    assert [skipped.kid for skipped in keys.skipped] == ["x"]


# The algorithm of a JWK without `alg`


def rsa_jwks(**members):
    """A set with one RSA key, as Entra ID publishes it: without `alg`."""
    return {"keys": [changed(RSA, alg=None, iss=None, **members)]}


def test_a_jwk_without_alg_is_bound_by_the_operator(server, clock):
    server.serve(rsa_jwks())
    guard = Guard(
        RemoteKeySet(server.url, ISSUER, alg="RS256", clock=clock), audience="repos", profile=GITHUB, clock=clock
    )
    assert guard.decide(bearer(clock, RSA))


def test_where_neither_says_the_algorithm_the_error_says_how_to_say_it(server, keys):
    server.serve(rsa_jwks())
    with pytest.raises(KeysUnusable, match=r"Key 'rsa': The JWK has no alg, and its key fits RS256, .* alg='RS256'"):
        keys.refresh()


def test_an_operator_s_unknown_algorithm_is_refused_before_anything_is_fetched(server):
    with pytest.raises(KeyRefused, match="found 'RS265'; did you mean 'RS256'"):
        RemoteKeySet(server.url, ISSUER, alg=["ES256", "RS265"])
    assert server.asked == 0


# An issuer that stands for many

TENANTS = "https://login.example/{tid}/v2.0"


def test_a_set_of_a_template_speaks_for_every_tenant_and_a_jwk_s_own_issuer_narrows_it(server, clock):
    server.serve({"keys": [
        changed(RSA, iss=None, issuer="https://login.example/{tenantid}/v2.0"),
        changed(OLD, iss=None, issuer="https://login.example/9188/v2.0"),
        changed(NEW, iss=None, issuer="https://other.example/9188/v2.0"),
    ]})  # fmt: skip
    keys = RemoteKeySet(server.url, TENANTS, clock=clock)
    assert [key.kid for key in keys.of_issuer("https://login.example/7/v2.0")] == ["rsa"]
    assert [key.kid for key in keys.of_issuer("https://login.example/9188/v2.0")] == ["old", "rsa"]
    assert keys.of_issuer(TENANTS) == keys.of_issuer("https://login.example/a/b/v2.0") == ()
    assert keys.speaks_for("https://login.example/7/v2.0")
    assert not keys.speaks_for("https://other.example/7/v2.0")
    assert "names the owner 'https://other.example/9188/v2.0'" in keys.skipped[0].reason


# Without waiting


def test_a_fresh_set_does_not_wait_and_one_that_is_due_within_a_second_does(server, keys, clock):
    assert keys.waits
    keys.refresh()
    for seconds, waits in ((298, False), (1, True), (1, True)):
        clock.advance(seconds)
        assert keys.waits is waits


def test_without_waiting_a_known_key_is_found_and_what_needs_a_fetch_is_said(server, keys, clock):
    for ask in (lambda: keys.get("old", wait=False), lambda: keys.of_issuer(ISSUER, wait=False)):
        with pytest.raises(WouldWait):
            ask()
    assert server.asked == 0
    keys.refresh()
    assert keys.get("old", ISSUER, wait=False).kid == "old"
    assert [key.kid for key in keys.of_issuer(ISSUER, wait=False)] == ["old"]
    assert keys.get("unknown", wait=False) is None  # within the cooldown nothing is fetched
    clock.advance(30)
    with pytest.raises(WouldWait):
        keys.get("unknown", wait=False)
    assert server.asked == 1


def test_while_the_source_is_down_nothing_waits_until_the_cooldown_is_over(server, keys, clock):
    keys.refresh()
    server.stop()
    clock.advance(300)
    assert keys.get("old")
    assert not keys.waits
    assert keys.get("old", wait=False)
    clock.advance(29)
    assert keys.waits


def test_a_set_speaks_for_its_issuer_alone(server, keys, clock):
    server.serve({"keys": [changed(OLD, iss=None)]})
    assert keys.get("old").issuer == ISSUER
    assert keys.owned_by(OTHER_TENANT).get("old").issuer == ISSUER
    impostor = Issuer(Key("old", OLD.material, "ES256", OTHER_TENANT), GITHUB, "repos", clock).mint(["repo"])
    guard = Guard(keys, audience="repos", profile=GITHUB, clock=clock, issuer=OTHER_TENANT)
    assert told(guard.decide(f"Bearer {impostor}")) == (401, "invalid_token", "issuer")


def test_a_private_half_never_comes_from_a_set(keys):
    assert keys.get("old").verify_only
    assert "d" not in keys.to_jwks(private=True)["keys"][0]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
members = st.sampled_from(["kty", "crv", "x", "y", "n", "e", "alg", "use", "key_ops", "kid", "iss", "x5c"])


@given(key=st.sampled_from([OLD, NEW]), changes=st.dictionaries(members, json_values, max_size=3))
def test_any_jwk_gives_keys_or_is_refused(key, changes):
    body = json.dumps({"keys": [{**key.to_jwk(), **changes}]}).encode()
    try:
        found = public_keys(body, ISSUER)
    except KeyRefused:
        return
    assert [each.issuer for each in found] == [ISSUER]
    assert all(each.verify_only for each in found)


@given(body=st.binary(max_size=200) | json_values.map(lambda value: str(value).encode()))
def test_any_body_gives_keys_or_is_refused(body):
    with pytest.raises(KeyRefused):
        public_keys(body, ISSUER)


# Addresses


@pytest.mark.parametrize(
    "url",
    [
        "http://issuer.example/jwks", "http://localhost.issuer.example/", "http://10.0.0.1/", "ftp://127.0.0.1/",
        "file:///etc/hosts", "", "jwks.json", "https://", "https:///jwks", "https://user:secret@issuer.example/jwks",
        "https://issuer.example/a b", "https://issuer.example/\n", "https://issuer.example:port/", "https://[::1/",
        "https://issuer.example/é", "https://issuer.example/" + "x" * 2048, "http://127.0.0.1@issuer.example/",
    ],
)  # fmt: skip
def test_an_address_that_is_not_safe_is_refused_without_being_told(url):
    with pytest.raises(PolicyError, match="Keys must come from https://, or from http:// on this machine") as caught:
        RemoteKeySet(url, ISSUER)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://issuer.example/jwks", "http://localhost:8000/", "http://127.0.0.2/", "http://[::1]:80/x?y=z"]
)
def test_an_address_that_is_safe_is_taken(url):
    assert RemoteKeySet(url, ISSUER).url == url


@pytest.mark.parametrize("url", [None, 7, b"https://issuer.example/"], ids=str)
def test_what_is_no_text_is_no_address(url):
    with pytest.raises(PolicyError, match="Keys must come from https://"):
        RemoteKeySet(url, ISSUER)


def test_a_discovery_address_in_place_of_a_jwk_set_s_is_called_by_its_name():
    for place in ("openid-configuration", "oauth-authorization-server/a"):
        with pytest.raises(PolicyError, match=r"found a discovery address. DiscoveredKeySet takes the issuer's name"):
            RemoteKeySet(f"https://issuer.example/.well-known/{place}", ISSUER)


@pytest.mark.parametrize("issuer", ["", None, "a\nb"], ids=ascii)
def test_a_set_without_an_issuer_is_refused(issuer):
    with pytest.raises(PolicyError, match="A remote key set must belong to an issuer"):
        RemoteKeySet("https://issuer.example/jwks", issuer)


def test_no_error_holds_what_was_sent_or_asked_for(server, clock):
    keys = RemoteKeySet(f"{server.url}?key=secret", ISSUER, clock=clock)
    for body in (b"secret", {"keys": ["secret"]}, {"keys": [changed(OLD, x="secret!")]}, NO_KEYS["a secret"]):
        server.serve(body)
        with pytest.raises(KeysUnavailable) as caught:
            keys.refresh()
        assert "secret" not in str(caught.value).replace("it holds a secret", "")
    assert server.requests[-1][0] == "/jwks.json?key=secret"


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that nobody but its own context trusts, with its key, as one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a test")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + made.public_bytes(pem),
    )
    return file


@pytest.fixture
def tls_server(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = JwksServer(context)
    server.serve(jwks(OLD))
    server.start()
    yield server
    server.stop()


def test_a_certificate_that_is_not_trusted_is_a_failure(tls_server, clock):
    keys = RemoteKeySet(tls_server.url, ISSUER, clock=clock)
    with pytest.raises(KeysUnavailable, match=r"\(SSLCertVerificationError\)"):
        keys.refresh()
    assert tls_server.asked == 0


def test_a_set_is_fetched_over_tls(tls_server, certificate, clock):
    trusting = ssl.create_default_context(cafile=certificate)
    keys = RemoteKeySet(tls_server.url, ISSUER, clock=clock, tls=trusting)
    assert keys.get("old")


def test_a_slow_answer_over_tls_is_over_at_the_time_out(tls_server, certificate, clock):
    tls_server.serve(jwks(OLD), pieces=100, pause_seconds=0.05)
    trusting = ssl.create_default_context(cafile=certificate)
    keys = RemoteKeySet(tls_server.url, ISSUER, clock=clock, tls=trusting, timeout_seconds=0.3)
    with pytest.raises(KeysUnavailable, match=r"\(TimeoutError\)"):
        keys.refresh()


# Threads


def together(work, count=8):
    """What `work` gave in each of several threads that began at once."""
    ready, given = threading.Barrier(count), []

    def run():
        ready.wait()
        given.append(work())

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


def test_threads_that_need_the_set_at_once_share_one_fetch(server, keys):
    server.serve(jwks(OLD), pause_seconds=0.1)
    assert [key.kid for key in together(lambda: keys.get("old"))] == ["old"] * 8
    assert server.asked == 1


def test_threads_that_meet_a_new_key_at_once_share_one_fetch(server, keys, clock):
    keys.get("old")
    clock.advance(30)
    server.serve(jwks(OLD, NEW), pause_seconds=0.1)
    assert [key.kid for key in together(lambda: keys.get("new"))] == ["new"] * 8
    assert server.asked == 2


def test_while_one_thread_fetches_the_others_go_on_with_the_last_good_set(server, keys, clock):
    keys.get("old")
    clock.advance(300)
    server.serve(jwks(OLD), pause_seconds=1)
    took = []

    def timed():
        start = time.monotonic()
        assert keys.get("old")
        took.append(time.monotonic() - start)

    together(timed)
    assert sum(each < 0.9 for each in took) == 7
    assert server.asked == 2


def test_a_set_can_be_shared_by_a_guard_and_its_weakened_copy(server, guard, clock):
    weakened = guard.without("audience")
    assert guard.decide(bearer(clock))
    assert weakened.decide(bearer(clock))
    assert server.asked == 1
    assert isinstance(guard.policy.keys, KeySet)
