"""Small things that no other test looks at, found by changing the code one sign at a time."""

import pytest
from forging import ISSUER, KEY, NOW, forged, told, whole_guard, with_claims

from scopekit import GITHUB, RFC9068, Issuer, Vocabulary, all_of, any_of
from scopekit.errors import PolicyError, ScopeError, VocabularyError
from scopekit.guard import MOST_REQUIREMENTS
from scopekit.requirements import OwnerBound
from scopekit.scopes import Scopes
from scopekit.testing import signing_for

NEEDED = "A requirement must be a scope, or any_of(...) or all_of(...) of scopes; found "


def test_of_several_ways_to_open_a_call_the_shortest_is_told():
    vocabulary = Vocabulary({"z": "all", "y": "more", "x": "least"}, implies={"z": ["y"], "y": ["x"]})
    assert any_of("x", "y").reason(["y"], vocabulary) == (("y",),)
    assert any_of(all_of("a", "b"), "c").reason(["a", "b", "c"]) == (("c",),)


def test_a_guard_explains_a_scope_that_is_written_as_a_string(guard):
    decision = guard.explain(f"Bearer {forged()}", "gist")
    assert told(decision) == (403, "insufficient_scope", "scopes")
    assert decision.needed == any_of("gist")


def test_an_allowed_call_has_nothing_to_describe(guard):
    assert guard.decide(f"Bearer {forged()}", "repo").description == ""


@pytest.mark.parametrize("found", [7, ["repo"], None], ids=["a number", "a list", "nothing"])
def test_what_is_no_requirement_is_told_by_its_kind(guard, found):
    with pytest.raises(ScopeError) as caught:
        guard.requirement(found)
    assert str(caught.value) == f"{NEEDED}{type(found).__name__}."
    assert caught.value.value is found


def test_every_scope_of_every_kind_of_requirement_is_checked_when_it_is_written(guard):
    owner = OwnerBound(any_of("repo"), any_of("zebra"), ISSUER, "octocat")
    other_owner = OwnerBound(any_of("zebra"), any_of("gist"), ISSUER, "octocat")
    for wrong in ("zebra", any_of("repo", "zebra"), all_of("repo", "zebra"), owner, other_owner):
        with pytest.raises(VocabularyError, match="'zebra' is not a scope of this API"):
            guard.requirement(wrong)
    right = owner._replace(own=any_of("gist"))
    assert guard.requirement(right) is right


def test_a_guard_remembers_its_strings_up_to_a_number_of_them_and_nothing_else():
    guard = whole_guard(vocabulary=Vocabulary({}))
    guard.requirement(any_of("other"))
    assert len(guard._requirements) == 0
    for number in range(MOST_REQUIREMENTS + 1):
        guard.requirement(f"s{number}")
    assert len(guard._requirements) == MOST_REQUIREMENTS
    assert guard.requirement("s0") is guard.requirement("s0")


def test_a_guard_says_that_it_trusts_the_key_of_a_test_and_says_nothing_else():
    guard = whole_guard()
    assert repr(guard) == "<Guard of 'repos', profile GITHUB>"
    with signing_for(guard, issuer=ISSUER):
        assert "TRUSTS A TEST KEY" in repr(guard)


@pytest.mark.parametrize("name", ["iss", "iat", "exp", "nbf", "client_id", "aud", "jti"])
def test_a_claim_that_has_a_check_of_its_own_is_lacked_there_and_not_before(name):
    profile = RFC9068.replace(claims=(name, "roles"), hint="client_id")
    assert profile.lacking({}) == "roles"


def test_a_profile_s_mistakes_are_told_to_the_letter():
    for changes, sentence in {
        "waives": ({"waives": ("signatur",)}, "What a profile waives must be one of"),
        "reader": ({"reader": 7}, "A profile's reader must be a function of the claims, or None; found 7."),
        "requires": (
            {"requires": {"tid": {}}},
            "A profile's requires must be claims with one value or several: text, a number, true, false, None; found",
        ),
    }.values():
        with pytest.raises(PolicyError) as caught:
            RFC9068.replace(**changes)
        assert str(caught.value).startswith(sentence)


def test_a_copy_that_reads_elsewhere_has_no_reader_left():
    profile = RFC9068.replace(reader=lambda claims: ["all"]).reading("roles")
    assert (profile.reader, profile.scopes({"roles": "notes:read"})) == (None, Scopes(["notes:read"]))


def test_a_lifetime_may_be_one_second_and_as_long_as_the_longest():
    profile = RFC9068.replace(ttl_seconds=1, max_ttl_seconds=1)
    assert (profile.ttl_seconds, profile.max_ttl_seconds) == (1, 1)


def test_an_issuer_writes_a_claim_whose_name_is_an_address_as_one_name():
    profile = RFC9068.reading("https://shop.example/roles")
    token = Issuer(KEY, audience="repos", profile=profile).mint(["notes:read"], subject="me", client_id="app")
    assert token.claims["https://shop.example/roles"] == "notes:read"


def test_only_a_space_stands_between_two_scopes():
    assert RFC9068.reading("roles").scopes({"roles": "a\tb c"}) == Scopes(["c"])


def test_scopes_of_another_kind_are_handed_on_with_the_error():
    with pytest.raises(ScopeError) as caught:
        RFC9068.reading("roles").scopes({"roles": 42})
    assert caught.value.value == 42


def test_an_owner_that_differs_by_a_slash_is_told_so():
    step = _step(whole_guard(), with_claims(iss=f"{ISSUER}/"), "issuer")
    assert step.found == f"iss '{ISSUER}/', where the key belongs to '{ISSUER}'; they differ by a slash"


def test_a_part_of_the_issuer_that_is_elsewhere_is_told():
    guard = whole_guard(profile=GITHUB.replace(in_issuer=("tid",)))
    found = _step(guard, with_claims(tid="another"), "issuer").found
    assert found == f"tid 'another', which is not a part of iss {ISSUER!r}"


def test_milliseconds_are_told_with_their_remedy():
    step = _step(whole_guard(), with_claims(exp=NOW * 1000), "time")
    assert step.fix == "Have the issuer write times in seconds since 1970 (RFC 7519 section 2)."


def _step(guard, text, check):
    [step] = [each for each in guard.explain(f"Bearer {text}").steps if each.check == check]
    return step
