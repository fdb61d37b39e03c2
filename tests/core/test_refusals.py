"""What a guard says, word by word: a person who is refused has nothing else to go by."""

import re

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
    b64,
    forged,
    part,
    told,
    whole_guard,
    with_claims,
    with_header,
)

from scopekit import GITHUB, NO_SCOPE, SEED_2014, Guard, Key, KeySet, LessonClock, MemoryDenylist, ScopeKitError, any_of
from scopekit.errors import KeysUnavailable, StoreUnavailable
from scopekit.ladder import CHECK_NAMES, CHECKS, Check, _check
from scopekit.requirements import OwnerBound

NEED = any_of("public_repo")
UNSIGNED = f"{part({**HEADER, 'alg': 'none'})}.{part(CLAIMS)}."

REFUSALS = {
    "no header": (
        None, 401, None,
        "This call needs a token in the Authorization header, with the scheme Bearer.",
        "no Authorization header",
        "Send `Authorization: Bearer <token>`.",
    ),
    "another scheme": (
        "Basic b2N0b2NhdDp4", 401, None,
        "This call needs a token in the Authorization header, with the scheme Bearer.",
        "an Authorization header of another scheme than Bearer",
        "Send `Authorization: Bearer <token>`.",
    ),
    "two headers": (
        ["Bearer a", "Bearer b"], 400, "invalid_request",
        "Credentials were sent more than once.",
        "2 credentials in one request",
        "Send one Authorization header and no token in the address.",
    ),
    "padding": (
        f"Bearer {forged()}=", 401, "invalid_token",
        "The token is malformed.",
        "A token is three parts of base64url with a dot between them; this text is not.",
        "Send the token as the issuer gave it.",
    ),
    "an unknown kid": (
        f"Bearer {with_header(kid='k9')}", 401, "invalid_token",
        "The token was signed with a key that this API does not know.",
        "kid 'k9', which no key here has",
        "Use a token whose kid is one of this API's keys.",
    ),
    "no algorithm": (
        f"Bearer {UNSIGNED}", 401, "invalid_token",
        "The token's algorithm is not the one this API uses.",
        "alg 'none', where the key is bound to HS256",
        "Have the token signed with the key's own algorithm.",
    ),
    "another's signature": (
        f"Bearer {forged(secret=OTHER_SECRET)}", 401, "invalid_token",
        "The token's signature does not verify.",
        "a signature of 32 bytes that the key did not make",
        "Mint the token with the issuer's key, and do not change it afterwards.",
    ),
    "another type": (
        f"Bearer {with_header(typ='id')}", 401, "invalid_token",
        "The token is not of the type that this API takes.",
        "typ 'id', where profile GITHUB has 'JWT'",
        "Mint a token of profile GITHUB.",
    ),
    "no subject": (
        f"Bearer {with_claims(sub=None)}", 401, "invalid_token",
        "The token lacks a claim of its type.",
        "no claim 'sub'",
        "Mint a token of profile GITHUB.",
    ),
    "another tenant's key": (
        f"Bearer {forged({**HEADER, 'kid': 'k2'}, secret=OTHER_SECRET)}", 401, "invalid_token",
        "The token's issuer does not own the key that signed it.",
        "iss 'https://issuer.example/', where the key belongs to 'https://tenant-b.example/'",
        "Have each issuer sign with its own key, under its own name.",
    ),
    "another API": (
        f"Bearer {with_claims(aud='x')}", 401, "invalid_token",
        "The token was made for another API.",
        "aud 'x', where this API is 'repos'",
        "Mint the token for the audience 'repos'.",
    ),
    "not valid yet": (
        f"Bearer {with_claims(nbf=NOW + 60)}", 401, "invalid_token",
        "The token is not valid yet.",
        "valid from 2014-11-25 15:26:09 UTC; it is 2014-11-25 15:25:09 UTC",
        "Wait, or set the issuer's clock.",
    ),
    "expired": (
        f"Bearer {with_claims(iat=NOW - 60, exp=NOW)}", 401, "invalid_token",
        "The token has expired.",
        "ended 2014-11-25 15:25:09 UTC; it is 2014-11-25 15:25:09 UTC",
        "Mint a new token.",
    ),
    "too long a life": (
        f"Bearer {with_claims(exp=NOW + 200 * 86400)}", 401, "invalid_token",
        "The token was made to live longer than this API allows.",
        "a lifetime of 200 days, 110 days over the most",
        "Mint a token with a shorter lifetime.",
    ),
    "no end": (
        f"Bearer {with_claims(exp=None)}", 401, "invalid_token",
        "The token lacks a time, or has one that is no number.",
        "no exp",
        "Mint a token with 'exp'.",
    ),
    "an end that is no number": (
        f"Bearer {with_claims(exp='x')}", 401, "invalid_token",
        "The token lacks a time, or has one that is no number.",
        "exp 'x'",
        "Mint a token with 'exp'.",
    ),
    "no id": (
        f"Bearer {with_claims(jti=None)}", 401, "invalid_token",
        "The token has no id, so it could never be taken back.",
        "no jti",
        "Mint a token with a 'jti'.",
    ),
    "taken back": (
        f"Bearer {with_claims(jti='taken-back')}", 401, "invalid_token",
        "The token was taken back.",
        "itself on the denylist",
        "Ask for a new token.",
    ),
    "scopes in another notation": (
        f"Bearer {with_claims(scopes='repo')}", 401, "invalid_token",
        "The token's scopes are not in this API's notation.",
        "Scopes in flat notation are a list; found a string.",
        "Mint the token in its profile.",
    ),
    "too few scopes": (
        f"Bearer {with_claims(scopes=['gist', 'user'])}", 403, "insufficient_scope",
        "The token's scopes do not open this call; it needs public_repo.",
        "holds gist user",
        "Mint a token with public_repo.",
    ),
    "no scope": (
        f"Bearer {with_claims(scopes=[])}", 403, "insufficient_scope",
        "The token's scopes do not open this call; it needs public_repo.",
        "holds no scope",
        "Mint a token with public_repo.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("header", "status", "error", "description", "found", "fix"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_says_what_was_wrong_what_was_found_and_how_to_pass(header, status, error, description, found, fix):
    decision = whole_guard().explain(header, NEED)
    step = decision.step(decision.check)
    assert (decision.status, decision.error, decision.description) == (status, error, description)
    assert (step.verdict, step.found, step.fix) == ("failed", found, fix)


def test_a_refusal_by_an_api_of_many_names_does_not_list_them():
    step = whole_guard(audience=["a", "b"]).explain(f"Bearer {with_claims(aud='x')}").step("audience")
    assert step.found == "aud 'x', where this API is one of 2 names"
    assert step.fix == "Mint the token for the audience one of 2 names."


class Unreachable:
    """Keys and a denylist that cannot be had."""

    version = 0

    def get(self, kid):
        raise KeysUnavailable("The key server is down.")

    def of_issuer(self, issuer):
        return ()

    def find(self, asked):
        raise StoreUnavailable("The denylist is locked.")


def test_without_its_denylist_a_guard_says_that_it_cannot_tell_and_lets_nobody_in():
    decision = whole_guard(denylist=Unreachable()).explain(f"Bearer {forged()}", NEED)
    assert told(decision) == (503, None, "revocation")
    assert decision.description == "Whether the token was taken back cannot be told just now."
    assert decision.step("revocation")[-2:] == ("The denylist is locked.", "Try again later.")


def test_without_keys_a_call_on_somebody_s_record_is_explained_too():
    guard = whole_guard()
    guard.keys = Unreachable()
    bound = OwnerBound(any_of("admin"), NEED, ISSUER, "octocat")
    for decision in (guard.decide(f"Bearer {forged()}", bound), guard.explain(f"Bearer {forged()}", bound)):
        assert (decision.status, decision.check) == (503, "key")


def test_without_its_issuer_s_keys_a_guard_says_so_and_lets_nobody_in():
    guard = whole_guard()
    guard.keys = Unreachable()
    decision = guard.explain(f"Bearer {forged()}", NEED)
    assert told(decision) == (503, None, "key")
    assert decision.description == "The keys of this API's issuer cannot be had just now."
    assert decision.step("key")[-2:] == ("The key server is down.", "Try again later.")


PASSED = {
    "credentials": ("the Authorization header", "RFC 6750 section 2", "one Bearer token"),
    "form": (
        "the token's text", "RFC 7515 section 7.1, RFC 8725 section 3.4", "291 characters of strict compact form",
    ),
    "key": ("kid in the header", "RFC 8725 section 3.10", "key 'k1', HS256, of https://issuer.example/"),
    "algorithm": ("alg in the header", "RFC 8725 section 3.1", "HS256, as the key"),
    "signature": ("the third part", "RFC 7515 section 5.2", "verified"),
    "type": ("typ in the header", "RFC 8725 section 3.11", "'JWT'"),
    "issuer": ("iss", "RFC 8725 section 3.8", "https://issuer.example/"),
    "audience": ("aud", "RFC 8725 section 3.9", "repos"),
    "time": ("iat, nbf and exp", "RFC 7519 section 4.1.4", "it is 2014-11-25 15:25:09 UTC, 60 min before the end"),
    "revocation": ("jti", "RFC 7009 section 2", "not on the denylist"),
    "scopes": ("the scopes", "RFC 6750 section 3.1", "public_repo is held through repo"),
}  # fmt: skip


def test_every_step_of_a_good_token_says_where_it_looked_by_which_rule_and_what_it_found(guard):
    steps = guard.explain(f"Bearer {forged()}", NEED).steps
    assert {step.check: (step.looked_at, step.rule, step.found) for step in steps} == PASSED
    assert {step.verdict for step in steps} == {"passed"}


def test_a_check_that_was_not_reached_says_which_failed_before_it(guard):
    steps = guard.explain(f"Bearer {UNSIGNED[:-1]}x.", NEED).steps
    assert steps[1].verdict == "failed"
    assert steps[2] == ("key", "skipped", "kid in the header", "RFC 8725 section 3.10", "not reached: form failed", "")


def test_a_check_that_two_others_kept_from_running_names_both(guard):
    step = guard.explain(f"Bearer {with_header(kid='k9')}", NEED).step("signature")
    assert (step.verdict, step.found) == ("skipped", "not reached: algorithm and key failed")


def test_a_call_that_needs_no_scope_says_so_in_its_step(guard):
    assert guard.explain(f"Bearer {forged()}", NO_SCOPE).step("scopes").found == "nothing needed"


def test_a_check_is_made_of_all_that_its_row_in_the_table_says():
    row = ("scopes", print, "moment", "form key", "the scopes", "RFC 6750", repr)
    assert _check(*row) == Check("scopes", print, "moment", frozenset({"form", "key"}), "the scopes", "RFC 6750", repr)
    assert [check.depends_on for check in CHECKS] == [*["sent"] * 8, *["moment"] * 2, "call"]


# Times that a profile does not ask for

WITHOUT_TIMES = GITHUB._replace(claims=("iss", "sub", "aud", "jti"), max_ttl_seconds=None)


def test_a_token_that_never_ends_is_shown_without_an_end_where_its_profile_allows_it():
    decision = whole_guard(profile=WITHOUT_TIMES).explain(f"Bearer {with_claims(iat=None, exp=None)}", NEED)
    assert decision.allowed
    assert decision.step("time").found == "it is 2014-11-25 15:25:09 UTC"


@pytest.mark.parametrize(("most", "allowed"), [(NOW + 60, True), (NOW + 59, False)], ids=["within", "beyond"])
def test_leaving_out_iat_does_not_get_a_token_past_the_longest_lifetime(most, allowed):
    guard = whole_guard(profile=WITHOUT_TIMES._replace(max_ttl_seconds=most))
    assert guard.decide(f"Bearer {with_claims(iat=None, exp=NOW + 60)}", NEED).allowed == allowed


def test_at_the_first_second_of_1970_a_token_without_times_is_already_valid():
    guard = whole_guard(profile=WITHOUT_TIMES, clock=LessonClock(0))
    assert guard.decide(f"Bearer {with_claims(iat=None, exp=None)}", NEED)


# What is asked of the denylist


@pytest.mark.parametrize(("iat", "allowed"), [(NOW, True), (NOW - 1, False)], ids=["after", "before"])
def test_a_cut_off_refuses_what_was_issued_before_it_and_nothing_later(iat, allowed):
    denylist = MemoryDenylist()
    denylist.cut_off(ISSUER, NOW)
    assert whole_guard(denylist=denylist).decide(f"Bearer {with_claims(iat=iat)}", NEED).allowed == allowed


@pytest.mark.parametrize("iat", [None, "x"], ids=["none", "a text"])
def test_a_token_that_does_not_say_when_it_was_issued_is_older_than_any_cut_off(iat):
    denylist = MemoryDenylist()
    denylist.cut_off(ISSUER, 1)
    guard = whole_guard(denylist=denylist).without("time")
    assert told(guard.decide(f"Bearer {with_claims(iat=iat)}", NEED)) == (401, "invalid_token", "revocation")


def test_a_token_of_a_key_that_nobody_owns_can_be_taken_back():
    denylist = MemoryDenylist()
    guard = Guard(KeySet([Key("k1", SECRET)]), profile=SEED_2014, denylist=denylist)
    assert guard.decide(f"Bearer {forged()}", any_of("repo"))
    denylist.revoke("", "id-1")
    assert guard.decide(f"Bearer {forged()}", any_of("repo")).check == "revocation"


def test_a_profile_of_the_past_may_do_without_ids():
    waiving = GITHUB._replace(waives=frozenset({"jti"}))
    assert whole_guard(profile=waiving).decide(f"Bearer {with_claims(jti=None)}", NEED)


# Keys


def test_a_token_that_names_no_issuer_does_not_choose_the_key_that_nobody_owns():
    guard = Guard(KeySet([Key("orphan", SECRET), OTHER_KEY]), profile=SEED_2014)
    text = forged({"alg": "HS256"}, {name: value for name, value in CLAIMS.items() if name != "iss"})
    assert told(guard.decide(f"Bearer {text}")) == (401, "invalid_token", "key")


def test_a_record_of_somebody_is_explained_though_the_key_is_unknown(guard):
    bound = OwnerBound(any_of("admin"), NEED, ISSUER, "octocat")
    decision = guard.explain(f"Bearer {with_header(kid='k9')}", bound)
    assert (decision.check, decision.step("scopes").verdict) == ("key", "failed")


# Decisions that are kept


def test_a_decision_kept_for_one_call_is_never_the_answer_to_another(guard):
    header, other = f"Bearer {forged()}", any_of("repo")
    first = guard.decide(header, NEED)
    assert guard.decide(header, NEED) is first
    assert guard.decide(header, other).needed is other


def test_the_reason_given_is_the_shortest_and_not_the_first_in_the_alphabet():
    assert any_of("public_repo", "zebra").reason(["repo", "zebra"], VOCABULARY) == (("zebra",),)
    assert any_of("public_repo", "repo:status").reason(["public_repo", "repo"], VOCABULARY) == (("public_repo",),)


# Mistakes in the making of keys, sets, guards and requirements

PAIR = Key.generate("pair", "ES256", ISSUER)
JWK = {"kty": "oct", "kid": "k1", "alg": "HS256", "k": b64(SECRET)}
MISTAKES = {
    "a blank kid": (lambda: Key("", SECRET), "A kid is 1 to 255 printable ASCII characters; found ''."),
    "a JWK without a kid": (
        lambda: Key.from_jwk({"kty": "oct", "alg": "HS256", "k": b64(SECRET)}),
        "A kid is 1 to 255 printable ASCII characters; found ''.",
    ),
    "a blank issuer": (
        lambda: Key("k", SECRET, issuer=""), "An issuer is 1 to 255 printable ASCII characters; found ''.",
    ),
    "a key for encryption": (
        lambda: Key.from_jwk({**JWK, "use": "enc"}),
        'A key that verifies has "use": "sig" and "verify" in "key_ops" (RFC 7517 section 4).',
    ),
    "another owner": (
        lambda: Key.from_jwk({**JWK, "iss": OTHER_TENANT}, ISSUER),
        "A key of 'https://issuer.example/' has no other owner; its JWK says 'https://tenant-b.example/'.",
    ),
    "a secret as a public JWK": (
        KEY.to_jwk, "A secret has no public half; that of 'k1' is written with private=True alone.",
    ),
    "a secret's public half": (KEY.public, "A secret has no public half; 'k1' is one."),
    "signing with a public key": (
        lambda: PAIR.public().sign(b""), "A key that signs is private and meant to sign; 'pair' only verifies.",
    ),
    "two keys of one kid": (
        lambda: KeySet([KEY, KEY]), "Every key in a set has a kid of its own; 'k1' is there twice.",
    ),
    "a secret beside a pair": (
        lambda: KeySet([KEY, PAIR]), "A key set holds secrets or key pairs; found both (RFC 8725 section 3.1).",
    ),
    "an empty set": (lambda: KeySet([]), "A key set holds at least one key that verifies signatures; found none."),
    "no JWK Set": (
        lambda: KeySet.from_jwks([]), 'A JWK Set is an object with a list "keys"; found something else.',
    ),
    "no audience": (
        lambda: Guard(KeySet([KEY])), "A guard needs an audience: the name of this API (RFC 8725 section 3.9).",
    ),
    "a key of nobody": (
        lambda: Guard(KeySet([Key("orphan", SECRET)]), audience=API),
        "A key belongs to an issuer; 'orphan' has none. Give the guard an issuer.",
    ),
    "too much leeway": (
        lambda: whole_guard(leeway_seconds=301), "The leeway is from 0 to 300 s; found 301.",
    ),
    "an unknown check": (
        lambda: whole_guard().without("clock"), f"A check is one of {', '.join(CHECK_NAMES)}; found 'clock'.",
    ),
    "no alternative": (
        any_of, "A requirement without an alternative could never be satisfied; name a scope.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("make", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_in_one_whole_sentence(make, sentence):
    with pytest.raises(ScopeKitError, match=f"^{re.escape(sentence)}$"):
        make()


def test_a_guard_of_many_audiences_says_how_many():
    assert repr(whole_guard(audience=["a", "b"])) == "<Guard of 2 audiences, profile GITHUB>"
