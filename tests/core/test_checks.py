import json

import pytest
from forging import (
    CLAIMS,
    HEADER,
    NOW,
    OTHER_KEY,
    OTHER_SECRET,
    OTHER_TENANT,
    SECRET,
    b64,
    forged,
    part,
    sealed,
    told,
    whole_guard,
    with_claims,
    with_header,
)

from scopekit import GITHUB, SEED_2014, Guard, Key, KeySet, LessonClock, any_of
from scopekit.checks import CHECK_NAMES, CHECKS

NEED = any_of("public_repo")
ATTACKER_SECRET = b"a secret that the attacker chose"
UNSIGNED = f"{part({**HEADER, 'alg': 'none'})}.{part(CLAIMS)}."
OWN_KEY = {"kty": "oct", "alg": "HS256", "k": b64(ATTACKER_SECRET)}
SELF_SIGNED = forged(header={**HEADER, "kid": "its own", "jwk": OWN_KEY}, secret=ATTACKER_SECRET)
ALTERED = f"{part(HEADER)}.{part({**CLAIMS, 'sub': 'another'})}.{forged().rpartition('.')[2]}"
CROSS_TENANT = forged(header={**HEADER, "kid": "k2"}, secret=OTHER_SECRET)


def asked(guard, token, need=NEED):
    """The guard's decision over a request with this token in its header."""
    return guard.decide(f"Bearer {token}", need)


def test_a_good_token_is_accepted(guard):
    assert asked(guard, forged())


# The table: for each check a request that this one alone refuses


def test_a_token_in_the_address_is_no_credential(guard):
    decision = guard.decide(None, NEED, query_token=forged())
    assert told(decision) == (401, None, "credentials")


def test_a_token_in_another_spelling_is_refused(guard):
    assert told(asked(guard, forged() + "=")) == (401, "invalid_token", "form")


def test_a_token_that_brings_its_own_key_is_refused(guard):
    status, error, check = told(asked(guard, SELF_SIGNED))
    assert (status, error) == (401, "invalid_token")
    assert check in ("form", "key")  # strict form refuses the parameter first; the key check never looks at it


def test_an_unsigned_token_is_refused(guard):
    assert told(asked(guard, UNSIGNED)) == (401, "invalid_token", "algorithm")


def test_an_altered_token_is_refused(guard):
    assert told(asked(guard, ALTERED)) == (401, "invalid_token", "signature")


def test_an_id_token_opens_no_api(guard):
    assert told(asked(guard, with_header(typ="id_token+jwt"))) == (401, "invalid_token", "type")


def test_a_tenant_cannot_speak_for_another(guard):
    assert told(asked(guard, CROSS_TENANT)) == (401, "invalid_token", "issuer")


def test_a_token_for_another_api_is_refused(guard):
    assert told(asked(guard, with_claims(aud="another api"))) == (401, "invalid_token", "audience")


def test_an_expired_token_is_refused(guard):
    assert told(asked(guard, with_claims(iat=NOW - 60, exp=NOW))) == (401, "invalid_token", "time")


def test_a_revoked_token_is_refused(guard):
    assert told(asked(guard, with_claims(jti="taken-back"))) == (401, "invalid_token", "revocation")


def test_a_token_without_the_scope_is_refused(guard):
    assert told(asked(guard, with_claims(scopes=["gist"]))) == (403, "insufficient_scope", "scopes")


GUARDED_BY = {
    "credentials": test_a_token_in_the_address_is_no_credential,
    "form": test_a_token_in_another_spelling_is_refused,
    "key": test_a_token_that_brings_its_own_key_is_refused,
    "algorithm": test_an_unsigned_token_is_refused,
    "signature": test_an_altered_token_is_refused,
    "type": test_an_id_token_opens_no_api,
    "issuer": test_a_tenant_cannot_speak_for_another,
    "audience": test_a_token_for_another_api_is_refused,
    "time": test_an_expired_token_is_refused,
    "revocation": test_a_revoked_token_is_refused,
    "scopes": test_a_token_without_the_scope_is_refused,
}
"""For each check, the test that goes red when that check alone is taken out."""


@pytest.mark.parametrize("name", GUARDED_BY)
def test_without_a_check_its_own_test_goes_red_and_no_other(name):
    weakened = whole_guard().without(name)
    with pytest.raises(AssertionError):
        GUARDED_BY[name](weakened)
    for other in GUARDED_BY.keys() - {name}:
        GUARDED_BY[other](weakened)


def test_there_are_eleven_checks_in_the_order_of_the_table():
    assert CHECK_NAMES == (
        "credentials", "form", "key", "algorithm", "signature", "type", "issuer", "audience", "time", "revocation",
        "scopes",
    )  # fmt: skip
    assert tuple(GUARDED_BY) == CHECK_NAMES


def test_every_check_says_by_which_rule_it_judges():
    assert all(check.rule.startswith("RFC ") and check.looked_at for check in CHECKS)


def test_each_step_says_where_it_looked_and_by_which_rule(guard):
    by_table = {check.name: (check.looked_at, check.rule) for check in CHECKS}
    for asked_guard, token in ((guard, forged()), (guard, with_claims(aud="x")), (guard.without("audience"), forged())):
        steps = asked_guard.explain(f"Bearer {token}", NEED).steps
        assert {step.check: (step.looked_at, step.rule) for step in steps} == by_table


def test_no_check_needs_one_that_runs_after_it():
    for index, check in enumerate(CHECKS):
        assert check.needs <= set(CHECK_NAMES[:index])


# Switched off, each of them means something


def opens(guard, name, token):
    """Whether the token opens the call once this check is off; with all of them on it never does."""
    assert not asked(guard, token)
    return asked(guard.without(name), token).allowed


def test_without_credentials_a_token_in_the_address_will_do(guard):
    assert guard.without("credentials").decide(None, NEED, query_token=forged())
    assert not guard.decide(None, NEED, query_token=forged())


def test_without_credentials_two_headers_will_do(guard):
    headers = ["Basic b2N0b2NhdDp4", f"Bearer {forged()}"]
    assert guard.without("credentials").decide(headers, NEED)
    assert told(guard.decide(headers, NEED)) == (400, "invalid_request", "credentials")


def test_without_credentials_a_request_with_no_token_at_all_is_still_refused(guard):
    assert told(guard.without("credentials").decide(None, NEED)) == (401, None, "credentials")


def test_without_form_padding_is_overlooked(guard):
    header, claims, signature = forged().split(".")
    assert opens(guard, "form", f"{header}.{claims}.{signature}==")


def test_without_form_white_space_is_overlooked(guard):
    assert opens(guard, "form", forged().replace(".", " . "))


def test_without_form_any_size_will_do(guard):
    assert opens(guard, "form", with_claims(x="x" * 20_000))


def test_without_form_the_last_of_two_claims_of_one_name_wins(guard):
    twice = json.dumps({**CLAIMS, "scopes": ["gist"]})[:-1] + ', "scopes": ["repo"]}'
    assert opens(guard, "form", forged(claims=twice))


def test_without_form_any_header_will_do(guard):
    assert opens(guard, "form", with_header(crit=["x"], x=1))


@pytest.mark.parametrize("changes", [{"kid": ["k1"]}, {"kid": {}}, {"alg": []}], ids=str)
def test_without_form_an_id_that_is_no_text_is_still_refused(guard, changes):
    assert told(asked(guard.without("form"), with_header(**changes))) == (401, "invalid_token", "form")


@pytest.mark.parametrize("changes", [{"jti": ["id-1"]}, {"sub": {}}, {"jti": "\ud800"}, {"iss": 7}], ids=str)
def test_without_form_a_claim_that_is_no_id_is_still_refused(guard, changes):
    assert told(asked(guard.without("form"), with_claims(**changes))) == (401, "invalid_token", "form")


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "é.é.é", "W10.W10.", "a.b.c.d.e"])
def test_without_form_what_is_no_token_is_still_refused(guard, text):
    assert told(asked(guard.without("form"), text)) == (401, "invalid_token", "form")


def test_without_key_the_token_s_own_key_is_believed(guard):
    assert opens(guard, "key", SELF_SIGNED)


@pytest.mark.parametrize("jwk", [7, "k", [], {"kty": "RSA"}, {**OWN_KEY, "k": "AAAA"}, {**OWN_KEY, "k": "a"}], ids=str)
def test_without_key_a_key_that_is_none_is_still_refused(guard, jwk):
    token = forged(header={**HEADER, "kid": "its own", "jwk": jwk}, secret=ATTACKER_SECRET)
    assert told(asked(guard.without("key"), token)) == (401, "invalid_token", "key")


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "noNe"])
def test_without_algorithm_none_is_believed(guard, alg):
    assert opens(guard, "algorithm", f"{part({**HEADER, 'alg': alg})}.{part(CLAIMS)}.")


def test_without_algorithm_another_hash_is_believed(guard):
    token = sealed(f"{part({**HEADER, 'alg': 'HS512'})}.{part(CLAIMS)}", SECRET, "HS512")
    assert opens(guard, "algorithm", token)


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA", "HS257", ""])
def test_without_algorithm_a_signature_that_no_key_made_is_still_refused(guard, alg):
    token = forged(header={**HEADER, "alg": alg}, secret=ATTACKER_SECRET)
    decision = asked(guard.without("algorithm"), token)
    assert (decision.status, decision.error) == (401, "invalid_token")
    assert decision.check == ("signature" if alg else "form")


def test_without_signature_anyone_may_write_anything(guard):
    assert opens(guard, "signature", ALTERED)
    assert opens(guard, "signature", forged(secret=ATTACKER_SECRET))


def test_without_type_an_id_token_opens_the_api(guard):
    assert opens(guard, "type", with_header(typ="id_token+jwt"))
    assert opens(guard, "type", with_header(typ=None))


def test_without_issuer_tenant_b_speaks_for_tenant_a(guard):
    assert opens(guard, "issuer", CROSS_TENANT)
    assert not asked(guard, with_claims(iss=OTHER_TENANT))


def test_without_audience_a_token_for_another_api_opens_this_one(guard):
    assert opens(guard, "audience", with_claims(aud="another api"))
    assert opens(guard, "audience", with_claims(aud=None))


@pytest.mark.parametrize("changes", [{"iat": 0, "exp": 1}, {"exp": None}, {"exp": 2**40}, {"nbf": NOW + 9}], ids=str)
def test_without_time_a_token_is_for_ever(guard, changes):
    assert opens(guard, "time", with_claims(**changes))


@pytest.mark.parametrize("changes", [{"jti": "taken-back"}, {"jti": None}, {"parent_jti": "taken-back"}], ids=str)
def test_without_revocation_nothing_can_be_taken_back(guard, changes):
    assert opens(guard, "revocation", with_claims(**changes))


@pytest.mark.parametrize("scopes", [["gist"], [], None, "repo", {"repo": {}}], ids=str)
def test_without_scopes_a_key_is_all_or_nothing(guard, scopes):
    assert opens(guard, "scopes", with_claims(scopes=scopes))


# Times and keys that a profile does not require

PLAIN = GITHUB.replace(claims=("iss", "aud", "jti"))
WITHOUT_TIMES = {name: value for name, value in CLAIMS.items() if name not in ("iat", "exp")}


def test_a_token_without_times_is_good_from_the_first_second_on():
    guard = whole_guard(profile=PLAIN, clock=LessonClock(0))
    decision = guard.explain(f"Bearer {forged(claims=WITHOUT_TIMES)}", NEED)
    assert decision
    assert decision.step("time").found == "it is 1970-01-01 00:00:00 UTC"


@pytest.mark.parametrize(("ends", "allowed"), [(GITHUB.max_ttl_seconds, True), (GITHUB.max_ttl_seconds + 0.5, False)])
def test_a_token_that_does_not_say_when_it_was_issued_lives_from_1970(ends, allowed):
    guard = whole_guard(profile=PLAIN, clock=LessonClock(0))
    assert asked(guard, forged(claims={**WITHOUT_TIMES, "exp": ends})).allowed is allowed


def test_a_token_that_names_no_owner_is_not_checked_with_a_key_that_has_none():
    guard = Guard(KeySet([Key("k1", SECRET), OTHER_KEY]), profile=SEED_2014, clock=LessonClock(NOW))
    token = forged({"alg": "HS256", "typ": "JWT"}, {"iat": NOW, "jti": "id-1", "scopes": []})
    assert guard.explain(f"Bearer {token}").step("key").found == "no kid, and several keys"
