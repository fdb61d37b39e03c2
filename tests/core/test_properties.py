import dataclasses
import json
from itertools import pairwise

import pytest
from forging import API, CLAIMS, HEADER, ISSUER, KEY, NOW, OTHER_SECRET, SECRET, forged, issuer, whole_guard
from hypothesis import given, settings
from hypothesis import strategies as st

from scopekit import (
    AUTH0_V2,
    GITHUB,
    RFC9068,
    SEED_2014,
    Guard,
    KeySet,
    LessonClock,
    OwnerBound,
    ScopeKitError,
    Vocabulary,
    all_of,
    any_of,
)
from scopekit.checks import CHECK_NAMES
from scopekit.scopes import NOTATIONS, convert, notation

CHARACTERS = [chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"\\']
AWKWARD = [":repo", "a:b:c", "repo:", ":", "::", "a::b", "read:users", "users", "read:read:users"]
names = st.text(CHARACTERS, min_size=1, max_size=8) | st.sampled_from(AWKWARD)
scope_sets = st.lists(names, max_size=8, unique=True)

odd_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from([2**53, -1, 1e18]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
GOOD = {
    "aud": [API, [API, "another"]],
    "nbf": [NOW, NOW - 5.5, 0],
    "exp": [NOW + 1, NOW + 59.5],
    "scopes": [["repo"], ["repo", "gist"]],
    "x": [1, None, {"a": []}],
}
BAD = {
    "aud": ["else", [], [API, 7]],
    "nbf": [NOW + 1, "now"],
    "exp": [NOW, NOW - 1, str(NOW + 60), 2**60],
    "iat": [NOW + 60, True],
    "jti": ["taken-back", "", 7],
    "iss": ["https://tenant-b.example/", "", None],
    "sub": [7, ""],
    "scopes": [[], ["gist"], "repo", ["repo gist"], {"repo": {}}],
    "parent_jti": ["taken-back", 5],
}


def one_change(table):
    return st.sampled_from(sorted(table)).flatmap(lambda name: st.tuples(st.just(name), st.sampled_from(table[name])))


changes = st.lists(one_change(GOOD) | one_change(BAD) | st.tuples(st.sampled_from(sorted(BAD)), odd_values), max_size=3)
removals = st.sets(st.sampled_from(sorted(CLAIMS)), max_size=1) | st.just(set())
headers = st.just(HEADER) | st.fixed_dictionaries(
    {},
    optional={
        "alg": st.sampled_from(["HS256", "none", "HS512", "RS256", "ES256", "EdDSA", ""]) | odd_values,
        "typ": st.sampled_from(["JWT", "at+jwt"]) | odd_values,
        "kid": st.sampled_from(["k1", "k2", "k3", "../../dev/null"]) | odd_values,
        "jwk": st.just({"kty": "oct", "alg": "HS256", "k": "AAAA" * 12}) | odd_values,
    },
)


@st.composite
def tokens(draw):
    """A token: good, or changed in its claims, header, signature or text."""
    claims = {**CLAIMS, **dict(draw(changes))}
    for name in draw(removals):
        claims.pop(name, None)
    text = forged(draw(headers), claims, draw(st.sampled_from([SECRET, SECRET, SECRET, OTHER_SECRET])))
    harm = draw(st.sampled_from(["nothing"] * 5 + ["pad", "cut", "unsign"]))
    return {"nothing": text, "pad": text + "=", "cut": text[:-1], "unsign": text.rpartition(".")[0] + "."}[harm]


NEED = any_of("public_repo")
weakenings = st.sets(st.sampled_from(CHECK_NAMES), max_size=len(CHECK_NAMES))


# Notations


@pytest.mark.parametrize("name", NOTATIONS)
@given(held=scope_sets)
def test_any_set_of_scopes_survives_each_notation(name, held):
    each = notation(name)
    assert sorted(each.read(each.write(held))) == sorted(held)


@given(held=scope_sets, read=st.sampled_from(list(NOTATIONS)), write=st.sampled_from(list(NOTATIONS)))
def test_any_set_of_scopes_survives_a_conversion_there_and_back(held, read, write):
    value = notation(read).write(held)
    back = convert(convert(value, read=read, write=write), read=write, write=read)
    assert sorted(notation(read).read(back)) == sorted(held)


@given(value=odd_values, name=st.sampled_from(list(NOTATIONS)))
def test_any_value_of_a_scope_claim_is_read_or_refused_in_a_sentence(value, name):
    try:
        read = notation(name).read(value)
    except ScopeKitError:
        return
    assert sorted(notation(name).read(notation(name).write(read))) == sorted(read)


# Decisions


@given(header=st.text() | st.text().map("Bearer {}".format) | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_any_authorization_header_gives_a_decision_and_never_an_exception(header):
    guard = whole_guard()
    assert not guard.decide(header, NEED)
    assert not guard.explain(header, NEED)


@given(st.lists(st.text(max_size=20) | tokens().map("Bearer {}".format), max_size=3), st.none() | st.text())
def test_any_number_of_headers_gives_the_same_decision_with_and_without_steps(header, query):
    guard = whole_guard()
    explained = guard.explain(header, NEED, query_token=query)
    assert dataclasses.replace(explained, steps=()) == guard.decide(header, NEED, query_token=query)


@given(text=tokens())
def test_decide_and_explain_agree_in_everything_but_the_steps(text):
    guard = whole_guard()
    decided, explained = guard.decide(f"Bearer {text}", NEED), guard.explain(f"Bearer {text}", NEED)
    assert decided == dataclasses.replace(explained, steps=())
    assert [step.check for step in explained.steps] == list(CHECK_NAMES)
    assert explained.allowed == all(step.verdict == "passed" for step in explained.steps)
    assert explained.check == next((step.check for step in explained.steps if step.verdict == "failed"), None)


@given(text=tokens() | st.text(), off=weakenings)
def test_a_decision_as_json_holds_no_token(text, off):
    explained = whole_guard().without(*off).explain(f"Bearer {text}", NEED)
    written = json.dumps(explained.to_json(private=True))
    assert json.loads(written)["allowed"] is explained.allowed
    assert text not in written or len(text) < 20


@given(text=tokens(), off=weakenings)
def test_json_for_everyone_holds_no_part_of_a_token(text, off):
    written = json.dumps(whole_guard().without(*off).explain(f"Bearer {text}", NEED).to_json())
    assert not any(part and part in written for part in text.split("."))


owners = st.sampled_from([ISSUER, "https://tenant-b.example/"])
subjects = st.sampled_from(["octocat", "mallory", ""])


@given(text=tokens(), issuer=owners, subject=subjects, query=st.none() | st.just("x"))
def test_decide_and_explain_agree_on_a_requirement_bound_to_an_owner(text, issuer, subject, query):
    guard, bound = whole_guard(), OwnerBound(any_of("gist"), any_of("repo"), issuer, subject)
    explained = guard.explain(f"Bearer {text}", bound, query_token=query)
    assert guard.decide(f"Bearer {text}", bound, query_token=query) == dataclasses.replace(explained, steps=())
    if explained and not explained.grants(any_of("gist")):
        assert (explained.token.claims["iss"], explained.token.claims["sub"]) == (issuer, subject)


@given(text=tokens(), off=weakenings)
def test_a_guard_with_checks_off_never_refuses_what_the_whole_guard_accepts(text, off):
    guard = whole_guard()
    if guard.decide(f"Bearer {text}", NEED):
        assert guard.without(*off).decide(f"Bearer {text}", NEED)


@given(text=tokens() | st.text(), off=weakenings)
def test_a_guard_with_checks_off_still_gives_a_decision_and_never_an_exception(text, off):
    guard = whole_guard().without(*off)
    decided, explained = guard.decide(f"Bearer {text}", NEED), guard.explain(f"Bearer {text}", NEED)
    assert decided.allowed == explained.allowed
    assert decided.check == explained.check


@settings(max_examples=300)
@given(data=st.data(), character=st.characters(max_codepoint=0x2FF))
def test_a_token_with_one_character_changed_anywhere_is_refused(data, character):
    text = forged()
    index = data.draw(st.integers(0, len(text) - 1))
    changed = text[:index] + character + text[index + 1 :]
    assert bool(whole_guard().decide(f"Bearer {changed}", NEED)) == (changed == text)


# Requirements and vocabularies

LETTERS = "abcdefgh"
vocabularies = st.sets(st.tuples(st.sampled_from(LETTERS), st.sampled_from(LETTERS)), max_size=12).map(
    lambda pairs: Vocabulary(
        dict.fromkeys(LETTERS, ""),
        implies={one: [other for above, other in pairs if above == one and one < other] for one in LETTERS},
    )
)
trees = st.recursive(
    st.sampled_from(LETTERS),
    lambda inner: st.tuples(st.sampled_from(["any", "all"]), st.lists(inner, min_size=1, max_size=3)),
    max_leaves=8,
)
held_letters = st.sets(st.sampled_from(LETTERS))


def built(tree):
    if isinstance(tree, str):
        return any_of(tree)
    kind, parts = tree
    return {"any": any_of, "all": all_of}[kind](*map(built, parts))


def holds(tree, held):
    if isinstance(tree, str):
        return tree in held
    kind, parts = tree
    return {"any": any, "all": all}[kind](holds(part, held) for part in parts)


@given(tree=trees, held=held_letters)
def test_a_nested_requirement_means_what_its_any_and_all_say(tree, held):
    assert built(tree).satisfied_by(frozenset(held)) == holds(tree, held)


@given(vocabulary=vocabularies, tree=trees, held=held_letters, more=held_letters)
def test_more_scopes_never_open_less(vocabulary, tree, held, more):
    requirement = built(tree)
    if requirement.satisfied_by(vocabulary.expand(held)):
        assert requirement.satisfied_by(vocabulary.expand(held | more))


@given(vocabulary=vocabularies, held=held_letters)
def test_normalised_scopes_open_all_that_was_held(vocabulary, held):
    normalised = vocabulary.normalise(sorted(held))
    assert vocabulary.expand(normalised) == vocabulary.expand(held)
    assert set(normalised) <= held


@given(vocabulary=vocabularies, held=held_letters, needed=st.sampled_from(LETTERS))
def test_there_is_a_way_to_just_the_scopes_that_are_implied(vocabulary, held, needed):
    way = vocabulary.through(held, needed)
    assert (way is not None) == (needed in vocabulary.expand(held))
    if way:
        assert way[0] in held
        assert way[-1] == needed
        assert all(below in vocabulary.children(above) for above, below in pairwise(way))


@given(vocabulary=vocabularies, tree=trees, held=held_letters)
def test_a_satisfied_requirement_has_a_reason_and_another_has_none(vocabulary, tree, held):
    requirement = built(tree)
    reason = requirement.reason(sorted(held), vocabulary)
    assert (reason is not None) == requirement.satisfied_by(vocabulary.expand(held))
    assert requirement.satisfied_by(frozenset(way[-1] for way in reason or ())) == (reason is not None)


@given(vocabulary=vocabularies, tree=trees)
def test_the_least_privileged_alternative_satisfies_its_requirement(vocabulary, tree):
    requirement = built(tree)
    least = requirement.least(vocabulary)
    assert requirement.satisfied_by(frozenset(least))
    assert all(len(vocabulary.expand(least)) <= len(vocabulary.expand(one)) for one in requirement.alternatives)


# Minting

PROFILES = {
    "AUTH0_V2": AUTH0_V2,
    "GITHUB": GITHUB,
    "RFC9068": RFC9068,
    "SEED_2014": SEED_2014,
    "structured": GITHUB.replace(notation=notation("structured")),
    "rar": RFC9068.replace(notation=notation("rar")),
}
TIMES_AND_IDS = ["iss", "sub", "client_id", "aud", "iat", "jti", "exp", "parent_jti"]
own_claims = st.dictionaries(
    st.sampled_from([*TIMES_AND_IDS, "scope", "scopes", "authorization_details", "x"]),
    odd_values | st.sampled_from(["text", NOW]),
    max_size=2,
)


def audience_of(profile):
    """For whom a profile's tokens are: the API, or the tenant whose key signs them."""
    return ISSUER if profile.hint == "aud" else API


lifetimes = st.none() | st.integers(-1, 8 * 10**6)
nbf = st.just({}) | st.fixed_dictionaries({"nbf": st.sampled_from([0, NOW, -1, 2**60, "now"]) | odd_values})


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@given(held=scope_sets, ttl=lifetimes, subject=st.text(max_size=4), own=own_claims, nbf=nbf)
def test_nothing_is_minted_that_its_own_guard_refuses(profile, held, ttl, subject, own, nbf):
    if isinstance(nbf.get("nbf"), int | float) and NOW < nbf["nbf"] < 2**53:
        return  # a token for later is refused until then, as it says
    try:
        maker = issuer(profile, audience=audience_of(profile))
        token = maker.mint(held, ttl_seconds=ttl, subject=subject, claims={**own, **nbf})
    except ScopeKitError:
        return
    audience, clock = audience_of(profile), LessonClock(NOW)
    guard = Guard(KeySet([KEY]), audience=audience, profile=profile, clock=clock, leeway_seconds=0)
    decision = guard.decide(f"Bearer {token}", all_of(*held))
    assert decision, decision.description
    assert decision.granted == set(held)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@given(held=scope_sets, ttl=st.integers(1, 86400))
def test_what_is_minted_with_scopes_and_a_lifetime_alone_is_never_refused(profile, held, ttl):
    audience, clock = audience_of(profile), LessonClock(NOW)
    token = issuer(profile, audience=audience).mint(held, ttl_seconds=ttl)
    guard = Guard(KeySet([KEY]), audience=audience, profile=profile, clock=clock, leeway_seconds=0)
    assert guard.decide(f"Bearer {token}", all_of(*held))
