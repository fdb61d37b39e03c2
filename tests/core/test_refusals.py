"""What a guard says, word by word: a person who is refused has nothing else to go by."""

import pytest
from forging import (
    CLAIMS,
    HEADER,
    ISSUER,
    KEY,
    NOW,
    OTHER_SECRET,
    forged,
    part,
    told,
    whole_guard,
    with_claims,
    with_header,
)

from scopekit import NO_SCOPE, KeySet, any_of
from scopekit.checks import CHECKS
from scopekit.errors import KeysUnavailable, StoreUnavailable
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
        "A token must be three parts of base64url with a dot between them; this text is not: it is padded with '='.",
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
        "exp was 2014-11-25 15:25:09 UTC; it is 2014-11-25 15:25:09 UTC",
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
        "The token lacks a time, or has one that is not a number.",
        "no exp",
        "Mint a token with 'exp'.",
    ),
    "an end that is no number": (
        f"Bearer {with_claims(exp='x')}", 401, "invalid_token",
        "The token lacks a time, or has one that is not a number.",
        "exp is the text 'x'",
        "Mint a token with 'exp'.",
    ),
    "no id": (
        f"Bearer {with_claims(jti=None)}", 401, "invalid_token",
        "The token has no id, so it could never be revoked.",
        "no jti",
        "Mint a token with a 'jti'.",
    ),
    "taken back": (
        f"Bearer {with_claims(jti='taken-back')}", 401, "invalid_token",
        "The token has been revoked.",
        "itself on the denylist",
        "Ask for a new token.",
    ),
    "scopes in another notation": (
        f"Bearer {with_claims(scopes='repo')}", 401, "invalid_token",
        "The token's scopes are not in this API's notation.",
        "Scopes in flat notation must be a list; found a string.",
        "Mint the token in its profile, or read it with `profile.reading`.",
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


class Unreachable(KeySet):
    """Keys and a denylist that cannot be had."""

    def __init__(self):
        super().__init__([KEY])

    def get(self, kid, issuer=None, *, wait=True):
        raise KeysUnavailable("The key server is down.")

    def of_issuer(self, issuer, *, wait=True):
        return ()

    def find(self, asked):
        raise StoreUnavailable("The denylist is locked.")


def test_without_its_denylist_a_guard_says_that_it_cannot_tell_and_lets_nobody_in():
    decision = whole_guard(denylist=Unreachable()).explain(f"Bearer {forged()}", NEED)
    assert told(decision) == (503, None, "revocation")
    assert decision.description == "Token revocation cannot be checked right now."
    assert decision.step("revocation")[-2:] == ("The denylist is locked.", "Try again later.")


def test_without_keys_a_call_on_somebody_s_record_is_explained_too():
    guard = whole_guard()
    guard = guard.replace(keys=Unreachable())
    bound = OwnerBound(any_of("admin"), NEED, ISSUER, "octocat")
    for decision in (guard.decide(f"Bearer {forged()}", bound), guard.explain(f"Bearer {forged()}", bound)):
        assert (decision.status, decision.check) == (503, "key")


def test_without_its_issuer_s_keys_a_guard_says_so_and_lets_nobody_in():
    guard = whole_guard()
    guard = guard.replace(keys=Unreachable())
    decision = guard.explain(f"Bearer {forged()}", NEED)
    assert told(decision) == (503, None, "key")
    assert decision.description == "The issuer's signing keys are unavailable right now."
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


def test_what_a_check_depends_on_says_when_it_runs_again():
    assert [check.depends_on for check in CHECKS] == [*["sent"] * 8, *["moment"] * 2, "call"]
