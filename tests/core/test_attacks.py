"""Attacks on scopes, tenants and revocation, each by its name; those between tenants alone are in test_tenants.py."""

import json
import re
from base64 import urlsafe_b64decode

import pytest
from forging import (
    API,
    CLAIMS,
    HEADER,
    ISSUER,
    KEY,
    NOW,
    OTHER_SECRET,
    OTHER_TENANT,
    b64,
    forged,
    part,
    told,
    whole_guard,
    with_claims,
)

from scopekit import (
    AUTH0_V2,
    GITHUB,
    RFC9068,
    Guard,
    Issuer,
    Key,
    KeySet,
    LessonClock,
    MemoryDenylist,
    Vocabulary,
    any_of,
)
from scopekit.errors import ScopeError
from scopekit.http import answer
from scopekit.scopes import notation

NEED = any_of("public_repo")
FORBIDDEN = (403, "insufficient_scope", "scopes")
REFUSED = (401, "invalid_token", "scopes")
MALFORMED = (401, "invalid_token", "form")
ISSUER_REFUSED = (401, "invalid_token", "issuer")
TAKEN_BACK = (401, "invalid_token", "revocation")


def asked(guard, text, need=NEED):
    """What the guard says of a token: status, error code and check."""
    return told(guard.decide(f"Bearer {text}", need))


def oauth_guard(**options):
    """A guard of standard access tokens."""
    return whole_guard(profile=RFC9068, **options)


def access_token(**changes):
    """A standard access token, with these claims changed."""
    claims = {**CLAIMS, "client_id": "octocat", "scope": "public_repo", **changes}
    del claims["scopes"]
    return forged({**HEADER, "typ": "at+jwt"}, claims)


# Tenants


def test_a1_a_token_of_one_tenant_replayed_as_another_s_is_refused(guard):
    assert asked(guard, with_claims(iss=OTHER_TENANT)) == ISSUER_REFUSED
    assert asked(guard, forged({**HEADER, "kid": "k2"}, secret=OTHER_SECRET)) == ISSUER_REFUSED


def test_a2_one_tenant_s_revoked_id_does_not_take_back_another_s_token(guard):
    theirs = {**CLAIMS, "iss": OTHER_TENANT, "jti": "taken-back"}
    assert guard.decide(f"Bearer {forged({**HEADER, 'kid': 'k2'}, theirs, OTHER_SECRET)}", NEED)
    assert asked(guard, with_claims(jti="taken-back")) == TAKEN_BACK


def test_a3_an_issuer_that_nobody_verified_finds_a_key_and_not_a_way_in(guard):
    header = {"alg": "HS256", "typ": "JWT"}
    assert asked(guard, forged(header, secret=OTHER_SECRET)) == (401, "invalid_token", "signature")
    assert asked(guard, forged(header, {**CLAIMS, "iss": "https://evil.example/"})) == (401, "invalid_token", "key")


# Scopes


@pytest.mark.parametrize("scope", ["gist public_repo", "gist,public_repo", "gist\tpublic_repo", "gist;public_repo", ""])
def test_a4_scope_injection_through_a_delimiter_is_refused(guard, scope):
    assert asked(guard, with_claims(scopes=[scope])) in (REFUSED, FORBIDDEN)


@pytest.mark.parametrize("scope", ["gist,public_repo", "gist\tpublic_repo", "gist\npublic_repo", "gist+public_repo"])
def test_a4_in_a_scope_string_nothing_but_a_space_parts_two_scopes(scope):
    assert asked(oauth_guard(), access_token(scope=scope)) in (REFUSED, FORBIDDEN)
    assert oauth_guard().decide(f"Bearer {access_token(scope='gist public_repo')}", NEED)


@pytest.mark.parametrize("name", ["flat", "structured", "oauth", "rar"])
def test_a4_no_notation_writes_two_scopes_as_one(name):
    with pytest.raises(ScopeError, match="found 'gist public_repo'"):
        notation(name).write(["gist public_repo"])


READ_USERS = any_of("read:users")


@pytest.mark.parametrize("held", ["read:users_app_metadata", "read:users:own", "read:user", "read:"])
def test_a5_a_scope_that_begins_alike_opens_nothing(guard, held):
    assert asked(guard, with_claims(scopes=[held]), READ_USERS) == FORBIDDEN


@pytest.mark.parametrize("held", ["spread:users", "not-read:users", "read:users!", "xread:usersx"])
def test_a6_a_scope_that_holds_another_within_opens_nothing(guard, held):
    assert asked(guard, with_claims(scopes=[held]), READ_USERS) == FORBIDDEN
    assert asked(guard, with_claims(scopes=held), READ_USERS) == REFUSED


@pytest.mark.parametrize("held", ["Public_Repo", "PUBLIC_REPO", "Repo", "REPO"])
def test_a7_a_scope_in_other_letters_opens_nothing(guard, held):
    assert asked(guard, with_claims(scopes=[held])) == FORBIDDEN
    assert asked(guard, with_claims(scopes=None, Scopes=["repo"])) == FORBIDDEN


@pytest.mark.parametrize("name", ["permissions", "scp", "roles", "authorities", "scopes", "authorization_details"])
def test_a8_permissions_are_not_taken_for_scopes(name):
    claims = {**CLAIMS, "client_id": "octocat", "scope": "gist", "scopes": ["gist"], name: ["public_repo"]}
    text = forged({**HEADER, "typ": "at+jwt"}, claims)
    assert asked(oauth_guard(), text) == FORBIDDEN


@pytest.mark.parametrize("typ", ["JWT", "id_token+jwt", None])
def test_a9_an_id_token_is_no_access_token(typ):
    claims = {**CLAIMS, "nonce": "n-0S6_WzA2Mj", "azp": "client-1", "scope": "public_repo"}
    text = forged({name: value for name, value in {**HEADER, "typ": typ}.items() if value}, claims)
    assert asked(oauth_guard(), text) == (401, "invalid_token", "type")


def test_a9_an_id_token_for_a_client_is_for_no_api(guard):
    assert asked(guard, with_claims(aud="client-1")) == (401, "invalid_token", "audience")


# Revocation


def test_a12_who_revokes_in_one_tenant_revokes_in_no_other(guard):
    theirs = {**CLAIMS, "iss": OTHER_TENANT}
    guard.policy.denylist.revoke(OTHER_TENANT, CLAIMS["jti"])
    guard.policy.denylist.cut_off(OTHER_TENANT, before=NOW + 1)
    guard.policy.denylist.cut_off(OTHER_TENANT, before=NOW + 1, subject=CLAIMS["sub"])
    assert guard.decide(f"Bearer {forged()}", NEED)
    assert asked(guard, forged({**HEADER, "kid": "k2"}, theirs, OTHER_SECRET)) == TAKEN_BACK


def test_a12_what_is_looked_up_is_the_owner_of_the_key_and_not_the_issuer_claimed(guard):
    weakened = guard.without("issuer")
    assert asked(weakened, with_claims(iss=OTHER_TENANT, jti="taken-back")) == TAKEN_BACK


def test_a13_a_403_names_what_the_call_needs_and_nothing_that_the_token_or_another_call_has():
    vocabulary = Vocabulary({"repo": "", "public_repo": "", "delete_repo": "", "secret:scope": ""})
    guard = whole_guard(vocabulary=vocabulary)
    decision = guard.decide(f"Bearer {with_claims(scopes=['gist', 'notifications'])}", any_of("delete_repo"))
    on_the_wire = str(answer(decision, API))
    assert 'scope="delete_repo"' in on_the_wire
    for other in ("gist", "notifications", "secret:scope", "public_repo"):
        assert other not in on_the_wire


def test_a13_a_token_that_is_no_good_hears_of_scopes_only_what_a_call_without_a_token_hears(guard):
    anonymous = answer(guard.decide(None, NEED), API).headers["WWW-Authenticate"]
    for text in (with_claims(exp=NOW, iat=0), with_claims(aud="else"), forged(secret=OTHER_SECRET), "rubbish"):
        told = answer(guard.decide(f"Bearer {text}", NEED), API)
        assert re.findall("scope=.*", told.headers["WWW-Authenticate"]) == re.findall("scope=.*", anonymous)
        assert "public_repo" not in str(told.body)


def test_a14_a_scope_that_can_grant_scopes_opens_its_own_call_alone(guard):
    text = with_claims(scopes=["create:client_grants"])
    assert guard.decide(f"Bearer {text}", any_of("create:client_grants"))
    assert asked(guard, text, any_of("read:client_grants")) == FORBIDDEN
    assert asked(guard, text, any_of("delete:users")) == FORBIDDEN


def test_a14_a_token_cannot_be_given_more_scopes_than_its_issuer_signed(guard):
    header, _, signature = with_claims(scopes=["create:client_grants"]).split(".")
    wider = part({**CLAIMS, "scopes": ["create:client_grants", "public_repo"]})
    assert asked(guard, f"{header}.{wider}.{signature}") == (401, "invalid_token", "signature")


def test_a15_a_token_without_an_id_could_never_be_taken_back_so_it_is_refused(guard):
    assert asked(guard, with_claims(jti=None)) == TAKEN_BACK
    assert asked(guard, with_claims(jti="")) == MALFORMED


SPELLINGS = {
    "padding": lambda text: f"{text}=",
    "a space": lambda text: text.replace(".", " .", 1),
    "a line break": lambda text: f"{text}\n",
    "other tail bits": lambda text: text[:-1] + chr(ord(text[-1]) + 1),
}


@pytest.mark.parametrize("spelt", SPELLINGS.values(), ids=SPELLINGS)
def test_a16_a_revoked_token_in_another_spelling_is_malformed_and_revoked_even_so(guard, spelt):
    text = spelt(with_claims(jti="taken-back"))
    assert asked(guard, text) == MALFORMED
    assert asked(guard.without("form"), text) == TAKEN_BACK


def test_a16_a_revoked_token_whose_claims_were_written_anew_is_still_revoked(guard):
    claims = json.dumps(dict(reversed({**CLAIMS, "jti": "taken-back"}.items())), indent=2)
    assert asked(guard, forged(claims=claims)) == TAKEN_BACK


def test_a16_the_second_signature_of_es256_is_another_text_of_the_same_revoked_token():
    key, denylist = Key.generate("ec", "ES256", ISSUER), MemoryDenylist()
    guard = Guard(KeySet([key]), audience=API, profile=GITHUB, denylist=denylist, clock=LessonClock(NOW))
    text = str(Issuer(key, GITHUB, API, LessonClock(NOW), lambda: "id-1").mint(["public_repo"]))
    message, _, signature = text.rpartition(".")
    raw = urlsafe_b64decode(signature + "==")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    second = f"{message}.{b64(raw[:32] + (order - int.from_bytes(raw[32:])).to_bytes(32))}"
    assert second != text
    assert [bool(guard.decide(f"Bearer {each}", NEED)) for each in (text, second)] == [True, True]
    denylist.revoke(ISSUER, "id-1")
    assert [asked(guard, each) for each in (text, second)] == [TAKEN_BACK, TAKEN_BACK]


def test_a17_a_narrowed_token_does_not_outlive_the_one_it_came_from(guard):
    child = with_claims(jti="child", parent_jti="id-1")
    assert guard.decide(f"Bearer {child}", NEED)
    guard.policy.denylist.revoke(ISSUER, "id-1")
    assert asked(guard, child) == TAKEN_BACK


@pytest.mark.parametrize("held", ["*", "read:*", "*:users", "public_*", "read:", ":users", ".*", "%", "?", "all"])
def test_a18_a_wildcard_is_a_scope_like_any_other_and_opens_nothing(guard, held):
    assert asked(guard, with_claims(scopes=[held])) == FORBIDDEN
    assert asked(guard, with_claims(scopes=[held]), READ_USERS) == FORBIDDEN
    assert asked(oauth_guard(), access_token(scope=held)) == FORBIDDEN


def test_a18_a_wildcard_among_structured_actions_opens_nothing():
    guard = Guard(KeySet([KEY]), audience=ISSUER, profile=AUTH0_V2, clock=LessonClock(NOW))
    text = with_claims(aud=ISSUER, scopes={"users": {"actions": ["*"]}, "*": {"actions": ["read", "*"]}})
    assert asked(guard, text, READ_USERS) == FORBIDDEN
