"""Lint: for each rule one thing that makes it fire, one that leaves it silent, and nothing secret in what it says."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sample_api import mounts
from sample_api.vocabularies import GITHUB_SCOPES
from scopekit import Guard, Issuer, Key, KeySet, SqliteDenylist, all_of, any_of
from scopekit.audit import Call, read_document
from scopekit.audit.lint import REFUSED, RULES, Documented, lint, rules
from scopekit.audit.token_text import read_text
from scopekit.errors import DocumentError
from scopekit.keys import base64url
from scopekit.profile import RFC9068
from scopekit.profiles import AUTH0_V2, GITHUB, SEED_2014
from scopekit.requirements import NO_SCOPE
from scopekit.scopes import Vocabulary
from scopekit.tokens import Token

KEY = Key.generate("k1", issuer="https://issuer.example/")
CLAIMS = {
    "iss": "https://issuer.example/", "sub": "octocat", "aud": "repos", "client_id": "robot", "jti": "abc",
    "iat": 1_000_000, "exp": 1_003_600, "scope": "gist read:user",
}  # fmt: skip


def token(*without, header=None, **claims):
    kept = {name: value for name, value in {**CLAIMS, **claims}.items() if name not in without}
    parts = {"alg": "HS256", "typ": "at+jwt", **(header or {})}, kept
    message = ".".join(base64url(json.dumps(part).encode()) for part in parts)
    return read_text(f"{message}.{base64url(KEY.sign(message.encode()))}").token


class Shared:
    """A denylist of another kind than the one that every process keeps for itself."""

    def find(self, query):
        return None


def guard(*keys, **settings):
    return Guard(KeySet(keys or [KEY]), **{"audience": "repos", "denylist": Shared(), **settings})


def secret(material, kid="k1", issuer="https://issuer.example/"):
    return Key(kid, material, issuer=issuer)


class AnyKeys(KeySet):
    """A key set of one's own, which does not look at what it holds."""

    def __init__(self, keys):
        self._named, self._owned, self._templates = {key.kid: (key,) for key in keys}, {}, []

    def owned_by(self, issuer):
        return self


def mixed(*algorithms):
    keys = AnyKeys(Key.generate(alg, alg, "https://issuer.example/") for alg in algorithms)
    return Guard(keys, audience="repos", denylist=Shared())


WORDS = Vocabulary({"pets": "", "pets:read": "", "Toys": ""}, {"pets": ["pets:read"]})


PETS = any_of("pets")


def api(method="GET", needed=PETS, *, template="/pets", vocabulary=WORDS, own=None, **raw):
    calls = [] if method is None else [Call("a call", method, template, template, needed, own=own)]
    return Documented(calls, vocabulary, raw)


def operation(**described):
    return {"paths": {"/pets": {"post": {"security": [{"a": ["pets"]}], **described}}}}


def flow(name, **described):
    return {"components": {"securitySchemes": {"a": {"type": "oauth2", "flows": {name: described}}}}}


def names(*scopes, implies=None):
    return api(None, vocabulary=Vocabulary(dict.fromkeys(scopes, ""), implies))


ANSWERED = {"200": {}, "401": {}, "403": {}}
EACH = bytes(range(64))
ONE = secret(EACH)
MADE_UP = secret(b"my secret is longer than others!")
PLAIN = "http://a.example/token"
HEX = "".join(f"{n:02x}" for n in range(7, 249, 11))

CASES = {
    "token-no-signature": [token(header={"alg": "nOnE"}), token()],
    "token-form": [Token(f"{token()}=", {}, {}, b""), token()],
    "token-id-no-text": [token(sub=42), token(sub="42")],
    "token-read-otherwise": [token(header={"crit": ["exp"], "exp": 1}), token(header={"x5t": "abc"})],
    "token-no-exp": [token("exp"), token()],
    "token-no-aud": [token("aud"), token(aud=["repos", "other"])],
    "token-no-iss": [token("iss"), token()],
    "token-no-jti": [token("jti"), token()],
    "token-no-sub": [token("sub"), token()],
    "token-long-life": [token(exp=1_000_000 + 86_401), token(exp=1_000_000 + 86_400)],
    "token-time-no-number": [token(exp="1003600"), token(exp=1_003_600.5)],
    "token-time-milliseconds": [token(exp=1_700_000_000_000), token(exp=99_999_999_999)],
    "token-typ-generic": [token(header={"typ": "jwt"}), token(header={"typ": "application/at+jwt"})],
    "token-scopes-string": [token("scope", scopes="gist repo"), token("scope", scopes=["gist", "repo"])],
    "token-scope-list": [token(scope=["gist"]), token()],
    "token-scopes-twice": [token(scope="repo", scopes=["gist"]), token("scope", scopes=["gist"])],
    "token-delimiter": [token("scope", scopes=["read write"]), token("scope", scopes=["read", "write"])],
    "token-scopes-unreadable": [token(scope=7), token("scope", scopes={"users": {"actions": ["read"]}})],
    "token-wildcard": [token(scope="read:*"), token()],
    "token-parent-too": [token(scope="repo public_repo"), token(scope="repo gist")],
    "token-scope-unknown": [token(scope="gists"), token(scope="gist")],
    "token-personal": [token(email="octocat@example.com"), token()],
    "token-id-token": [token(aud="robot"), token(aud=["repos", "robot"])],
    "guard-check-off": [guard().without("signature"), guard()],
    "guard-leeway": [guard(leeway_seconds=61), guard(leeway_seconds=60)],
    "guard-no-cap": [guard(profile=SEED_2014), guard(profile=AUTH0_V2, audience=["a"])],
    "guard-secret-short": [guard(secret(HEX[:44].encode())), guard(secret(EACH[31:63] + b"\xff"))],
    "guard-secret-password": [guard(MADE_UP), guard(secret(bytes(range(128, 160))))],
    "guard-memory-denylist": [guard(denylist=None), guard()],
    "guard-mixed-families": [mixed("HS256", "ES256"), mixed("EdDSA", "ES256")],
    "guard-shared-secret": [guard(ONE, secret(EACH, "k2", "b")), guard(ONE, secret(EACH[1:], "k2", "b"))],
    "guard-many-audiences": [guard(audience=["a", "b"]), guard(audience=["a", "b"], profile=AUTH0_V2)],
    "guards-one-audience": [[guard(), guard(vocabulary=WORDS)], [guard(), guard(audience="b", vocabulary=WORDS)]],
    "document-scope-undeclared": [api(needed=any_of("toys")), api(needed=any_of("Toys"))],
    "document-scope-unused": [names("gist"), api(vocabulary=Vocabulary({"all": "", "pets": ""}, {"all": ["pets"]}))],
    "document-write-any-token": [api("POST", NO_SCOPE), api("GET", NO_SCOPE)],
    "document-write-unsaid": [api("DELETE", None), api("GET", None)],
    "document-self-granting": [api("POST", template="/client-grants"), api("POST", template="/blacklists/tokens")],
    "document-wildcard": [names("read:*"), names("read:all")],
    "document-prefix": [names("read:users", "read:users_app_metadata"), names("a", "a:b", implies={"a": ["a:b"]})],
    "document-case": [names("Pets", "pets"), names("pets", "toys")],
    "document-listed-parent": [api(needed=any_of("pets", "pets:read")), api(needed=any_of("pets:read", "Toys"))],
    "document-read-writes": [api("POST", any_of("pets:read")), api("POST", all_of("pets:read", "Toys"))],
    "document-no-refusal": [api(**operation(responses={"200": {}})), api(**operation(responses=ANSWERED))],
    "document-implicit": [api(**flow("implicit")), api(**flow("authorizationCode"))],
    "document-token-url": [api(**flow("password", tokenUrl=PLAIN)), api(**flow("password", tokenUrl="t"))],
}  # fmt: skip


@pytest.mark.parametrize("rule", CASES)
def test_each_rule_fires_on_one_thing_and_is_silent_on_another(rule):
    fires, silent = CASES[rule]
    assert rule in lint(fires, vocabulary=GITHUB_SCOPES).ids
    assert rule not in lint(silent, vocabulary=GITHUB_SCOPES).ids


def test_every_rule_has_an_id_of_its_own_a_clause_a_fix_and_a_case():
    assert [rule.id for rule in RULES] == list(CASES)
    for rule in RULES:
        assert rule.id.startswith(rule.kind)
        assert rule.says.endswith(".")
        assert rule.fix.endswith(".")
        assert any(source in rule.clause for source in ("RFC", "OpenAPI"))
        assert rule.find.__doc__ or rule.id.startswith("token-no-")


def test_the_rules_print_as_a_table():
    assert len(repr(rules()).splitlines()) == len(RULES)
    assert "RFC 8725 section 3.9" in repr(rules("token"))
    assert rules()._repr_html_().count("<tr>") == len(RULES) + 1
    assert {rule.kind for rule in rules("guard")} == {"guard"}


# Tokens


def test_a_token_as_it_should_be_has_no_finding():
    assert lint(token(), vocabulary=GITHUB_SCOPES).all == ()
    assert repr(lint(token())) == "nothing found"


def test_the_article_s_token_has_no_end_no_audience_and_no_issuer():
    minted = Issuer(KEY, SEED_2014).mint(["repo"])
    assert [one.id for one in lint(minted).errors] == ["token-no-aud", "token-no-exp", "token-no-iss"]


def test_what_the_house_mints_today_has_no_finding_and_of_its_past_no_more_than_the_past_has():
    assert lint(Issuer(KEY, RFC9068, "repos").mint(["repo"])).all == ()
    assert lint(Issuer(KEY, GITHUB, "repos").mint(["repo"])).ids == ("token-typ-generic",)
    assert lint(Issuer(KEY, AUTH0_V2, KEY.issuer).mint(["read:users"])).ids == (
        "token-no-iss", "token-no-sub", "token-typ-generic",
    )  # fmt: skip


def test_an_unknown_scope_comes_with_the_one_that_was_meant():
    (one,) = lint(token(scope="gists"), vocabulary=GITHUB_SCOPES).by("token-scope-unknown")
    assert str(one) == "'gists': did you mean gist?"


def test_without_a_vocabulary_no_scope_is_unknown():
    assert lint(token(scope="anything")).all == ()


@pytest.mark.parametrize("scope", ["read,write", "gist,"])
def test_a_comma_separates_no_scopes_and_is_a_trap(scope):
    assert "token-delimiter" in lint(token(scope=scope)).ids


@pytest.mark.parametrize("claim", ["nonce", "at_hash", "c_hash"])
def test_an_id_token_is_known_by_what_only_it_has(claim):
    assert lint(token(**{claim: "x"})).by("token-id-token")[0].place == claim


SECRET = "Zq7-" + "x" * 8


@given(
    name=st.sampled_from([*CLAIMS, "email", "name", "nonce", "at_hash", "azp", "password", "scopes", "nbf", "act"]),
    wrap=st.sampled_from([str, lambda text: [text], lambda text: {text: text}, lambda text: [{"type": text}]]),
    drop=st.sets(st.sampled_from(sorted(CLAIMS))),
)
def test_no_claim_s_value_nor_the_token_is_in_what_lint_says(name, wrap, drop):
    holds_scopes = name in ("scope", "scopes") and wrap(SECRET) in (SECRET, [SECRET])
    ids = ("iss", "sub", "jti", "client_id")
    value = SECRET if name in ids else wrap(SECRET)
    made = token(*(drop - {name}), **{name: value})
    found = lint(made, vocabulary=GITHUB_SCOPES)
    for told in (repr(found), found._repr_html_(), found.to_json()):
        assert str(made) not in told
        assert made.text.split(".")[2] not in told
        assert made.text.split(".")[1] not in told
        assert SECRET not in told or holds_scopes


def test_no_key_is_in_what_lint_says_of_a_guard():
    found = lint(guard(MADE_UP))
    for told in (repr(found), found._repr_html_(), found.to_json()):
        assert "longer than" not in told


# Guards


def test_a_guard_in_the_article_s_profile_says_which_checks_are_off():
    off = lint(guard(profile=SEED_2014)).by("guard-check-off")
    assert [one.place for one in off] == ["check audience", "check issuer", "check time", "check type"]


def test_a_guard_with_its_denylist_in_a_file_has_no_finding(tmp_path):
    denylist = SqliteDenylist(tmp_path / "denylist", create=True)
    assert lint(guard(denylist=denylist)).all == ()
    denylist.close()


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
def test_a_generated_secret_is_never_taken_for_a_password(alg):
    for _ in range(50):
        assert lint(guard(Key.generate("k1", alg, "https://issuer.example/"))).all == ()


def test_each_guard_of_several_is_looked_at_too():
    assert "guard-leeway" in lint([guard(), guard(leeway_seconds=120)]).ids


def test_what_cannot_be_made_is_named_beside_the_rules():
    assert any("2048" in what for what, _, _ in REFUSED)
    assert all(clause for _, _, clause in REFUSED)


# Documents


def test_a_self_granting_call_is_told_by_its_extension_too_and_says_that_this_is_a_heuristic():
    document = operation(**{"x-scope-grants": True})
    (told,) = lint(api("POST", **document)).by("document-self-granting")
    (guessed,) = lint(api("POST", template="/user/keys")).by("document-self-granting")
    assert told.found == "opened by pets; stated by x-scope-grants"
    assert guessed.found == "opened by pets; guessed from its path"
    assert "heuristic" in told.says


def test_what_the_owner_s_scope_opens_is_used_too():
    unused = [one.place for one in lint(api(own=any_of("Toys"))).by("document-scope-unused")]
    assert unused == ["pets:read"]


def test_a_scope_that_shows_single_fields_is_used():
    fields = [{"fields": ["email"], "security": [{"a": ["Toys"]}]}]
    found = lint(api(**operation(**{"x-scope-fields": fields})))
    assert [one.place for one in found.by("document-scope-unused")] == ["pets:read"]


@pytest.mark.parametrize(
    ("scopes", "missing"), [(["pets:read"], "no 401 and no 403"), ([], "no 401")], ids=["scopes", "any good token"]
)
def test_an_operation_without_security_of_its_own_has_that_of_the_document(scopes, missing):
    document = {"paths": {"/pets": {"get": {"responses": {"200": {}}}}}, "security": [{"a": scopes}]}
    assert [str(one) for one in lint(document).by("document-no-refusal")] == [f"GET /pets: {missing}"]


@pytest.mark.parametrize("security", [5, "x", [5], [{"a": 5}], {"a": []}, [None, {}]])
def test_a_security_that_is_none_stops_no_rule(security):
    document = {"openapi": "3.1.0", "paths": {"/pets": {"get": {"security": security, "responses": {}}}}}
    found = lint(read_document(document))
    assert [one for one in found.by("document-no-refusal") if "403" in one.found] == []


@pytest.mark.parametrize("answers", [{"default": {}}, {"4XX": {}}, {"4xx": {}}])
def test_answers_documented_in_general_are_documented(answers):
    assert lint(api(**operation(responses=answers))).by("document-no-refusal") == ()


@pytest.mark.parametrize(
    "url", ["http://localhost:8000/t", "http://127.0.0.1/t", "https://a.example/t", "/t", "http://[::1]/t"]
)
def test_a_token_url_on_this_machine_or_with_tls_is_no_finding(url):
    assert lint(api(**flow("clientCredentials", tokenUrl=url))).by("document-token-url") == ()


@pytest.mark.parametrize(
    "raw",
    [
        {"paths": 7},
        {"paths": {"/": 7}},
        {"paths": {"/": {"get": 7}}},
        {"components": 7},
        {"components": {"securitySchemes": {"a": {"flows": 7}}}},
    ],
)
def test_a_raw_document_that_is_broken_breaks_no_rule(raw):
    assert lint(replace(names("pets"), raw=raw)).ids == ("document-scope-unused",)


TAUGHT = {
    "": {"document-prefix", "document-self-granting"},
    "/modern": {"document-prefix", "document-self-granting"},
    "/api/v2": {"document-prefix", "document-self-granting"},
    "/keys": {"document-write-any-token"},
}


@pytest.mark.parametrize("prefix", TAUGHT)
def test_the_sample_api_s_documents_have_no_error_and_the_warnings_that_are_taught(world, prefix):
    found = lint(world.get(f"{prefix}/openapi.json").json)
    assert found.errors == ()
    assert {one.id for one in found if one.severity == "warning"} == TAUGHT[prefix]


def test_the_sample_api_grants_itself_scopes_by_the_client_grants(world):
    found = lint(world.get("/api/v2/openapi.json").json)
    assert [str(one) for one in found.by("document-self-granting")] == [
        "POST /client-grants (grant scopes to an application): opened by create:client_grants; guessed from its path"
    ]
    (prefix,) = found.by("document-prefix")
    assert str(prefix) == "update:users: is a prefix of update:users_app_metadata"


def test_the_sample_api_s_guards_have_no_finding_in_a_lab(world):
    for audience in (mounts.REPOS, mounts.MODERN, mounts.tenants(world.state)[0]):
        assert lint(mounts.guard_of(world.state, audience)).all == ()


def test_scopes_in_two_claims_are_all_looked_at():
    found = lint(token(scope="gists", scopes=["repos", "repo"]), vocabulary=GITHUB_SCOPES)
    assert {one.place for one in found.by("token-scope-unknown")} == {"'gists'", "'repos'"}
    assert found.by("token-scopes-twice")[0].found == "other names in each"
    [same] = lint(token(scope="gist repo", scopes=["repo", "gist"])).by("token-scopes-twice")
    assert same.found == "the same names"


# Findings


def test_findings_are_in_order_of_severity_rule_and_place():
    found = lint(token("iss", "exp", "jti", scope="repo public_repo"), vocabulary=GITHUB_SCOPES)
    assert found.ids == ("token-no-exp", "token-no-iss", "token-no-jti", "token-parent-too")
    assert [one.order for one in found] == sorted(one.order for one in found)


def test_findings_are_written_as_json_and_print_with_place_fix_and_clause():
    found = lint(token("aud"))
    assert json.loads(found.to_json()) == [{
        "id": "token-no-aud", "severity": "error", "place": "aud", "found": "",
        "says": "The token does not say which API it is for.", "fix": "Give it an aud: the API's name.",
        "clause": "RFC 8725 section 3.9",
    }]  # fmt: skip
    assert repr(found) == (
        "✗ error    token-no-aud  The token does not say which API it is for.\n"
        "           aud\n"
        "           Give it an aud: the API's name. RFC 8725 section 3.9\n"
        "1 error"
    )


def test_many_places_of_one_rule_are_cut_in_text_and_whole_on_a_page():
    found = lint(names(*(f"s{n:02}" for n in range(20))))
    assert "and 12 more" in repr(found)
    assert "s19" not in repr(found)
    assert "s19" in found._repr_html_()


def test_findings_are_escaped_on_a_page():
    html = lint(names("<script>"))._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    "thing", ["eyJ.eyJ.x", 7, None, [], [KEY]], ids=["token", "number", "nothing", "empty list", "key"]
)
def test_what_lint_does_not_look_at_is_refused_and_not_quoted(thing):
    with pytest.raises(DocumentError) as caught:
        lint(thing)
    assert str(caught.value) == f"Lint checks a token, a guard or an OpenAPI document; found {type(thing).__name__}."


def test_a_document_that_was_read_is_looked_at_as_well_and_as_a_whole(world):
    raw = world.get("/api/v2/openapi.json").json
    raw["components"]["securitySchemes"] |= flow("implicit", scopes={}, authorizationUrl="/a")["components"][
        "securitySchemes"
    ]
    assert lint(read_document(raw)).all == lint(raw).all
    assert "document-implicit" in lint(read_document(raw)).ids


def test_a_document_keeps_what_it_was_read_from_and_neither_compares_nor_prints_it(world):
    raw = world.get("/openapi.json").json
    read = read_document(raw)
    assert read.raw is raw
    assert read == replace(read, raw={})
    assert repr(read) == repr(replace(read, raw={}))
