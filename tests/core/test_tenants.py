"""Tenants: issuers with keys of their own, known by their `aud` in tokens that name no issuer."""

import jwt
import pytest
from forging import NOW, b64, forged, told

from scopekit import AUTH0_V2, SEED_2014, Guard, Issuer, Key, KeySet, LessonClock, MemoryDenylist, Vocabulary, any_of
from scopekit.errors import PolicyError, TokenError

SECRETS = {"tenant_1": bytes(range(32)), "tenant_2": bytes(range(32, 64)), "tenant_3": bytes(range(64, 96))}
KEYS = KeySet(Key(f"key of {name}", secret, issuer=name) for name, secret in SECRETS.items())
HEADER = {"alg": "HS256", "typ": "JWT"}
SCOPES = {"users": {"actions": ["read", "create"]}}
CLAIMS = {"aud": "tenant_1", "iat": NOW, "exp": NOW + 3600, "jti": "token_1", "scopes": SCOPES}
NEED = any_of("create:users")


@pytest.fixture
def guard():
    """An API that serves two of the three tenants whose keys it knows; each has taken back its token_2."""
    denylist = MemoryDenylist()
    denylist.revoke("tenant_1", "token_2")
    denylist.revoke("tenant_2", "token_2")
    return Guard(
        KEYS, audience=["tenant_1", "tenant_2"], profile=AUTH0_V2, denylist=denylist, clock=LessonClock(NOW),
        leeway_seconds=0, vocabulary=Vocabulary({"read:users": "", "create:users": ""}),
    )  # fmt: skip


def token(aud="tenant_1", jti="token_1", signed_by=None, header=HEADER, **changes):
    """A token of a tenant, without a `kid` and signed with that tenant's key unless told otherwise."""
    return forged(header, {**CLAIMS, "aud": aud, "jti": jti, **changes}, SECRETS[signed_by or aud])


def asked(guard, text):
    """The guard's decision over a call that needs create:users."""
    return guard.decide(f"Bearer {text}", NEED)


# Both tenants use the ids token_1 and token_2, and tenant_2 gives its tokens too little scope

LESS = {"users": {"actions": ["read"]}}
OUTCOMES = {
    "tenant_1, token_1": (token("tenant_1", "token_1"), (200, None, None)),
    "tenant_1, token_2": (token("tenant_1", "token_2"), (401, "invalid_token", "revocation")),
    "tenant_2, token_1": (token("tenant_2", "token_1", scopes=LESS), (403, "insufficient_scope", "scopes")),
    "tenant_2, token_2": (token("tenant_2", "token_2", scopes=LESS), (401, "invalid_token", "revocation")),
}


@pytest.mark.parametrize(("text", "outcome"), OUTCOMES.values(), ids=OUTCOMES)
def test_four_tokens_of_two_tenants_have_four_outcomes(guard, text, outcome):
    assert told(asked(guard, text)) == outcome


def test_one_tenant_s_revocation_leaves_the_same_id_of_the_other_alone(guard):
    guard.policy.denylist.revoke("tenant_1", "token_3")
    assert told(asked(guard, token("tenant_1", "token_3"))) == (401, "invalid_token", "revocation")
    assert asked(guard, token("tenant_2", "token_3"))


def test_a_tenant_cut_off_leaves_the_other_alone(guard):
    guard.policy.denylist.cut_off("tenant_1", before=NOW + 1)
    assert asked(guard, token("tenant_1")).check == "revocation"
    assert asked(guard, token("tenant_2"))


# Which key, which issuer, which audience


def test_the_audience_finds_the_tenant_s_key_and_its_step_says_so(guard):
    decision = guard.explain(f"Bearer {token('tenant_2')}", NEED)
    assert decision.step("key").found == "key 'key of tenant_2', HS256, of tenant_2"
    assert decision.step("issuer").found == "tenant_2"
    assert decision.step("audience").found == "'tenant_2'"


def test_a_kid_finds_the_key_and_the_audience_still_has_to_be_its_owner(guard):
    header = {**HEADER, "kid": "key of tenant_2"}
    assert asked(guard, token("tenant_2", header=header))
    assert told(asked(guard, token("tenant_1", header=header, signed_by="tenant_2"))) == (
        401,
        "invalid_token",
        "issuer",
    )


def test_a_tenant_whose_key_is_known_is_refused_where_it_is_not_served(guard):
    decision = guard.explain(f"Bearer {token('tenant_3')}", NEED)
    assert told(decision) == (401, "invalid_token", "audience")
    assert decision.step("audience").found == "aud 'tenant_3', where this API is one of 2 names"


@pytest.mark.parametrize(
    "aud", ["tenant_4", "TENANT_1", "tenant_1 ", "", None, 1, ["tenant_1"], {"tenant_1": 1}], ids=repr
)
def test_an_audience_that_names_no_one_tenant_is_refused(guard, aud):
    decision = asked(guard, token(aud, signed_by="tenant_1"))
    assert told(decision) == (401, "invalid_token", "key")
    header = {**HEADER, "kid": "key of tenant_1"}
    assert told(asked(guard, token(aud, signed_by="tenant_1", header=header))) == (401, "invalid_token", "issuer")


def test_an_issuer_named_beside_the_audience_names_no_other_tenant(guard):
    assert asked(guard, token(iss="tenant_1"))
    decision = guard.explain(f"Bearer {token(iss='tenant_2')}", NEED)
    assert told(decision) == (401, "invalid_token", "issuer")
    assert decision.step("issuer").found == "iss 'tenant_2', where the key belongs to 'tenant_1'"


@pytest.mark.parametrize(("name", "check"), [("exp", "time"), ("iat", "time"), ("jti", "revocation"), ("aud", "key")])
def test_a_tenant_s_token_lacks_none_of_the_profile_s_claims(guard, name, check):
    claims = {key: value for key, value in CLAIMS.items() if key != name}
    text = forged(HEADER, claims, SECRETS["tenant_1"])
    assert told(asked(guard, text)) == (401, "invalid_token", check)


# Attacks between tenants


def test_a1_a_token_replayed_at_another_tenant_s_api_is_refused():
    other = Guard(KEYS, audience="tenant_2", profile=AUTH0_V2, clock=LessonClock(NOW))
    assert told(asked(other, token("tenant_1"))) == (401, "invalid_token", "audience")


def test_a2_an_id_that_two_tenants_use_takes_back_the_token_of_one(guard):
    assert asked(guard, token("tenant_1", "token_1"))
    guard.policy.denylist.revoke("tenant_2", "token_1")
    assert asked(guard, token("tenant_1", "token_1"))
    assert told(asked(guard, token("tenant_2", "token_1"))) == (401, "invalid_token", "revocation")


def test_a3_an_audience_that_nobody_verified_finds_a_key_and_not_a_way_in(guard):
    stolen = token("tenant_1", signed_by="tenant_2")
    assert told(asked(guard, stolen)) == (401, "invalid_token", "signature")
    unsigned = f"{b64('{}')}.{stolen.split('.')[1]}."
    assert told(asked(guard, unsigned)) == (401, "invalid_token", "algorithm")


# Minting, and the article's own payload


def test_a_tenant_mints_what_the_guard_takes(guard):
    maker = Issuer(KEYS.get("key of tenant_1"), AUTH0_V2, "tenant_1", LessonClock(NOW), lambda: "token_1")
    minted = maker.mint(["read:users", "create:users"])
    assert jwt.decode(str(minted), options={"verify_signature": False}) == {**CLAIMS, "exp": NOW + 86400}
    assert asked(guard, minted)


def test_a_tenant_mints_nothing_in_the_name_of_another():
    maker = Issuer(KEYS.get("key of tenant_1"), AUTH0_V2, "tenant_2", LessonClock(NOW))
    with pytest.raises(TokenError, match="'aud' must name the owner of the key, 'tenant_1'; found 'tenant_2'"):
        maker.mint(["read:users"])
    maker = Issuer(KEYS.get("key of tenant_1"), AUTH0_V2, "tenant_1", LessonClock(NOW))
    with pytest.raises(TokenError, match="'iss' must name the owner of the key, 'tenant_1'; found 'tenant_2'"):
        maker.mint(["read:users"], claims={"iss": "tenant_2"})


def test_the_article_s_payload_without_audience_and_end_is_of_2014_alone():
    claims = {"iat": NOW, "jti": "802057ff9b5b4eb7fbb8856b6eb2cc5b", "scopes": SCOPES}
    text = forged({**HEADER, "kid": "key of tenant_1"}, claims, SECRETS["tenant_1"])
    modern = Guard(KEYS, audience="tenant_1", profile=AUTH0_V2, clock=LessonClock(NOW))
    of_2014 = Guard(KEYS, profile=SEED_2014.replace(notation=AUTH0_V2.notation), clock=LessonClock(NOW))
    assert told(asked(modern, text)) == (401, "invalid_token", "issuer")
    assert asked(of_2014, text).granted == {"read:users", "create:users"}


# How a guard of several tenants is made


@pytest.mark.parametrize("audience", [[], [""], ["tenant_1", ""], None], ids=repr)
def test_a_guard_of_no_tenant_or_one_without_a_name_is_refused(audience):
    with pytest.raises(PolicyError, match="A guard needs an audience"):
        Guard(KEYS, audience=audience, profile=AUTH0_V2)


def test_a_guard_of_several_tenants_says_how_many(guard):
    assert repr(guard) == "<Guard of 2 audiences, profile AUTH0_V2>"
    assert guard.policy.audience is None
