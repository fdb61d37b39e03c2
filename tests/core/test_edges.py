"""Small things that no other test looks at, found by changing the code one sign at a time."""

import pytest
from forging import CLAIMS, ISSUER, KEY, NOW, OTHER_SECRET, OTHER_TENANT, SECRET, forged, told, whole_guard, with_claims

from scopekit import (
    GITHUB,
    RFC9068,
    SEED_2014,
    Issuer,
    Key,
    KeySet,
    LessonClock,
    MemoryDenylist,
    Vocabulary,
    all_of,
    any_of,
)
from scopekit.errors import KeyRefused, PolicyError, ScopeError, VocabularyError
from scopekit.guard import MOST_REQUIREMENTS
from scopekit.http import authorize
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


@pytest.mark.parametrize("name", ["iat", "exp", "nbf", "client_id", "aud", "jti"])
def test_a_claim_that_has_a_check_of_its_own_is_lacked_there_and_not_before(name):
    profile = RFC9068.replace(claims=(name, "roles"), hint="client_id")
    assert profile.lacking({}) == "roles"


@pytest.mark.parametrize(("name", "other"), [("iss", "hint"), ("aud", "recipient"), ("jti", "token_id")])
def test_a_claim_whose_check_looks_at_another_one_is_lacked_as_any_other(name, other):
    assert RFC9068.replace(claims=(name,), **{other: "client_id"}).lacking({}) == name


def test_a_copy_of_a_guard_takes_its_audiences_as_a_new_guard_does():
    for changes in ({"audience": "repos"}, {"audiences": "repos"}, {"audiences": ["repos", "more"]}):
        copy = whole_guard(audience="other").replace(**changes)
        assert [copy.decide(f"Bearer {with_claims(aud=aud)}").status for aud in ("repos", "r")] == [200, 401]
    for wrong in (7, [7], b"repos"):
        with pytest.raises(PolicyError, match="A guard's audience must be text"):
            whole_guard().replace(audiences=wrong)


def test_a_copy_of_a_guard_with_another_profile_has_the_checks_of_that_profile():
    outdated = whole_guard(profile=SEED_2014)
    assert outdated.policy.off == {"type", "issuer", "audience", "time"}
    assert outdated.replace(profile=GITHUB).policy.off == set()
    lesson = outdated.without("time", "scopes").replace(profile=GITHUB)
    assert lesson.policy.off == {"time", "scopes"}
    assert whole_guard().replace(profile=SEED_2014).policy.off == outdated.policy.off


@pytest.mark.parametrize("name", ["off", "without"])
def test_checks_are_switched_off_by_their_own_method_alone(name):
    with pytest.raises(PolicyError, match=f"A guard has no setting '{name}'"):
        whole_guard().replace(**{name: frozenset({"time"})})


def test_a_token_whose_issuer_is_the_template_itself_belongs_to_no_tenant():
    template = "https://issuer.example/{tid}/"
    guard = whole_guard().replace(keys=KeySet([Key("k1", SECRET, issuer=template)]))
    fitting = {"https://issuer.example/a-1/": 200, "https://issuer.example/ä.b/": 200}
    odd = ["{tid}", "", "a/b", "a\\b", "a\u202eb", "a b", "a%2Fb", "a?b"]
    for iss, expected in {**fitting, **{f"https://issuer.example/{each}/": 401 for each in odd}}.items():
        assert guard.decide(f"Bearer {with_claims(iss=iss)}").status == expected, iss


def test_of_joined_sets_with_one_kid_the_issuer_s_own_key_comes_first():
    template = Key("k1", OTHER_SECRET, issuer="https://{tenant}.example/")
    for sets in ([KeySet([template]), KeySet([KEY])], [KeySet([KEY]), KeySet([template])]):
        assert KeySet.of(*sets).get("k1", "https://other.example/") == template
    both = KeySet([Key("k1", OTHER_SECRET, issuer=OTHER_TENANT), Key("k5", SECRET + b"5", issuer=ISSUER)])
    assert KeySet.of(both, KeySet([KEY])).get("k1", ISSUER) == KEY
    assert KeySet.of(both).get("k1", ISSUER).issuer == OTHER_TENANT  # so that the check `issuer` says whose it is


@pytest.mark.parametrize(
    ("headers", "found"),
    [({"Authorization": 7}, "the number 7"), ({7: "a"}, "the number 7"), ([(None, "a")], "null")],
    ids=["a number as a value", "a number as a name", "nothing as a name"],
)
def test_headers_of_another_type_are_told_by_their_type(guard, headers, found):
    with pytest.raises(PolicyError) as caught:
        authorize(guard, headers)
    assert str(caught.value) == f"authorize() needs names and values of headers as text or bytes; found {found}."


def test_a_header_without_a_value_was_not_sent_and_a_tuple_is_several(guard):
    assert told(authorize(guard, {"Authorization": None})) == (401, None, "credentials")
    assert authorize(guard, {"Authorization": (f"Bearer {forged()}",)})


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
    step = whole_guard().explain(f"Bearer {with_claims(iss=ISSUER + '/')}").step("issuer")
    assert step.found == f"iss '{ISSUER}/', where the key belongs to '{ISSUER}'; they differ by a slash"


def test_a_part_of_the_issuer_that_is_elsewhere_is_told():
    guard = whole_guard(profile=GITHUB.replace(in_issuer=("tid",)))
    found = guard.explain(f"Bearer {with_claims(tid='another')}").step("issuer").found
    assert found == f"tid 'another', which is not a part of iss {ISSUER!r}"


def test_milliseconds_are_told_with_their_remedy():
    step = whole_guard().explain(f"Bearer {with_claims(exp=NOW * 1000)}").step("time")
    assert step.fix == "Have the issuer write times in seconds since 1970 (RFC 7519 section 2)."


def test_a_guard_takes_a_token_of_just_its_limit_and_none_longer():
    text = forged()
    assert whole_guard(max_token_bytes=len(text)).decide(f"Bearer {text}")
    assert told(whole_guard(max_token_bytes=len(text) - 1).decide(f"Bearer {text}")) == (401, "invalid_token", "form")


def test_of_keys_with_one_kid_the_token_s_issuer_chooses_its_own():
    others = Key("k1", OTHER_SECRET, issuer=OTHER_TENANT)
    spare = Key("spare", SECRET + b"!", issuer=ISSUER)
    keys = KeySet([spare, KEY, others])
    assert (keys.get("k1", ISSUER), keys.get("k1", OTHER_TENANT)) == (KEY, others)
    assert (keys.get("k1"), keys.get("k1", "nobody")) == (None, None)
    guard = whole_guard().replace(keys=keys)
    assert guard.decide(f"Bearer {forged()}")
    assert guard.decide(f"Bearer {forged(claims={**CLAIMS, 'iss': OTHER_TENANT}, secret=OTHER_SECRET)}")


def test_without_a_kid_the_token_s_alg_chooses_among_its_issuer_s_keys():
    second = Key("k3", SECRET + SECRET, "HS512", issuer=ISSUER)
    guard = whole_guard().replace(keys=KeySet([KEY, second]))
    assert guard.decide(f"Bearer {forged(header={'alg': 'HS256', 'typ': 'JWT'})}")
    twice = guard.replace(keys=KeySet([KEY, Key("k3", SECRET + SECRET, issuer=ISSUER)]))
    assert told(twice.decide(f"Bearer {forged(header={'alg': 'HS256', 'typ': 'JWT'})}")) == (
        401, "invalid_token", "key",
    )  # fmt: skip


def test_a_claim_that_does_not_fit_the_profile_is_told_with_a_remedy():
    decision = whole_guard(profile=GITHUB.requiring(kind="access")).explain(f"Bearer {with_claims(kind='id')}")
    assert decision.description == "The token is not of the type that this API takes."
    assert decision.step("type").found == "kind 'id', where it must be 'access'"
    assert decision.step("type").fix == "Mint a token of profile GITHUB."


def test_a_claim_that_contradicts_the_issuer_is_told_with_a_remedy():
    decision = whole_guard(profile=GITHUB.replace(in_issuer=("tid",))).explain(f"Bearer {with_claims(tid='t')}")
    assert decision.description == "The token's issuer and another claim contradict each other."
    assert decision.step("issuer").fix == "Use another token."


def test_an_audience_that_differs_by_a_slash_is_told_so():
    found = whole_guard().explain(f"Bearer {with_claims(aud='repos/')}").step("audience").found
    assert found == "aud 'repos/', where this API is 'repos'; they differ by a slash"


def test_an_owner_bound_requirement_may_be_written_with_strings(guard):
    bound = OwnerBound("gist", "repo", ISSUER, "octocat")
    same = OwnerBound(any_of("gist"), any_of("repo"), ISSUER, "octocat")
    for sub, status in (("octocat", 200), ("hubot", 403)):
        header = f"Bearer {with_claims(sub=sub)}"
        assert [guard.decide(header, each).status for each in (bound, same)] == [status] * 2
        assert [guard.explain(header, each).needed for each in (bound, same)] == [same.of(ISSUER, sub)] * 2
    with pytest.raises(VocabularyError, match="'zebra' is not a scope"):
        guard.requirement(bound._replace(own="zebra"))


@pytest.mark.parametrize("private", ["no", 1, None, []])
def test_private_keys_are_written_only_for_true_itself(private):
    pair = KeySet([Key.generate("e1", "ES256", ISSUER)])
    assert pair.to_jwks(private=private) == pair.to_jwks()
    assert "d" in pair.to_jwks(private=True)["keys"][0]
    assert KeySet([KEY]).to_jwks(private=private) == {"keys": []}


@pytest.mark.parametrize(
    ("text", "kind"),
    {
        "a JWE": ("eyJhbGciOiJkaXIifQ..AAAA.AAAA.AAAA", "not: it is encrypted (JWE)."),
        "an opaque token": ("gho_16C7e42F292c6912E7710c838347Ae178B4a", "not: it is an opaque token."),
        "padding": ("eyJhbGciOiJFUzI1NiJ9==.e30=.AAAA", "not: it is padded with '='."),
        "two tokens": ("a.b.c a.b.c", "not."),
        "JSON": ('{"payload": "e30"}', "not."),
        "two parts": ("a.b", "not."),
        "nothing": ("", "not."),
    }.values(),
    ids=["a JWE", "an opaque token", "padding", "two tokens", "JSON", "two parts", "nothing"],
)
def test_a_text_that_is_no_token_is_named_for_what_it_is(text, kind):
    found = whole_guard().explain(f"Bearer {text}").step("form").found
    assert found == f"A token must be three parts of base64url with a dot between them; this text is {kind}"


def test_a_claim_that_is_missing_is_not_called_none():
    decision = whole_guard().explain(f"Bearer {with_claims(aud=None, iss=None)}")
    assert decision.step("audience").found == "no aud"
    assert decision.step("issuer").found == "no iss"


def test_an_id_that_is_too_long_is_told_with_its_length():
    found = whole_guard().explain(f"Bearer {with_claims(sub='x' * 300)}").step("form").found
    assert found.startswith("'sub' must be text of 1 to 255 characters without control characters; it is the text 'xxx")
    assert found.endswith("… of 300 characters.")


def test_a_list_of_audiences_with_a_number_in_it_differs_by_no_slash():
    found = whole_guard().explain(f"Bearer {with_claims(aud=['repos', 1])}").step("audience").found
    assert found == "aud ['repos', 1], where this API is 'repos'"


def test_a_lifetime_that_counts_from_1970_is_told_with_the_claim_that_is_missing():
    profile = GITHUB.replace(claims=("iss", "sub", "aud", "exp", "jti"))
    decision = whole_guard(profile=profile).explain(f"Bearer {with_claims(iat=None)}")
    assert told(decision) == (401, "invalid_token", "time")
    assert decision.step("time").found.startswith("no iat, so a lifetime from 1970 on of 16400 days, ")


def test_a_parent_whose_time_cannot_be_read_counts_as_issued_before_every_cut_off():
    denylist = MemoryDenylist(LessonClock(NOW))
    guard = whole_guard(denylist=denylist)
    claims = {"parent_jti": "parent", "parent_iat": NOW * 1000}
    assert guard.decide(f"Bearer {with_claims(**claims)}")
    denylist.cut_off(ISSUER, before=1)
    assert told(guard.decide(f"Bearer {with_claims(**claims)}")) == (401, "invalid_token", "revocation")
    assert guard.decide(f"Bearer {forged()}")


@pytest.mark.parametrize(
    ("jwk", "sentence"),
    [
        ({}, 'A JWK must be an object with a "kty" (RFC 7517 section 4); found something else.'),
        (
            {**KEY.to_jwk(private=True), "use": "enc"},
            'A key that verifies needs "verify" in "key_ops", and "use": "sig" (RFC 7517 section 4).',
        ),
    ],
    ids=["nothing", "for encryption"],
)
def test_a_jwk_that_is_no_key_for_signatures_is_told_to_the_letter(jwk, sentence):
    with pytest.raises(KeyRefused) as caught:
        Key.from_jwk(jwk)
    assert str(caught.value) == sentence
    with pytest.raises(KeyRefused) as caught:
        KeySet.from_jwks({"keys": [{**jwk, "kid": "a"}, jwk | {"kid": 7}]})
    assert str(caught.value).startswith(
        "A key set needs at least one key that verifies signatures; found none. Key 'a': "
    )
    assert str(caught.value).count("Key ") == 1


def test_the_algorithms_that_metadata_names_bind_a_key_that_names_none():
    jwk = {name: value for name, value in Key.generate("r", "RS256").to_jwk().items() if name != "alg"}
    (key,) = KeySet.from_jwks({"keys": [jwk]}, supported=["RS256"])
    assert key.alg == "RS256"


def test_what_is_no_key_set_is_told_by_its_kinds():
    with pytest.raises(KeyRefused) as caught:
        KeySet.of(KEY, "k")
    assert str(caught.value) == "KeySet.of needs one key set or several; found Key, str."


def test_of_joined_sets_the_keys_that_name_the_issuer_come_before_those_of_a_template():
    template = Key("t", SECRET + b"t", issuer="https://{tenant}.example/")
    named = Key("n", SECRET + b"n", issuer="https://issuer.example/")
    keys = KeySet.of(KeySet([template]), KeySet([named]), KeySet([Key("o", OTHER_SECRET, issuer=OTHER_TENANT)]))
    assert [key.kid for key in keys.of_issuer("https://issuer.example/")] == ["n", "t"]
    assert [key.kid for key in keys.of_issuer(None)] == []
    assert keys.get("t", "https://issuer.example/") == template
    assert keys.get("o", "https://issuer.example/").issuer == OTHER_TENANT


def test_in_one_of_joined_sets_too_the_token_s_issuer_chooses_among_keys_with_one_kid():
    others = Key("k1", OTHER_SECRET, issuer=OTHER_TENANT)
    keys = KeySet.of(KeySet([KEY, others]))
    assert (keys.get("k1", ISSUER), keys.get("k1", OTHER_TENANT)) == (KEY, others)
