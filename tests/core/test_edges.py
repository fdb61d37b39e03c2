"""The edges of the core's rules: the exact bound, the claim that is missing, the whole sentence."""

from __future__ import annotations

import pytest
from forging import API, CLAIMS, ISSUER, KEY, NOW, OTHER_KEY, SECRET, forged, told, whole_guard, with_claims

from scopekit import GITHUB, SEED_2014, Guard, Key, KeySet, LessonClock, MemoryDenylist, Vocabulary, any_of
from scopekit.checks import CHECKS
from scopekit.errors import KeyRefused, ScopeError
from scopekit.guard import MOST_CALLS
from scopekit.keys import ALGORITHMS, LEAST_EXPONENT

PLAIN = GITHUB._replace(claims=("iss", "aud", "jti"))
"""A profile whose tokens need no time at all."""
WITHOUT_KID = {"alg": "HS256", "typ": "JWT"}
WITHOUT_TIMES = {name: value for name, value in CLAIMS.items() if name not in ("iat", "exp")}


def step_of(decision, name):
    [step] = [step for step in decision.steps if step.check == name]
    return step


# Requirements


def test_of_two_satisfied_alternatives_the_reason_has_the_shorter_chain():
    need = any_of("a_child", "z_granted")
    vocabulary = Vocabulary({"root": "", "a_child": "", "z_granted": ""}, implies={"root": ["a_child"]})
    assert need.reason(["root", "z_granted"], vocabulary) == (("z_granted",),)


def test_a_requirement_without_an_alternative_is_refused_in_a_sentence():
    with pytest.raises(ScopeError, match=r"^A requirement without an alternative could never be satisfied; name"):
        any_of()


# Times


def test_a_token_without_times_is_good_from_the_first_second_on():
    guard = whole_guard(profile=PLAIN, clock=LessonClock(0))
    decision = guard.explain(f"Bearer {forged(claims=WITHOUT_TIMES)}")
    assert decision
    assert step_of(decision, "time").found == "it is 1970-01-01 00:00:00 UTC"


@pytest.mark.parametrize(("ends", "allowed"), [(GITHUB.max_ttl_seconds, True), (GITHUB.max_ttl_seconds + 0.5, False)])
def test_a_token_without_a_start_lives_from_1970(ends, allowed):
    guard = whole_guard(profile=PLAIN, clock=LessonClock(0))
    assert guard.decide(f"Bearer {forged(claims={**WITHOUT_TIMES, 'exp': ends})}").allowed is allowed


# Revocation


def test_a_cut_off_spares_what_was_issued_at_that_time():
    denylist = MemoryDenylist()
    denylist.cut_off(ISSUER, NOW)
    guard = whole_guard(denylist=denylist)
    assert guard.decide(f"Bearer {forged()}")
    assert told(guard.decide(f"Bearer {with_claims(iat=NOW - 1)}")) == (401, "invalid_token", "revocation")


def test_a_token_that_does_not_say_when_it_was_issued_ends_with_every_cut_off():
    denylist = MemoryDenylist()
    denylist.cut_off(ISSUER, 1)
    guard = whole_guard(profile=PLAIN, denylist=denylist)
    assert told(guard.decide(f"Bearer {forged(claims=WITHOUT_TIMES)}")) == (401, "invalid_token", "revocation")


def test_a_token_of_a_key_without_an_owner_is_revoked_under_the_empty_name():
    denylist = MemoryDenylist()
    guard = Guard(KeySet([Key("k1", SECRET)]), profile=SEED_2014, clock=LessonClock(NOW), denylist=denylist)
    header = f"Bearer {forged()}"
    assert guard.decide(header)
    denylist.revoke("", "id-1")
    assert told(guard.decide(header)) == (401, "invalid_token", "revocation")


def test_a_token_needs_no_id_if_its_profile_waives_the_id():
    guard = Guard(KeySet([KEY]), profile=SEED_2014, clock=LessonClock(NOW), denylist=MemoryDenylist())
    assert guard.decide(f"Bearer {with_claims(jti=None)}")


# Keys


def test_a_token_that_names_no_owner_is_not_checked_with_a_key_that_has_none():
    guard = Guard(KeySet([Key("k1", SECRET), OTHER_KEY]), profile=SEED_2014, clock=LessonClock(NOW))
    decision = guard.explain(f"Bearer {forged(WITHOUT_KID, {'iat': NOW, 'jti': 'id-1', 'scopes': []})}")
    assert (decision.check, step_of(decision, "key").found) == ("key", "no kid, and several keys")


@pytest.mark.parametrize("name", [name for name, kind in ALGORITHMS.items() if not kind.needs_secret])
def test_a_new_key_has_the_size_of_its_algorithm(name):
    kind, key = ALGORITHMS[name], Key.generate("k", name)
    public = key._public
    if kind.kty == "RSA":
        assert (public.key_size, public.public_numbers().e) == (kind.least, LEAST_EXPONENT)
    elif kind.kty == "EC":
        assert {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}[public.curve.name] == kind.curve
    else:
        assert type(public).__name__.startswith("Ed25519")


def test_a_jwk_without_a_kid_is_refused():
    jwk = {name: value for name, value in KEY.to_jwk(private=True).items() if name != "kid"}
    with pytest.raises(KeyRefused, match="printable ASCII characters; found ''"):
        Key.from_jwk(jwk)


@pytest.mark.parametrize(
    ("jwk", "sentence"),
    [
        ({"use": "enc"}, r'^A key that verifies needs "verify" in "key_ops", and "use": "sig" \(RFC 7517'),
        ({"iss": "https://other.example/"},
         r"^The key must belong to 'https://issuer\.example/'; its JWK names the owner 'https://other\.example/'\.$"),
    ],
    ids=["use", "owner"],
)  # fmt: skip
def test_a_jwk_that_is_refused_is_told_why(jwk, sentence):
    with pytest.raises(KeyRefused, match=sentence):
        Key.from_jwk({**KEY.to_jwk(private=True), **jwk}, ISSUER)


def test_a_text_is_not_a_jwk_set():
    with pytest.raises(KeyRefused, match=r'^A JWK Set must be an object with a list "keys"; found something else\.$'):
        KeySet.from_jwks("keys")


# What is recorded


def test_each_step_says_where_it_looked_and_by_which_rule(guard):
    documented = {check.name: (check.looked_at, check.rule) for check in CHECKS}
    passed, failed, off = (
        guard.explain(f"Bearer {forged()}"), guard.explain(f"Bearer {with_claims(aud='other')}"),
        guard.without("audience").explain(f"Bearer {forged()}"),
    )  # fmt: skip
    assert (step_of(failed, "audience").verdict, step_of(off, "audience").verdict) == ("failed", "off")
    for decision in (passed, failed, off):
        assert {step.check: (step.looked_at, step.rule) for step in decision.steps} == documented


def test_a_known_token_keeps_exactly_so_many_calls(guard):
    header = f"Bearer {with_claims(aud=[API])}"
    needs = [any_of("repo", f"gist{number}") for number in range(MOST_CALLS + 1)]
    for need in needs[:-1]:
        assert guard.decide(header, need)
    [known] = guard._cache._known.values()
    assert len(known.allowed) == MOST_CALLS
    assert guard.decide(header, needs[-1])
    assert len(known.allowed) == 1
