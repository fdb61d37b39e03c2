"""Profiles: what a mistake in one says, which tokens one takes, and where it finds the scopes."""

import pytest
from forging import API, CLAIMS, ISSUER, KEY, NOW, forged, told, whole_guard, with_claims

from scopekit import GITHUB, RFC9068, Guard, Issuer, KeySet, LessonClock, Profile, any_of
from scopekit.errors import PolicyError, ScopeError, TokenError
from scopekit.profile import WAIVABLE
from scopekit.profiles import KUBERNETES
from scopekit.scopes import notation
from scopekit.testing import signing_for

NAMES = ("iss", "sub", "aud", "iat", "exp", "jti")
NOTES = any_of("notes:read")


def made(**fields):
    """A profile of this shape, with these fields changed."""
    return Profile(**{"name": "OURS", "notation": notation("flat"), "typ": ("JWT",), "claims": NAMES, **fields})


MISTAKES = {
    "typ is a string": ({"typ": "JWT"}, r"typ must be several names, such as \['a'\]; found 'JWT'"),
    "typ holds a number": ({"typ": (7,)}, r"typ must be names, each of them text; found \(7,\)"),
    "typ holds empty text": ({"typ": ("",)}, "typ must be names, each of them text"),
    "typ is empty": ({"typ": ()}, r"typ must be media types; None permits .* found \(\)"),
    "claims is a string": ({"claims": "iss"}, "claims must be several names, such as"),
    "claims is None": ({"claims": None}, "claims must be several names, .* found None"),
    "claims holds None": ({"claims": ("iss", None)}, "claims must be names, each of them text"),
    "claims holds an empty name": ({"claims": ("iss", "")}, "claims must be names, each of them text"),
    "waives is a string": ({"waives": "time"}, "waives must be several names, such as"),
    "waives an unknown name": ({"waives": {"tim"}}, "waives must be one of type, .*did you mean 'time'"),
    "waives the signature": ({"waives": {"signature"}}, "must be one of type, issuer, audience, time, jti"),
    "notation is a name": ({"notation": "oauth"}, r"such as notation\('oauth'\); found 'oauth'"),
    "name is empty": ({"name": ""}, "name must be text; found ''"),
    "recipient is a list": ({"recipient": ["aud"]}, "recipient must be text"),
    "token_id is None": ({"token_id": None}, "token_id must be text; found None"),
    "hint is a number": ({"hint": 1}, "hint must be text"),
    "lifetime is text": ({"ttl_seconds": "1h"}, "ttl_seconds must be a whole number above 0, or None; found '1h'"),
    "lifetime is true": ({"max_ttl_seconds": True}, "max_ttl_seconds must be a whole number"),
    "lifetime of nothing": ({"ttl_seconds": 0}, "ttl_seconds must be a whole number above 0"),
    "lifetime over the longest": (
        {"ttl_seconds": 60, "max_ttl_seconds": 30},
        "must be at most max_ttl_seconds; found 60",
    ),
    "scopes_in is a string": ({"scopes_in": "scp"}, "scopes_in must be several claims, such as .*; found 'scp'"),
    "scopes_in holds a number": ({"scopes_in": (7,)}, "scopes_in must be names of claims"),
    "scopes_in holds an empty path": ({"scopes_in": ((),)}, "scopes_in must be names of claims"),
    "requires is a list": ({"requires": ["token_use"]}, "requires must be a mapping of claims to values"),
    "requires an object": ({"requires": {"tid": {}}}, "claims with one value or several"),
    "requires no value": ({"requires": {"tid": []}}, "claims with one value or several"),
    "requires of a number": ({"requires": {7: "a"}}, "claims with one value or several"),
    "reader is a string": ({"reader": "scp"}, "reader must be a function of the claims"),
}


@pytest.mark.parametrize(("fields", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_profile_is_refused_when_it_is_made(fields, sentence):
    with pytest.raises(PolicyError, match=sentence):
        made(**fields)


def test_what_a_profile_may_waive_are_checks_of_a_guard_and_the_id():
    from scopekit.checks import CHECK_NAMES

    assert set(WAIVABLE) - set(CHECK_NAMES) == {"jti"}


def test_a_profile_cannot_be_changed_and_is_copied_with_changes():
    profile = made()
    with pytest.raises(AttributeError):
        profile.typ = ("JWE",)
    with pytest.raises(TypeError):
        made(requires={"tid": "a"}).requires["tid"] = ("b",)
    assert profile.replace(name="THEIRS").name == "THEIRS"
    assert profile.requiring({"a.b": 1}, tid=["x", "y"]).requires == {"a.b": (1,), "tid": ("x", "y")}
    assert repr(profile) == "<profile OURS>"


# Which tokens it takes


def asked(profile, *, header=None, **claims):
    """What a guard with this profile decides about a good token with these changes."""
    values = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    guard = whole_guard(profile=profile)
    return guard.explain(f"Bearer {forged({'alg': 'HS256', 'kid': 'k1', **(header or {'typ': 'JWT'})}, values)}")


def test_a_profile_may_take_a_token_without_typ():
    assert asked(made(typ=(None, "JWT")), header={"x": 1}).step("type").found == "no typ"
    assert asked(made(), header={"x": 1}).step("type").found == "no typ, where profile OURS has 'JWT'"


def test_a_claim_that_the_profile_needs_must_be_there():
    profile = made(claims=(*NAMES, "sid"))
    assert asked(profile, sid="s").allowed
    assert asked(profile).step("type").found == "no claim 'sid'"


REQUIRED = {
    "the value": ("access", True),
    "another value": ("id", False),
    "a list that holds it": (["id", "access"], True),
    "a list without it": (["id"], False),
    "missing": (None, False),
    "an object": ({"access": 1}, False),
    "true": (True, False),
}


@pytest.mark.parametrize(("value", "allowed"), REQUIRED.values(), ids=REQUIRED)
def test_a_required_value_must_be_the_claim_s_or_one_in_its_list(value, allowed):
    decision = asked(made(requires={"token_use": "access"}), token_use=value)
    assert decision.allowed == allowed
    assert allowed or (decision.check == "type" and "token_use" in decision.step("type").found)


def test_of_several_required_values_one_will_do_and_none_permits_that_it_is_missing():
    profile = made(requires={"sts": ("active", None)})
    assert asked(profile, sts="active").allowed
    assert asked(profile).allowed
    assert asked(profile, sts="pending").step("type").found == "sts 'pending', where it must be 'active' or nothing"
    assert asked(made(requires={"ver": "1"})).step("type").found == "ver missing, where it must be '1'"


def test_the_number_one_is_not_true():
    assert not asked(made(requires={"v": 1}), v=True).allowed
    assert asked(made(requires={"v": 1}), v=1).allowed


def test_a_required_value_can_be_inside_an_object():
    profile = made(requires={"firebase.tenant": "a"})
    assert asked(profile, firebase={"tenant": "a"}).allowed
    assert not asked(profile, firebase={"tenant": "b"}).allowed
    assert not asked(profile, firebase="a").allowed


def test_a_required_claim_inside_an_object_may_have_any_name():
    profile = made(requires={("https://stytch.example/organization", "organization_id"): ["one", "two"]})
    organization = {"https://stytch.example/organization": {"organization_id": "two"}}
    assert asked(profile, **organization).allowed
    found = asked(profile, **{"https://stytch.example/organization": {"slug": "two"}}).step("type").found
    assert found == "https://stytch.example/organization.organization_id missing, where it must be 'one' or 'two'"
    issuer = Issuer(KEY, profile, API)
    assert issuer.mint(["notes:read"]).claims["https://stytch.example/organization"] == {"organization_id": "one"}
    chosen = whole_guard(profile=profile).explain(f"Bearer {issuer.mint(['notes:read'], claims=organization)}")
    assert chosen.step("type").verdict == "passed"
    with pytest.raises(TokenError, match="organization_id 'three', where it must be 'one' or 'two'"):
        issuer.mint(["notes:read"], claims={"https://stytch.example/organization": {"organization_id": "three"}})


def test_a_throw_away_token_has_what_the_profile_requires_inside_an_object():
    pods = KUBERNETES.requiring({("kubernetes.io", "namespace"): "shop"})
    guard = whole_guard(profile=pods)
    with signing_for(guard, issuer=ISSUER) as mint:
        assert guard.decide(f"Bearer {mint()}")
        with pytest.raises(TokenError, match=r"kubernetes\.io.namespace 'other', where it must be 'shop'"):
            mint(**{"kubernetes.io": {"namespace": "other"}})


def test_several_required_claims_may_be_inside_one_object():
    inner = {("kubernetes.io", "namespace"): "shop", ("kubernetes.io", "serviceaccount", "name"): "web"}
    profile = KUBERNETES.requiring(inner).reading(("kubernetes.io", "roles"))
    claims = {"kubernetes.io": {"pod": {"name": "web-1"}}}
    token = Issuer(KEY, profile, API).mint(["notes:read"], claims=claims)
    assert token.claims["kubernetes.io"] == {
        "namespace": "shop", "serviceaccount": {"name": "web"}, "roles": profile.notation.write(["notes:read"]),
        "pod": {"name": "web-1"},
    }  # fmt: skip
    with pytest.raises(TokenError, match=r"'kubernetes\.io' itself; it cannot be added"):
        Issuer(KEY, profile, API).mint(["notes:read"], claims={"kubernetes.io": {"roles": "admin"}})


def test_a_required_subject_or_client_does_not_replace_the_one_that_is_asked_for():
    profile = RFC9068.requiring(sub=["alice", "bob"], client_id=["web", "cli"])
    issuer = Issuer(KEY, profile, API)
    assert issuer.mint(["a"]).claims["sub"] == "alice"
    assert issuer.mint(["a"], subject="bob", client_id="cli").claims["client_id"] == "cli"
    for wrong in ({"subject": "mallory"}, {"subject": "bob", "client_id": "app"}):
        with pytest.raises(TokenError, match="must fit it; this one has"):
            issuer.mint(["a"], **wrong)


def test_a_profile_does_not_require_that_a_claim_is_missing():
    for value in (None, [None], []):
        with pytest.raises(PolicyError, match="requires must be claims with one value or several"):
            RFC9068.requiring(org=value)


@pytest.mark.parametrize("path", [(), ("",), ("a", 7), 7], ids=["empty", "no name", "a number in it", "a number"])
def test_a_required_claim_has_names_that_are_text(path):
    with pytest.raises(PolicyError, match="requires must be claims with one value or several"):
        made(requires={path: "a"})


@pytest.mark.parametrize(
    ("places", "found"),
    [
        ((), "holds no scope: there is no claim 'scopes'"),
        (("scp",), "holds no scope: there is no claim 'scp'"),
        (("scp", "realm.roles"), "holds no scope: there is no claim 'scp' or 'realm.roles'"),
        (("groups", "scp"), "holds no scope"),
    ],
    ids=["the notation's", "one", "several", "one that is there"],
)
def test_a_token_without_the_claim_of_scopes_is_told_so(places, found):
    values = {name: value for name, value in {**CLAIMS, "groups": []}.items() if name != "scopes"}
    guard = whole_guard(profile=made(scopes_in=places))
    decision = guard.explain(f"Bearer {forged({'alg': 'HS256', 'kid': 'k1', 'typ': 'JWT'}, values)}", NOTES)
    assert told(decision) == (403, "insufficient_scope", "scopes")
    assert decision.step("scopes").found.partition("; passed over")[0] == found


def test_a_claim_that_only_another_kind_of_token_has_is_refused():
    decision = asked(made(forbids=("nonce",)), nonce="n")
    assert (decision.status, decision.check) == (401, "type")
    assert decision.step("type").found == "a claim 'nonce', which only another kind of token has"


def test_the_recipient_can_be_another_claim_and_the_guard_says_so():
    profile = made(recipient="client_id", claims=("iss", "sub", "iat", "exp", "jti"))
    guard = whole_guard(profile=profile, audience="app")
    assert repr(guard) == "<Guard of client_id 'app', profile OURS>"
    decision = guard.explain(f"Bearer {with_claims(client_id='app', aud=None)}")
    assert decision.allowed
    assert (decision.step("audience").looked_at, decision.step("audience").found) == ("client_id", "app")
    refused = guard.explain(f"Bearer {with_claims(client_id='else', aud='app')}").step("audience")
    assert (refused.found, refused.fix) == (
        "client_id 'else', where this API is 'app'", "Mint the token for the client_id 'app'."
    )  # fmt: skip
    with pytest.raises(PolicyError, match="needs an audience"):
        Guard(KeySet([KEY]), profile=profile)


def test_a_claim_in_the_issuer_must_be_a_part_of_it():
    profile = made(in_issuer=("tid",))
    key_of = ISSUER.split("/")[2]
    assert asked(profile, tid=key_of).allowed
    for tid in ("other", "", None, ["issuer.example"], key_of[:-1]):
        assert told(asked(profile, tid=tid)) == (401, "invalid_token", "issuer")


def test_the_id_that_a_denylist_lists_can_be_another_claim():
    guard = whole_guard(profile=made(token_id="uti", claims=("iss", "aud", "iat", "exp")))
    assert guard.explain(f"Bearer {with_claims(uti='u', jti=None)}").step("revocation").looked_at == "uti"
    assert told(guard.decide(f"Bearer {with_claims(uti='taken-back')}")) == (401, "invalid_token", "revocation")
    assert guard.explain(f"Bearer {with_claims(uti=7)}").step("revocation").found == "uti is the number 7"
    assert guard.explain(f"Bearer {with_claims()}").step("revocation").found == "no uti"


# Where it finds the scopes

PLACES = {
    "a list": (("scp",), {"scp": ["notes:read", "openid"]}),
    "a string": (("scp",), {"scp": "notes:read openid"}),
    "inside objects": (("realm_access.roles",), {"realm_access": {"roles": ["notes:read"]}}),
    "a name with a dot": ((("apps", "my.api", "roles"),), {"apps": {"my.api": {"roles": ["notes:read"]}}}),
    "a name that is a URI": (("https://shop.example/roles",), {"https://shop.example/roles": ["notes:read"]}),
    "a name with a colon": (("cognito:groups",), {"cognito:groups": ["notes:read"]}),
    "the second of two": (("scp", "roles"), {"roles": ["notes:read"]}),
    "both of two": (("scp", "roles"), {"scp": "openid", "roles": ["notes:read"]}),
}  # fmt: skip


@pytest.mark.parametrize(("places", "claims"), PLACES.values(), ids=PLACES)
def test_scopes_are_found_where_the_profile_says(places, claims):
    guard = whole_guard(profile=made().reading(*places))
    assert guard.decide(f"Bearer {with_claims(scopes=None, **claims)}", NOTES)
    assert told(guard.decide(f"Bearer {with_claims(scopes=['notes:read'])}", NOTES))[2] == "scopes"


def test_scopes_that_are_neither_a_string_nor_a_list_are_refused_by_the_claim_s_name():
    guard = whole_guard(profile=made().reading("realm_access.roles"))
    decision = guard.explain(f"Bearer {with_claims(realm_access={'roles': 7})}", NOTES)
    assert (decision.status, decision.check) == (401, "scopes")
    assert (
        decision.step("scopes").found
        == "Scopes in 'realm_access.roles' must be a string or a list; it is the number 7."
    )


def test_a_role_that_is_no_scope_grants_nothing_beside_one_that_is():
    guard = whole_guard(profile=made().reading("roles"))
    step = guard.explain(f"Bearer {with_claims(roles=['Realm Admin', 'notes:read', 7])}", NOTES).step("scopes")
    assert step.found.startswith("notes:read is held; passed over 2 entries: A scope must be printable ASCII")


def test_a_reader_of_one_s_own_reads_the_scopes():
    profile = made(reader=lambda claims: [f"{name}:read" for name in claims["apps"]])
    assert whole_guard(profile=profile).decide(f"Bearer {with_claims(apps=['notes'])}", NOTES)


def test_one_string_of_a_reader_is_scopes_with_spaces_between_and_not_letters():
    profile = made(reader=lambda claims: "notes:read openid")
    assert profile.scopes({}) == ("notes:read", "openid")


def test_a_reader_that_raises_is_a_refusal_and_says_only_the_error_s_name():
    guard = whole_guard(profile=made(reader=lambda claims: claims["secret-name"]))
    decision = guard.explain(f"Bearer {with_claims()}", NOTES)
    assert (decision.status, decision.check) == (401, "scopes")
    assert decision.step("scopes").found == "The reader of profile OURS failed: KeyError."
    with pytest.raises(ScopeError):
        made(reader=lambda claims: None).scopes({})


# What an issuer writes in it

SHAPES = {
    "RFC9068": RFC9068,
    "GITHUB": GITHUB,
    "scopes in another claim": made().reading("scp"),
    "scopes inside an object": made().reading("realm_access.roles"),
    "a value required": made(requires={"token_use": ("access", "id"), "v": (None, 2)}),
    "another recipient": made(recipient="client_id", claims=("iss", "sub", "client_id", "iat", "exp", "jti")),
    "another id": made(token_id="uti", claims=("iss", "sub", "aud", "iat", "exp", "uti")),
    "without typ": made(typ=(None,)),
}


@pytest.mark.parametrize("profile", SHAPES.values(), ids=SHAPES)
def test_what_an_issuer_mints_in_a_profile_its_guard_takes(profile):
    clock = LessonClock(NOW)
    token = Issuer(KEY, profile, API, clock).mint(["notes:read"])
    guard = Guard(KeySet([KEY]), audience=API, profile=profile, clock=clock)
    assert guard.decide(f"Bearer {token}", NOTES)


def test_a_claim_that_the_issuer_does_not_know_is_given_with_the_call():
    profile = made(claims=(*NAMES, "repository"))
    with pytest.raises(TokenError, match="needs 'repository', but the issuer has no value for it"):
        Issuer(KEY, profile, API).mint([])
    token = Issuer(KEY, profile, API).mint([], claims={"repository": "octo/notes"})
    assert token.claims["repository"] == "octo/notes"


def test_a_token_that_its_profile_would_refuse_is_not_minted():
    with pytest.raises(TokenError, match="OURS must fit it; this one has a claim 'nonce'"):
        Issuer(KEY, made(forbids=("nonce",)), API).mint([], claims={"nonce": "n"})
    with pytest.raises(TokenError, match="token_use 'id', where it must be 'access'"):
        Issuer(KEY, made(requires={"token_use": "access"}), API).mint([], claims={"token_use": "id"})
