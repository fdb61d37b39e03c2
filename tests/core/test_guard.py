import pytest
from forging import (
    API,
    CLAIMS,
    HEADER,
    ISSUER,
    KEY,
    NOW,
    OTHER_KEY,
    OTHER_SECRET,
    OTHER_TENANT,
    SECRET,
    VOCABULARY,
    forged,
    issuer,
    told,
    whole_guard,
    with_claims,
    with_header,
)

from scopekit import (
    NO_SCOPE,
    RFC9068,
    SEED_2014,
    Guard,
    Key,
    KeySet,
    LessonClock,
    SystemClock,
    Vocabulary,
    all_of,
    any_of,
)
from scopekit.checks import CHECK_NAMES
from scopekit.errors import PolicyError, ScopeError
from scopekit.wording import human_span, human_time

# How a guard is made


@pytest.mark.parametrize("audience", [None, ""], ids=["none", "blank"])
def test_a_guard_without_an_audience_is_refused(audience):
    with pytest.raises(PolicyError, match="A guard needs an audience"):
        whole_guard(audience=audience)


def test_a_guard_with_a_key_that_nobody_owns_is_refused():
    with pytest.raises(PolicyError, match="A guard's keys need an issuer; key 'orphan' has none"):
        Guard(KeySet([KEY, Key("orphan", SECRET)]), audience=API)


def test_a_guard_s_issuer_owns_the_keys_that_nobody_else_does():
    guard = Guard(KeySet([Key("k1", SECRET), OTHER_KEY]), audience=API, issuer=ISSUER, clock=LessonClock(NOW))
    token = issuer(RFC9068, key=Key("k1", SECRET, issuer=ISSUER)).mint(["repo"])
    assert guard.decide(f"Bearer {token}")
    assert guard.policy.keys.get("k2").issuer == OTHER_TENANT


@pytest.mark.parametrize("leeway", [-1, 301, 86400, float("nan"), float("inf")])
def test_a_leeway_of_more_than_five_minutes_is_refused(leeway):
    with pytest.raises(PolicyError, match="The leeway must be from 0 to 300 s; found"):
        whole_guard(leeway_seconds=leeway)


def test_a_guard_in_one_line_takes_today_s_standard_by_the_machine_s_clock():
    guard = Guard(KeySet([KEY]), audience=API)
    assert guard.policy.profile is RFC9068
    assert isinstance(guard.policy.clock, SystemClock)
    assert (guard.policy.off, guard.policy.leeway_seconds) == (frozenset(), 60)


def test_a_guard_of_the_article_s_tokens_does_without_four_checks_and_says_so():
    guard = Guard(KeySet([Key("k1", SECRET)]), profile=SEED_2014)
    assert guard.policy.off == {"type", "issuer", "audience", "time"}
    assert repr(guard) == "<Guard of None, profile SEED_2014, CHECKS OFF: type, issuer, audience, time>"


# Checks off


def test_an_unknown_check_cannot_be_switched_off(guard):
    with pytest.raises(PolicyError, match=r"A check must be one of credentials, form, .*; found 'signatur'"):
        guard.without("signatur")


def test_without_makes_another_guard_and_leaves_this_one_whole(guard):
    weakened = guard.without("signature")
    assert weakened is not guard
    assert (weakened.policy.off, guard.policy.off) == ({"signature"}, frozenset())
    assert guard.decide(f"Bearer {forged(secret=OTHER_SECRET)}").check == "signature"


def test_checks_are_switched_off_one_after_another(guard):
    assert guard.without("time").without("audience", "time").policy.off == {"time", "audience"}
    assert guard.without().policy.off == frozenset()


def test_a_guard_with_checks_off_says_so_in_its_repr_and_in_every_decision(guard):
    weakened = guard.without("scopes", "signature")
    assert repr(guard) == "<Guard of 'repos', profile GITHUB>"
    assert repr(weakened) == "<Guard of 'repos', profile GITHUB, CHECKS OFF: signature, scopes>"
    for header in (f"Bearer {forged()}", None):
        assert weakened.decide(header).off == ("signature", "scopes")
        assert "(CHECKS OFF: signature, scopes)" in repr(weakened.decide(header))


def test_a_guard_with_all_checks_off_still_needs_a_token(guard):
    unguarded = guard.without(*CHECK_NAMES)
    assert unguarded.decide(f"Bearer {forged({'kid': 'k1'}, {}, b'no key')}")
    assert not unguarded.decide(None)


# Keys and tenants


def test_a_token_without_a_kid_is_checked_with_its_issuer_s_only_key(guard):
    header = {"alg": "HS256", "typ": "JWT"}
    assert guard.decide(f"Bearer {forged(header)}")
    assert guard.decide(f"Bearer {forged(header, {**CLAIMS, 'iss': OTHER_TENANT}, OTHER_SECRET)}")


def test_a_token_without_a_kid_of_an_issuer_with_two_keys_is_refused():
    keys = KeySet([KEY, Key("k3", OTHER_SECRET, issuer=ISSUER)])
    guard = Guard(keys, audience=API, clock=LessonClock(NOW))
    decision = guard.explain(f"Bearer {forged({'alg': 'HS256', 'typ': 'at+jwt'})}")
    assert told(decision) == (401, "invalid_token", "key")
    assert decision.step("key").found == "no kid, and several keys"


def test_a_token_without_a_kid_cannot_choose_its_key_by_naming_another_tenant(guard):
    text = forged({"alg": "HS256", "typ": "JWT"}, {**CLAIMS, "iss": OTHER_TENANT}, SECRET)
    assert told(guard.decide(f"Bearer {text}")) == (401, "invalid_token", "signature")


def test_two_tenants_share_a_guard_and_each_speaks_for_itself(guard):
    ours = forged()
    theirs = forged({**HEADER, "kid": "k2"}, {**CLAIMS, "iss": OTHER_TENANT}, OTHER_SECRET)
    assert guard.decide(f"Bearer {ours}").token.claims["iss"] == ISSUER
    assert guard.decide(f"Bearer {theirs}").token.claims["iss"] == OTHER_TENANT


def test_one_tenant_s_revocation_leaves_the_same_id_of_another_alone(guard):
    text = forged({**HEADER, "kid": "k2"}, {**CLAIMS, "iss": OTHER_TENANT, "jti": "taken-back"}, OTHER_SECRET)
    assert guard.decide(f"Bearer {text}")
    assert not guard.decide(f"Bearer {with_claims(jti='taken-back')}")


# The standard's tokens


@pytest.mark.parametrize(
    ("typ", "accepted"),
    [("at+jwt", True), ("application/at+jwt", True), ("JWT", False), ("at+JWT ", False), ("", False)],
)
def test_an_access_token_has_the_standard_s_type(typ, accepted):
    claims = {**CLAIMS, "client_id": "octocat", "scope": "repo"}
    guard = whole_guard(profile=RFC9068)
    assert guard.decide(f"Bearer {forged({**HEADER, 'typ': typ}, claims)}").allowed == accepted


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("iss", "issuer"),
        ("sub", "type"),
        ("client_id", "type"),
        ("aud", "audience"),
        ("iat", "time"),
        ("exp", "time"),
        ("jti", "revocation"),
    ],
)
def test_an_access_token_lacks_none_of_the_standard_s_claims(name, check):
    claims = {key: value for key, value in {**CLAIMS, "client_id": "octocat"}.items() if key != name}
    text = forged({**HEADER, "typ": "at+jwt"}, claims)
    assert told(whole_guard(profile=RFC9068).decide(f"Bearer {text}")) == (401, "invalid_token", check)


# Decisions


def test_a_decision_is_true_where_the_request_may_go_on(guard):
    assert bool(guard.decide(f"Bearer {forged()}")) is True
    assert bool(guard.decide(None)) is False


def test_an_allowed_decision_carries_the_token_and_the_scopes_it_grants(guard):
    decision = guard.decide(f"Bearer {forged()}", any_of("public_repo"))
    assert (decision.status, decision.error, decision.check) == (200, None, None)
    assert str(decision.token) == forged()
    assert decision.granted == {"repo", "public_repo", "repo:status"}


def test_a_refusal_carries_neither_token_nor_scopes(guard):
    for text in (with_claims(scopes=["gist"]), with_claims(exp=1), "rubbish"):
        decision = guard.explain(f"Bearer {text}", any_of("repo"))
        assert (decision.token, decision.granted) == (None, frozenset())


def test_a_decision_grants_a_further_requirement_or_does_not(guard):
    decision = guard.decide(f"Bearer {forged()}")
    assert decision.grants(any_of("repo:status"))
    assert decision.grants(NO_SCOPE)
    assert decision.grants("repo:status")
    assert not decision.grants("gist")
    with pytest.raises(ScopeError, match="A scope must be"):
        decision.grants(["repo:status"])
    assert not decision.grants(any_of("gist"))


def test_without_the_check_scopes_a_decision_grants_everything(guard):
    decision = guard.without("scopes").decide(f"Bearer {with_claims(scopes=[])}", any_of("repo"))
    assert decision.grants(any_of("gist"))


def test_a_refusal_grants_nothing_not_even_what_needs_no_scope(guard):
    assert not guard.decide(None).grants(NO_SCOPE)


def test_a_decision_cannot_be_changed(guard):
    with pytest.raises(AttributeError):
        guard.decide(None).allowed = True


def test_a_call_that_needs_no_scope_opens_to_any_good_token(guard):
    assert guard.decide(f"Bearer {with_claims(scopes=None)}")
    assert not guard.decide(f"Bearer {forged(secret=OTHER_SECRET)}")


# Steps


def test_a_decision_has_steps_only_where_they_were_asked_for(guard):
    assert guard.decide(f"Bearer {forged()}").steps == ()
    assert [step.check for step in guard.explain(f"Bearer {forged()}").steps] == list(CHECK_NAMES)


def test_explain_names_the_scope_that_opened_the_call(guard):
    decision = guard.explain(f"Bearer {forged()}", any_of("repo", "gist"))
    assert decision.step("scopes").found == "repo is held"


def test_explain_names_the_ancestor_through_which_a_scope_is_held(guard):
    decision = guard.explain(f"Bearer {forged()}", all_of("public_repo", "repo:status"))
    assert decision.step("scopes").found == "public_repo is held through repo, repo:status is held through repo"


def test_explain_says_what_was_held_and_the_least_that_would_do(guard):
    decision = guard.explain(f"Bearer {with_claims(scopes=['gist'])}", any_of("repo", "public_repo"))
    assert decision.step("scopes").found == "holds gist"
    assert decision.step("scopes").fix == "Mint a token with public_repo."
    assert decision.least == ("public_repo",)


def test_the_least_of_a_refusal_is_reckoned_by_what_scopes_imply(guard):
    decision = guard.decide(f"Bearer {with_claims(scopes=[])}", any_of("repo", "repo:status"))
    assert decision.least == ("repo:status",)


def test_every_failed_step_says_how_to_pass_and_no_other_does(guard):
    decision = guard.explain(f"Bearer {with_claims(exp=1, iat=0, aud='else', scopes=[])}", any_of("repo"))
    for step in decision.steps:
        assert (step.fix != "") == (step.verdict == "failed")


def test_explain_goes_on_after_the_first_refusal_and_the_answer_stays_the_first(guard):
    decision = guard.explain(f"Bearer {with_claims(aud='else', exp=NOW - 60, iat=NOW - 120)}", any_of("gist"))
    assert decision.check == "audience"
    assert [step.check for step in decision.steps if step.verdict == "failed"] == ["audience", "time", "scopes"]
    assert decision.step("time").found == "exp was 2014-11-25 15:24:09 UTC; it is 2014-11-25 15:25:09 UTC"


def test_explain_does_not_ask_the_denylist_about_a_token_that_nobody_signed(guard):
    decision = guard.explain(f"Bearer {forged(secret=OTHER_SECRET, claims={**CLAIMS, 'jti': 'taken-back'})}")
    assert decision.step("signature").verdict == "failed"
    assert decision.step("revocation").verdict == "skipped"
    assert decision.step("revocation").found == "not reached: signature failed"


def test_without_a_token_every_later_step_is_skipped(guard):
    decision = guard.explain(None)
    assert [step.verdict for step in decision.steps] == ["failed"] + ["skipped"] * 10


def test_a_check_that_is_off_says_so_in_its_step(guard):
    step = guard.without("time").explain(f"Bearer {with_claims(exp=1)}").step("time")
    assert (step.verdict, step.found) == ("off", "switched off")


def test_a_step_of_a_decision_without_steps_says_how_to_get_one(guard):
    with pytest.raises(PolicyError, match="by `explain` has steps; the requested step is 'credentials'"):
        guard.decide(None).step("credentials")


def test_a_step_of_no_check_names_the_checks(guard):
    with pytest.raises(PolicyError, match=r"one of credentials, form, .*; the requested step is 'scope'"):
        guard.explain(None).step("scope")


def test_a_refusal_of_one_spelling_is_told_in_the_same_words_each_time(guard):
    text = with_header(kid=7, typ=8, alg=9)
    step = guard.explain(f"Bearer {text}").step("form")
    assert step.found == "'alg' must be text of 1 to 255 characters without control characters; it is the number 9."


# Credentials


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_is_read_in_any_letters(guard, scheme):
    assert guard.decide(f"{scheme} {forged()}")


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Basic b2N0b2NhdDp4", "Bearer\t" + forged(), "BearerX " + forged(), " Bearer " + forged(), forged()],
    ids=["empty", "bare", "basic", "tab", "longer", "space before", "no scheme"],
)
def test_another_scheme_is_no_credential(guard, header):
    assert told(guard.decide(header)) == (401, None, "credentials")


def test_a_scheme_with_nothing_after_it_is_no_token(guard):
    assert told(guard.decide("Bearer ")) == (401, "invalid_token", "form")


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ([f"Bearer {forged()}"] * 2, None),
        ([f"Bearer {forged()}", "Basic b2N0b2NhdDp4"], None),
        ([f"Bearer {forged()}"], forged()),
        ([f"Bearer {forged()}"], ""),
    ],
    ids=["the same twice", "another beside it", "in the address too", "a blank one in the address too"],
)
def test_credentials_sent_more_than_once_are_a_bad_request(guard, headers, query):
    assert told(guard.decide(headers, query_token=query)) == (400, "invalid_request", "credentials")


# Requirements


def test_the_least_privileged_alternative_implies_the_fewest():
    deep = Vocabulary(dict.fromkeys("abcd", ""), implies={"a": ["b", "c"], "c": ["d"]})
    assert any_of("a", "c", "b").least(deep) == ("b",)
    assert any_of(all_of("b", "d"), "a").least(deep) == ("b", "d")
    assert any_of("z", "b").least() == ("b",)


def test_a_requirement_reads_as_it_was_meant():
    assert str(any_of("repo", "gist")) == "repo or gist"
    assert str(all_of("repo", "gist")) == "gist and repo"
    assert str(any_of(all_of("b", "a"), "c")) == "(a and b) or c"
    assert str(NO_SCOPE) == "no scope"


def test_an_alternative_that_asks_for_more_than_another_is_left_out():
    assert any_of("repo", all_of("repo", "gist")) == any_of("repo")
    assert all_of("repo", any_of("repo", "gist")) == any_of("repo")


def test_a_requirement_that_nothing_could_satisfy_is_refused():
    with pytest.raises(ScopeError, match=r"^A requirement without an alternative could never be satisfied;"):
        any_of()
    with pytest.raises(ScopeError, match=r"^A requirement without an alternative could never be satisfied;"):
        type(NO_SCOPE)(())


def test_a_requirement_of_what_is_no_scope_is_refused():
    with pytest.raises(ScopeError, match="found 'read write'"):
        any_of("read write")


def test_a_reason_takes_the_shortest_way():
    assert any_of("public_repo").reason(["repo", "public_repo"], VOCABULARY) == (("public_repo",),)
    assert any_of("public_repo", "gist").reason(["repo", "gist"], VOCABULARY) == (("gist",),)
    assert any_of("public_repo", "yet_another").reason(["repo", "yet_another"]) == (("yet_another",),)
    assert any_of("gist").reason(["repo"], VOCABULARY) is None


# Clocks


def test_a_lesson_clock_stands_still_until_it_is_told_to_move():
    clock = LessonClock(NOW)
    assert (clock.now(), clock.now()) == (NOW, NOW)
    clock.advance(60)
    assert clock.now() == NOW + 60
    clock.set(0)
    assert repr(clock) == "<clock at 1970-01-01 00:00:00 UTC>"


def test_a_time_beyond_the_calendar_is_shown_as_a_number():
    assert human_time(1416929109) == "2014-11-25 15:25:09 UTC"
    assert human_time(1e18) == "1e+18 s, beyond the calendar"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(45, "45 s"), (60, "60 s"), (3600, "60 min"), (7200, "2 h"), (90 * 86400, "90 days"), (-7200, "2 h")],
)
def test_a_span_is_shown_in_its_largest_whole_unit(seconds, text):
    assert human_span(seconds) == text


def test_a_guard_with_another_audience_forgets_what_it_knew(guard):
    assert guard.decide(f"Bearer {forged()}")
    other = guard.replace(audience="another")
    assert (other.policy.audience, told(other.decide(f"Bearer {forged()}"))[2]) == ("another", "audience")
    assert guard.decide(f"Bearer {forged()}")
