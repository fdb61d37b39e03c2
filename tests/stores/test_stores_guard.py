"""A guard whose keys are fetched: what it decides at once, what it must wait for, and whose tokens it takes."""

import logging

import pytest
from test_stores_discovery import Provider

from scopekit import Guard, Issuer, Key, KeySet, LessonClock
from scopekit.errors import PolicyError
from scopekit.issuer import sign
from scopekit.profiles import ENTRA_V2, OKTA
from scopekit.stores.memory import MemoryDenylist

NOW, API = 1_800_000_000, "https://notes.example/"


@pytest.fixture
def provider():
    provider = Provider()
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def clock():
    return LessonClock(NOW)


@pytest.fixture
def key(provider):
    key = Key.generate("k1", "ES256", f"{provider.base}/realms/shop")
    provider.publish(key.issuer, key)
    return key


def bearer(key, clock, scopes=("notes:read",), **options):
    return f"Bearer {Issuer(key, audience=API, clock=clock).mint(scopes, **options)}"


def test_a_guard_finds_its_issuer_s_keys_by_name(provider, key, clock):
    guard = Guard.discover(key.issuer, audience=API, clock=clock)
    assert provider.asked == 0
    assert guard.decide(bearer(key, clock), "notes:read")
    assert provider.asked == 2


def test_a_guard_is_not_made_of_an_address_that_could_be_read_on_the_way():
    with pytest.raises(PolicyError, match="https://"):
        Guard.discover("http://login.example/realms/shop", audience=API)


def test_a_guard_decides_at_once_as_soon_as_its_keys_are_known(key, clock):
    guard = Guard.discover(key.issuer, audience=API, clock=clock)
    sent = bearer(key, clock)
    assert guard.decide_at_once(sent) is None
    assert guard.decide(sent)
    assert guard.decide_at_once(sent).allowed
    assert guard.decide_at_once(bearer(key, clock, ["other"]), "notes:read").status == 403
    clock.advance(300)
    assert guard.decide_at_once(bearer(key, clock)) is None


def test_a_kid_that_nobody_has_seen_is_waited_for_but_not_again_and_again(provider, key, clock):
    guard = Guard.discover(key.issuer, audience=API, clock=clock)
    guard.decide(bearer(key, clock))
    unknown = bearer(Key.generate("k2", "ES256", key.issuer), clock)
    clock.advance(60)
    assert guard.decide_at_once(unknown) is None
    asked = provider.asked
    assert guard.decide(unknown).check == "key"
    assert provider.asked == asked + 2
    assert guard.decide_at_once(unknown).check == "key"


def test_a_denylist_on_another_machine_is_always_waited_for(key, clock):
    class Elsewhere(MemoryDenylist):
        waits = True

    guard = Guard(KeySet([key]), audience=API, clock=clock, denylist=Elsewhere())
    assert guard.decide_at_once(bearer(key, clock)) is None


def test_an_issuer_that_answers_for_another_is_named_and_not_waited_for(provider, key, clock):
    provider.documents["/realms/shop/.well-known/openid-configuration"]["issuer"] += "/"
    step = Guard.discover(key.issuer, audience=API, clock=clock).explain(bearer(key, clock)).step("key")
    assert "they differ by a slash" in step.found
    assert step.fix == "Correct the source of the keys."
    provider.stop()
    down = Guard.discover(key.issuer, audience=API, clock=clock).explain(bearer(key, clock)).step("key")
    assert down.fix == "Try again later."


def test_several_issuers_share_a_guard_and_none_speaks_for_another(provider, key, clock):
    other = Key.generate("k1", issuer="https://issuer.example/")
    remote = Guard.discover(key.issuer, audience=API, clock=clock).policy.keys
    guard = Guard(KeySet.of(remote, KeySet([other])), audience=API, clock=clock)
    assert guard.decide(bearer(key, clock)).token.claims["iss"] == key.issuer
    assert guard.decide(bearer(other, clock)).token.claims["iss"] == other.issuer
    claims = dict(Issuer(other, audience=API, clock=clock).mint([]).claims) | {"iss": key.issuer}
    forged = sign({"alg": other.alg, "typ": "at+jwt", "kid": "k1"}, claims, other)
    assert guard.decide(f"Bearer {forged}").status == 401
    stranger = bearer(Key("k9", other.material, issuer="https://stranger.example/"), clock)
    assert guard.decide(stranger).check == "key"


def test_a_guard_that_finds_its_keys_has_the_settings_of_any_other(provider, clock):
    key = Key.generate("r1", "PS256", f"{provider.base}/realms/shop")
    provider.publish(key.issuer, {name: value for name, value in key.to_jwk().items() if name != "alg"})
    settings = {"audience": API, "clock": clock, "alg": "PS256", "profile": OKTA, "leeway_seconds": 5}
    policy = Guard.discover(key.issuer, **settings).policy
    assert (policy.profile, policy.leeway_seconds) == (OKTA, 5)
    assert [each.alg for each in policy.keys.of_issuer(key.issuer)] == ["PS256"]


@pytest.fixture(params=[False, True], ids=["alone", "joined"])
def found(request, key, clock):
    """A guard whose keys are found by the issuer's name: all of them, or those of one of its two issuers."""
    keys = Guard.discover(key.issuer, audience=API, clock=clock).policy.keys
    local = KeySet([Key.generate("local", issuer="https://issuer.example/")])
    return Guard(KeySet.of(local, keys) if request.param else keys, audience=API, clock=clock)


def test_a_token_without_a_kid_waits_for_its_issuer_s_keys_and_is_not_decided_before(found, provider, key, clock):
    claims = dict(Issuer(key, audience=API, clock=clock).mint([]).claims)
    sent = f"Bearer {sign({'alg': 'ES256', 'typ': 'at+jwt'}, claims, key)}"
    assert found.decide_at_once(sent) is None
    assert provider.asked == 0
    assert found.decide(sent)
    assert found.decide_at_once(sent)


def test_a_kid_that_is_not_known_is_not_decided_at_once(found, provider, key, clock):
    found.decide(bearer(key, clock))
    clock.advance(60)
    asked = provider.asked
    assert found.decide_at_once(bearer(Key.generate("k2", "ES256", key.issuer), clock)) is None
    assert provider.asked == asked


def test_a_token_of_one_issuer_never_waits_for_the_keys_of_another(provider, key, clock):
    local = Key.generate("local", issuer="https://issuer.example/")
    remote = Guard.discover(key.issuer, audience=API, clock=clock).policy.keys
    guard = Guard(KeySet.of(KeySet([local]), remote), audience=API, clock=clock)
    claims = dict(Issuer(local, audience=API, clock=clock).mint([]).claims)
    assert guard.decide(f"Bearer {sign({'alg': 'HS256', 'typ': 'at+jwt'}, claims, local)}")
    assert guard.decide(bearer(Key.generate("other", issuer=local.issuer), clock)).check == "key"
    assert provider.asked == 0
    assert [each.kid for each in guard.policy.keys.of_issuer(key.issuer)] == ["k1"]
    assert provider.asked == 2


def test_one_key_set_serves_all_tenants_and_a_tenant_s_own_id_must_be_in_its_name(clock):
    template = "https://login.microsoftonline.com/{tid}/v2.0"
    key = Key.generate("e1", "RS256", template)
    guard = Guard(KeySet([key.public()]), audience=API, profile=ENTRA_V2, clock=clock)

    def decided(iss, tid):
        claims = {
            "iss": iss, "sub": "s", "aud": API, "tid": tid, "ver": "2.0", "azp": "app", "iat": NOW, "exp": NOW + 60,
            "uti": "u1", "scp": "notes:read",
        }  # fmt: skip
        token = sign({"alg": "RS256", "typ": "JWT", "kid": "e1"}, claims, key)
        return guard.decide(f"Bearer {token}", "notes:read")

    mine = "https://login.microsoftonline.com/tenant-a/v2.0"
    assert decided(mine, "tenant-a")
    assert decided(mine, "tenant-b").check == "issuer"
    assert decided("https://login.microsoftonline.com/a/b/v2.0", "a").check == "issuer"
    assert decided("https://login.microsoftonline.com.evil.example/tenant-a/v2.0", "tenant-a").check == "issuer"
    guard.policy.denylist.cut_off(mine, NOW + 1)
    assert decided(mine, "tenant-a").check == "revocation"
    assert decided("https://login.microsoftonline.com/tenant-b/v2.0", "tenant-b")


# What the application hears


def test_each_decision_is_told_with_its_seconds(key, clock):
    heard = []
    guard = Guard(
        KeySet([key]),
        audience=API,
        clock=clock,
        on_decision=lambda decision, seconds: heard.append((decision, seconds)),
    )
    sent = bearer(key, clock)
    made = [guard.decide(sent), guard.decide(sent), guard.decide(None), guard.decide_at_once(sent)]
    assert [decision for decision, _ in heard] == made
    assert all(0 < seconds < 1 for _, seconds in heard)


def test_what_is_told_never_changes_the_decision(key, clock, caplog):
    def fails(decision, seconds):
        raise ValueError(str(decision.token))

    guard = Guard(KeySet([key]), audience=API, clock=clock, on_decision=fails)
    sent = bearer(key, clock)
    with caplog.at_level(logging.WARNING, "scopekit"):
        assert guard.decide(sent)
    assert [record.getMessage() for record in caplog.records] == ["on_decision failed: ValueError"]
    assert sent.removeprefix("Bearer ") not in caplog.text
