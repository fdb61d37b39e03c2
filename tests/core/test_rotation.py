import json

import pytest
from forging import API, ISSUER, NOW, OTHER_TENANT

from scopekit import GITHUB, Guard, Issuer, Key, KeySet, LessonClock, Rotation
from scopekit.errors import KeyRefused

FIRST, SECOND, THIRD = (Key.generate(kid, "ES256", ISSUER) for kid in ("k1", "k2", "k3"))
LIFETIME = 3600


@pytest.fixture
def clock():
    return LessonClock(NOW)


@pytest.fixture
def rotation(clock):
    """A rotation whose first key signs; the next one does 300 s after it was added."""
    return Rotation(FIRST, lifetime_seconds=LIFETIME, publish_seconds=300, clock=clock)


@pytest.fixture
def guard(rotation, clock):
    return Guard(rotation, audience=API, profile=GITHUB, clock=clock, leeway_seconds=0)


@pytest.fixture
def issuer(rotation, clock):
    return Issuer(rotation, GITHUB, API, clock)


def published(rotation):
    return [jwk["kid"] for jwk in rotation.to_jwks()["keys"]]


def test_the_next_key_is_published_before_it_signs(rotation, clock):
    rotation.add(SECOND)
    assert published(rotation) == ["k1", "k2"]
    clock.advance(299)
    assert rotation.signing_key() is FIRST
    clock.advance(1)
    assert rotation.signing_key() is SECOND


def test_the_old_key_is_retired_when_its_last_token_has_ended(rotation, clock):
    rotation.add(SECOND)
    clock.advance(300 + LIFETIME - 1)
    assert published(rotation) == ["k1", "k2"]
    clock.advance(1)
    assert published(rotation) == ["k2"]
    assert (rotation.get("k1"), rotation.of_issuer(ISSUER), len(rotation)) == (None, (SECOND,), 1)


def test_a_token_signed_before_or_after_any_step_verifies_until_it_ends(rotation, guard, issuer, clock):
    early = issuer.mint(["repo"])
    rotation.add(SECOND)
    while_published = issuer.mint(["repo"])
    clock.advance(299)
    last_of_the_first = issuer.mint(["repo"])
    clock.advance(1)
    first_of_the_second = issuer.mint(["repo"])
    kids = [each.header["kid"] for each in (early, while_published, last_of_the_first, first_of_the_second)]
    assert kids == ["k1", "k1", "k1", "k2"]
    assert all(guard.decide(f"Bearer {each}") for each in (early, while_published, last_of_the_first))
    clock.advance(LIFETIME - 2)
    assert guard.decide(f"Bearer {last_of_the_first}")
    assert guard.decide(f"Bearer {first_of_the_second}")


def test_a_retired_key_s_token_is_refused_though_it_was_believed_before(rotation, guard, issuer, clock):
    token = issuer.mint(["repo"], ttl_seconds=30 * 86400)
    rotation.add(SECOND)
    assert guard.decide(f"Bearer {token}")
    clock.advance(300 + LIFETIME)
    decision = guard.decide(f"Bearer {token}")
    assert (decision.status, decision.check) == (401, "key")


def test_a_verifier_that_fetched_the_keys_before_the_change_knows_the_next_key(rotation, issuer, clock):
    rotation.add(SECOND)
    fetched = KeySet.from_jwks(json.dumps(rotation.to_jwks()))
    clock.advance(300)
    guard = Guard(fetched, audience=API, profile=GITHUB, clock=clock)
    assert guard.decide(f"Bearer {issuer.mint(['repo'])}")


def test_a_rotation_never_publishes_a_private_key(rotation):
    rotation.add(SECOND)
    assert not any("d" in jwk for jwk in rotation.to_jwks()["keys"])
    assert repr(rotation) == "<Rotation: k1 (ES256), k2 (ES256)>"


def test_keys_go_on_taking_turns(rotation, clock):
    rotation.add(SECOND)
    clock.advance(300 + LIFETIME)
    rotation.add(THIRD)
    assert published(rotation) == ["k2", "k3"]
    clock.advance(300)
    assert rotation.signing_key() is THIRD


def test_a_clock_set_back_before_every_turn_leaves_a_key_to_sign(rotation, clock):
    rotation.add(SECOND)
    clock.advance(300 + LIFETIME)
    rotation.add(THIRD)
    clock.set(NOW)
    assert rotation.signing_key() is SECOND


def test_a_guard_s_issuer_does_not_take_over_a_rotation(rotation, clock):
    assert Guard(rotation, audience=API, issuer=OTHER_TENANT).policy.keys is rotation


# Withdrawing a key


def test_the_next_key_signs_at_once_when_a_stolen_key_is_withdrawn(rotation, guard, issuer):
    stolen = issuer.mint(["repo"])
    rotation.add(SECOND)
    assert guard.decide(f"Bearer {stolen}")
    rotation.withdraw("k1")
    decision = guard.decide(f"Bearer {stolen}")
    assert (decision.status, decision.check) == (401, "key")
    assert (rotation.signing_key(), published(rotation)) == (SECOND, ["k2"])
    assert guard.decide(f"Bearer {issuer.mint(['repo'])}")


def test_a_key_that_was_added_and_withdrawn_between_two_requests_opens_nothing(rotation, guard):
    """Its token was verified after the guard had asked for the version, and before the key was withdrawn."""
    seen = rotation.version
    rotation.add(SECOND)
    rotation.withdraw("k2")
    assert (published(rotation), rotation.version != seen) == (["k1"], True)
    assert rotation.version == rotation.version


def test_the_next_key_goes_before_the_last_one_and_goes_on_for_ever(rotation, clock):
    rotation.add(SECOND)
    clock.advance(300)
    rotation.add(THIRD)
    rotation.withdraw("k2")
    assert (rotation.signing_key(), published(rotation)) == (THIRD, ["k1", "k3"])
    clock.advance(LIFETIME)
    assert published(rotation) == ["k3"]
    clock.advance(100 * LIFETIME)
    assert rotation.signing_key() is THIRD


def test_without_a_next_key_the_last_one_signs_again_and_is_not_retired(rotation, issuer, clock):
    rotation.add(SECOND)
    clock.advance(300)
    assert rotation.signing_key() is SECOND
    rotation.withdraw("k2")
    clock.advance(10 * LIFETIME)
    assert (rotation.signing_key(), published(rotation)) == (FIRST, ["k1"])
    assert issuer.mint(["repo"]).header["kid"] == "k1"


def test_a_key_that_does_not_sign_yet_can_be_withdrawn_and_the_one_before_lives_until_the_one_after(rotation, clock):
    rotation.add(SECOND)
    clock.advance(200)
    rotation.add(THIRD)
    rotation.withdraw("k2")
    clock.advance(299)
    assert rotation.signing_key() is FIRST
    clock.advance(LIFETIME)
    assert (rotation.signing_key(), published(rotation)) == (THIRD, ["k1", "k3"])
    clock.advance(1)
    assert published(rotation) == ["k3"]


def test_a_withdrawn_key_leaves_at_least_one_and_must_be_there(rotation, clock):
    with pytest.raises(KeyRefused, match="'k1' is its only one, so add another before withdrawing it"):
        rotation.withdraw("k1")
    with pytest.raises(KeyRefused, match="this rotation has no key 'k9'"):
        rotation.withdraw("k9")
    rotation.add(SECOND)
    clock.advance(300 + LIFETIME)
    with pytest.raises(KeyRefused, match="'k2' is its only one"):
        rotation.withdraw("k2")
    assert rotation.signing_key() is SECOND


NOT_IN_TURN = {
    "a kid that is there": (Key.generate("k1", "ES256", ISSUER), "found 'k1' twice"),
    "another issuer's key": (Key.generate("k2", "ES256", OTHER_TENANT), "'k2' belongs to 'https://tenant-b.example/'"),
    "nobody's key": (Key.generate("k2", "ES256"), "'k2' belongs to None"),
    "a public key": (SECOND.public(), "'k2' only verifies"),
    "a secret among key pairs": (Key.generate("k2", issuer=ISSUER), "only key pairs; found both"),
}


@pytest.mark.parametrize(("key", "sentence"), NOT_IN_TURN.values(), ids=NOT_IN_TURN)
def test_a_rotation_refuses(rotation, key, sentence):
    with pytest.raises(KeyRefused, match=sentence):
        rotation.add(key)
    assert list(rotation) == [FIRST]


def test_a_rotation_does_not_begin_with_a_key_that_nobody_owns():
    with pytest.raises(KeyRefused, match="'k1' belongs to None"):
        Rotation(Key.generate("k1"), lifetime_seconds=LIFETIME)


def test_secrets_take_turns_too(clock):
    rotation = Rotation(Key.generate("k1", issuer=ISSUER), lifetime_seconds=LIFETIME, clock=clock)
    rotation.add(Key.generate("k2", issuer=ISSUER))
    assert [key.kid for key in rotation] == ["k1", "k2"]
    assert published(rotation) == []
