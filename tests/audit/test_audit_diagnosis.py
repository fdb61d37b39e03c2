"""Denials by somebody else's API: which well-known complaint it is, and what each of the eleven steps can know."""

import json
import re
from contextlib import suppress
from urllib.parse import quote

import pytest
from foreign_apis import HERE, NOW, serving
from hypothesis import given
from hypothesis import strategies as st

from scopekit import GITHUB, Guard, Key, KeySet, LessonClock, Vocabulary, all_of, any_of
from scopekit.audit import Exchange, diagnose, read_response
from scopekit.audit.diagnosis.complaints import COMPLAINTS
from scopekit.audit.diagnosis.responses import read_challenges
from scopekit.audit.sending import send
from scopekit.audit.token_text import read_text
from scopekit.checks import CHECK_NAMES
from scopekit.errors import DocumentError
from scopekit.http import answer
from scopekit.issuer import sign
from scopekit.keys import base64url

KEY = Key("k1", bytes(range(32)), issuer="https://live.example/")
VOCABULARY = Vocabulary({"repo": "All", "public_repo": "Public"}, implies={"repo": ["public_repo"]})


@pytest.fixture(scope="module")
def apis():
    with serving() as served:
        yield served


@pytest.fixture
def call(apis):
    """One denied call of a dialect, for a token of these claims: the exchange and the token."""
    address, session = apis

    def made(dialect, claims, need):
        token = claims if isinstance(claims, str) else signed(claims)
        return send(session, address, "GET", f"/{dialect}?need={quote(need)}", token), token

    return made


def signed(claims, typ="JWT"):
    own = {"iss": "https://live.example/", "sub": "u", "aud": HERE, "iat": NOW - 60, "exp": NOW + 3600}
    whole = {name: value for name, value in {**own, **claims}.items() if value is not None}
    return signed_by_others({"alg": "HS256", "typ": typ, "kid": "k1"}, whole)


def signed_by_others(header, claims):
    """A token that this kit's issuer might refuse to sign."""
    message = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    return read_text(f"{message}.{base64url(KEY.sign(message.encode()))}").token


def ids(diagnosis):
    return [each.id for each in diagnosis.complaints]


def answered(status, headers=None, body=""):
    return Exchange("GET", "/", {}, "", status, "", headers or {}, body)


# The well-known complaints

READ, RAW = "read:users", "read:users_app_metadata"
KNOWN = [
    ("expired", "express", {"exp": NOW - 60}, READ),
    ("expired", "standard", {"exp": NOW - 60, "scope": ""}, READ),
    ("not-yet-valid", "standard", {"nbf": NOW + 60, "iat": NOW + 60}, READ),
    ("milliseconds", "pyjwt", {"iat": NOW * 1000, "exp": (NOW + 3600) * 1000}, READ),
    ("milliseconds", "standard", {"nbf": NOW * 1_000_000}, READ),
    ("time-no-number", "pyjwt", {"exp": "2014-11-25T16:25:09Z"}, READ),
    ("id-no-text", "pyjwt", {"sub": 42}, READ),
    ("id-no-text", "flask", {"sub": ["u"]}, READ),
    ("id-token", "standard", {"nonce": "n", "aud": "client-1", "azp": "client-1"}, READ),
    ("id-token", "express", {"at_hash": "h", "aud": "client-1"}, READ),
    ("id-token", "auth0", {"typ": "ID", "aud": "client-1"}, READ),
    ("other-api", "express", {"aud": "https://other.example", "scope": READ}, READ),
    ("other-api", "standard", {"aud": "https://other.example", "scope": READ}, READ),
    ("other-issuer", "express", {"iss": "https://test.example/", "scope": READ}, READ),
    ("claim-name", "standard", {"scopes": [READ]}, READ),
    ("claim-name", "auth0", {"scopes": {"users": {"actions": ["read"]}}}, READ),
    ("vendor-claim", "auth0", {"scp": [READ]}, READ),
    ("vendor-claim", "standard", {"scp": READ}, READ),
    ("permissions-not-scope", "auth0", {"scope": "openid", "permissions": [READ]}, READ),
    ("own-namespace", "standard", {"https://x.example/scope": READ}, READ),
    ("list-for-string", "standard", {"scope": [READ, "openid"]}, READ),
    ("string-for-list", "article", {"scopes": f"{READ} openid"}, READ),
    ("string-for-list", "auth0", {"permissions": READ}, READ),
    ("delimiter", "standard", {"scope": f"openid,{READ}"}, READ),
    ("delimiter", "article", {"scopes": [f"openid {READ}"]}, READ),
    ("letter-case", "auth0", {"scope": "Read:Users"}, READ),
    ("address-before-scope", "standard", {"scope": f"{HERE}/read:users"}, READ),
    ("address-before-scope", "auth0", {"scope": "read"}, "api://x/read"),
    ("wildcard", "standard", {"scope": "read:*"}, READ),
    ("prefix", "auth0", {"scope": READ}, RAW),
    ("unknown-hierarchy", "standard", {"scope": "repo"}, "public_repo"),
    ("unknown-hierarchy", "standard", {"scope": "user"}, "user:email"),
    ("unknown-hierarchy", "fastapi", {"scopes": ["repo"]}, "public_repo"),
    ("needs-all", "standard", {"scope": READ}, f"{READ} read:roles"),
    ("read-elsewhere", "article", {"scope": READ}, READ),
    ("hidden", "hiding", {"scope": "openid"}, READ),
    ("claim-name", "hiding", {"scopes": [READ]}, READ),
    ("401-for-scope", "article", {"scopes": ["gist"]}, READ),
    ("401-for-scope", "fastapi", {"scopes": ["gist"]}, READ),
    ("beyond-scopes", "github", "ghp_owner", "repo"),
]


@pytest.mark.parametrize(("complaint", "dialect", "claims", "need"), KNOWN, ids=[f"{k[0]} by {k[1]}" for k in KNOWN])
def test_a_well_known_complaint_is_named_first(call, complaint, dialect, claims, need):
    exchange, token = call(dialect, claims, need)
    assert exchange.status >= 400
    assert ids(diagnose(exchange, token, any_of(*need.split()), VOCABULARY))[0] == complaint


def test_every_complaint_has_an_answer_that_shows_it():
    assert {each.id for each in COMPLAINTS} - {known[0] for known in KNOWN} == {"not-granted", "not-401"}


def test_a_scope_that_was_asked_for_and_is_not_there_was_not_granted(call):
    diagnosis = diagnose(*call("standard", {"scope": "openid"}, READ), requested=[READ])
    assert (ids(diagnosis), diagnosis.complaints[0].sentence) == (
        ["not-granted"],
        f"{READ} was requested, but not granted.",
    )


def test_a_scope_that_the_api_no_longer_counts_was_not_granted():
    told = {"X-OAuth-Scopes": "gist", "X-Accepted-OAuth-Scopes": "repo"}
    assert ids(diagnose(answered(403, told), signed({"scope": "repo gist"}), now=NOW)) == ["not-granted"]


@pytest.mark.parametrize(
    ("claims", "complaint"),
    [
        ({"scopes": ["repo"]}, "claim-name"),
        ({"permissions": ["repo"]}, "permissions-not-scope"),
        ({"scope": "gist", "scp": "repo"}, "vendor-claim"),
        ({"scope": "gist,repo"}, "delimiter"),
        ({"scope": "Repo"}, "letter-case"),
    ],
    ids=lambda value: value if isinstance(value, str) else json.dumps(value),
)
def test_a_claim_that_the_api_says_it_did_not_read_is_named(lab, claims, complaint):
    token = lab.mint([], audience="https://api.example/modern")
    kept = {name: value for name, value in token.claims.items() if name != "scope"}
    sent = sign(token.header, {**kept, **claims}, lab.state.keys.get("lab-1"))
    exchange = lab.post("/modern/user/repos", sent, name="demo", private=True)
    assert exchange.status == 403
    assert ids(diagnose(exchange, sent, vocabulary=lab.vocabulary))[0] == complaint


def test_a_registered_claim_of_which_the_api_read_nothing_is_not_the_one_that_it_reads(lab):
    token = lab.mint([])
    kept = {name: value for name, value in token.claims.items() if name != "scopes"}
    sent = sign(token.header, {**kept, "scope": "repo"}, lab.state.keys.get("lab-1"))
    exchange = lab.post("/user/repos", sent, name="demo", private=True)
    assert ids(diagnose(exchange, sent, vocabulary=lab.vocabulary)) == ["read-elsewhere"]


def test_the_complaint_that_the_answer_itself_blames_comes_before_a_likelier_one(call):
    exchange, token = call("express", {"aud": "https://other.example", "scope": READ}, READ)
    assert ids(diagnose(exchange, token, now=NOW + 7200)) == ["other-api", "expired"]


def test_a_scope_that_is_held_in_another_claim_is_not_also_taken_for_another_scope(call):
    assert ids(diagnose(*call("auth0", {"scopes": [READ]}, f"{READ} {RAW}"))) == ["claim-name"]


@pytest.mark.parametrize(
    "said", ["invalid signature", "The issuer 'https://a/' is invalid", "No matching key was found", "unknown kid"]
)
def test_a_token_of_another_environment_is_named_by_its_issuer(said):
    diagnosis = diagnose(answered(401, {}, json.dumps({"message": said})), signed({"iss": "https://b/"}), now=NOW)
    assert ids(diagnosis) == ["other-issuer"]
    assert diagnosis.complaints[0].sentence == (
        "The token is from 'https://b/'; this API does not know its issuer or key."
    )


def test_the_check_that_an_answer_blames_has_failed_though_it_cannot_be_seen():
    exchange = answered(401, {}, '{"code": "invalid_token", "message": "invalid signature"}')
    step = diagnose(exchange, signed({}), now=NOW).step("signature")
    assert (step.verdict, step.found) == ("failed", "the answer blames it")
    assert step.fix == "Use a token of this environment's issuer, and do not change it."


@pytest.mark.parametrize("dialect", ["standard", "auth0"])
def test_a_token_that_simply_lacks_the_scope_names_no_complaint_but_the_nearest(call, dialect):
    diagnosis = diagnose(*call(dialect, {"scope": "openid gist"}, READ))
    assert ids(diagnosis) == []
    assert diagnosis.step("scopes").verdict == "failed"
    assert diagnosis.step("scopes").found == (
        "looked in `scope`, found a string, read {gist, openid}; the call needs {read:users}; nearest: read:users"
    )
    assert diagnosis.decision.least == (READ,)


def test_the_nearest_of_several_is_the_one_that_lacks_least():
    needed = any_of(all_of("a", "b", "c"), all_of("c", "d"))
    step = diagnose(answered(403), signed({"scope": "a b"}), needed, now=NOW).step("scopes")
    assert step.found.endswith("the call needs (a and b and c) or (c and d); nearest: c")
    assert step.fix == "Ask for a token with c."


def test_an_opaque_key_is_explained_by_what_the_api_says_of_it(call):
    diagnosis = diagnose(*call("github", "ghp_reader", "repo"))
    assert ids(diagnosis) == []
    assert diagnosis.step("scopes").found == "the API read {read:user}; the call needs {repo}; nearest: repo"
    assert diagnosis.step("form").verdict == "skipped"


def test_the_answer_counts_more_than_the_documentation():
    told = {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="a b"'}
    diagnosis = diagnose(answered(403, told), signed({"scope": "a"}), any_of("a", "b"), now=NOW)
    assert (diagnosis.decision.needed, ids(diagnosis)) == (all_of("a", "b"), ["needs-all"])


def test_a_problem_body_is_read(call):
    diagnosis = diagnose(*call("problem", {"scope": READ}, READ))
    assert (diagnosis.decision.description, diagnosis.decision.needed) == ("Not yours.", any_of(READ))
    assert ids(diagnosis) == ["read-elsewhere", "beyond-scopes"]


def test_a_mistake_of_time_is_seen_from_now_and_else_from_the_answers_own_date(call):
    exchange, token = call("auth0", {"scope": "gist"}, READ)
    assert diagnose(exchange, token).step("time").verdict == "passed"
    assert diagnose(exchange, token, now=NOW + 7200).step("time").verdict == "failed"


def test_an_expired_token_is_not_the_cause_of_a_403(call):
    assert ids(diagnose(*call("auth0", {"exp": NOW - 60, "scope": "gist"}, READ))) == []


@pytest.mark.parametrize("status", [400, 409, 429, 500, 503])
def test_an_answer_that_is_no_denial_names_no_complaint(status):
    diagnosis = diagnose(answered(status), signed({"scopes": [READ], "exp": NOW - 1}), any_of(READ), now=NOW)
    assert (ids(diagnosis), diagnosis.decision.check, diagnosis.decision.allowed) == ([], None, False)


def test_an_answer_that_lets_the_call_through_is_no_denial(call):
    diagnosis = diagnose(*call("standard", {"scope": READ}, READ))
    assert (diagnosis.decision.allowed, ids(diagnosis)) == (True, [])


# The guard's own ladder, from outside


def test_the_steps_are_the_guards_own_in_their_order(call):
    diagnosis = diagnose(*call("standard", {"scope": "gist"}, READ))
    assert tuple(step.check for step in diagnosis.steps) == CHECK_NAMES
    seen = {step.check: step.verdict for step in diagnosis.steps}
    assert seen | {"type": "skipped"} == {
        "credentials": "passed", "form": "passed", "key": "skipped", "algorithm": "skipped", "signature": "skipped",
        "type": "skipped", "issuer": "skipped", "audience": "skipped", "time": "passed", "revocation": "skipped",
        "scopes": "failed",
    }  # fmt: skip
    assert diagnosis.step("signature").found.startswith("cannot be known from outside")


def refused():
    """A refusal of the guard for each of its checks: the Authorization header, and the check that says no."""
    good, other = signed({"jti": "id-1", "scopes": ["gist"]}), Key("k9", bytes(range(1, 33)))
    claims = dict(good.claims, scopes=["gist"])
    changed = {
        "form": f"{good}=", "key": sign({"alg": "HS256", "typ": "JWT", "kid": "k9"}, claims, other),
        "algorithm": sign({"alg": "HS384", "typ": "JWT", "kid": "k1"}, claims, KEY),
        "signature": f"{good.text[:-4]}AAAA", "type": signed({"jti": "1"}, typ="at+jwt"),
        "issuer": signed({"iss": "https://b.example/", "jti": "1"}), "audience": signed({"aud": "b", "jti": "1"}),
        "time": signed({"exp": NOW - 90, "jti": "1"}), "revocation": signed({"jti": None}), "scopes": good,
    }  # fmt: skip
    return [("credentials", None), *((check, f"Bearer {token}") for check, token in changed.items())]


@pytest.mark.parametrize(("check", "header"), refused(), ids=lambda value: value if value in CHECK_NAMES else "")
def test_the_check_that_a_guard_failed_is_told_from_its_answer_alone(check, header):
    clock = LessonClock(NOW)
    guard = Guard(KeySet([KEY]), audience=HERE, profile=GITHUB, clock=clock, leeway_seconds=0)
    decision = guard.decide(header, any_of("repo"))
    sent = answer(decision)
    exchange = answered(sent.status, sent.headers, json.dumps(sent.body))
    assert decision.check == check
    assert diagnose(exchange, None, now=NOW).decision.check == check


def test_a_number_as_subject_is_named_and_the_odd_status_too(call):
    exchange, _ = call("flask", {"sub": 42}, READ)
    diagnosis = diagnose(exchange, signed({"sub": 42}), None)
    form = diagnosis.step("form")
    assert (form.verdict, form.found, form.fix) == (
        "failed",
        "sub is the number 42",
        "Have the issuer write 'sub' as text.",
    )
    assert (exchange.status, ids(diagnosis)) == (422, ["id-no-text", "not-401"])


def test_a_time_in_milliseconds_is_not_called_early():
    told = {"message": "Token used before issued"}
    diagnosis = diagnose(answered(401, {}, json.dumps(told)), signed({"iat": NOW * 1000}), now=NOW)
    found = "iat is the number 1416929109000, which is 2014-11-25 15:25:09 UTC in milliseconds"
    assert (diagnosis.step("time").verdict, diagnosis.step("time").found) == ("failed", found)
    assert ids(diagnosis) == ["milliseconds"]


def test_a_time_in_milliseconds_is_shown_where_the_api_blames_something_else():
    step = diagnose(answered(403), signed({"exp": NOW * 1000}), now=NOW).step("time")
    assert step.verdict == "skipped"
    assert "2014-11-25 15:25:09 UTC in milliseconds" in step.found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("'{token}'", "the text has quotes, which are no part of a token"),
        ("Bearer {token}", "characters of strict compact form, NOT VERIFIED"),
        ("{token}==", "A token must be three parts of base64url with a dot between them; this text is not"),
        ("{token}.A.B", "an encrypted token (RFC 7516), which only its recipient can read"),
        ("s3cr3t", "an opaque key, which holds nothing that can be read"),
        ("SG.s3cr3t.s3cr3t", "an opaque key, which holds nothing that can be read"),
    ],
    ids=["quotes", "scheme", "padding", "encrypted", "opaque", "opaque in three parts"],
)
def test_the_form_of_a_text_is_named(text, found):
    step = diagnose(answered(401), text.format(token=signed({})), now=NOW).step("form")
    assert found in step.found
    assert "s3cr3t" not in step.found


# Dialects


@pytest.mark.parametrize(
    ("status", "headers", "body", "check"),
    [
        (401, {"www-authenticate": 'Bearer realm="x"'}, "", "credentials"),
        (401, {}, {"detail": "Not authenticated"}, "credentials"),
        (401, {}, {"name": "UnauthorizedError", "code": "credentials_required", "message": "No token"}, "credentials"),
        (401, {}, "<pre>UnauthorizedError: jwt malformed<br> at x</pre>", "form"),
        (401, {}, {"error": {"code": "revoked_token", "message": "The token has been revoked."}}, "revocation"),
        (401, {}, {"detail": "Signature has expired"}, "time"),
        (401, {}, {"message": "invalid signature", "code": "invalid_token"}, "signature"),
        (401, {"WWW-Authenticate": 'Bearer error="invalid_token", error_description="No audience"'}, "", "audience"),
        (403, {}, {"error": {"code": 403, "status": "PERMISSION_DENIED", "details": []}}, "scopes"),
        (403, {}, {"message": "API rate limit exceeded for 127.0.0.1."}, None),
        (401, {"WWW-Authenticate": "Bearer"}, {"detail": "Could not validate credentials"}, None),
        (401, {}, {"message": "Access token is missing or invalid"}, None),
        (401, {}, {"message": "Invalid API key"}, None),
        (400, {}, {"error": "invalid_request"}, "credentials"),
        (400, {}, {"message": "The field audience is required."}, None),
        (401, {}, {"message": "Token used before issued"}, "time"),
        (422, {}, {"msg": "Subject must be a string"}, "form"),
        (422, {}, {"detail": [{"msg": "field required"}]}, None),
        (400, {}, {"message": "Invalid access token, does not contain scopes:[user:read]."}, "scopes"),
        (429, {}, {"message": "expired"}, None),
        (500, {}, {"detail": "scope of a variable"}, None),
    ],
)  # fmt: skip
def test_an_answer_blames_a_check_in_its_own_dialect(status, headers, body, check):
    text = body if isinstance(body, str) else json.dumps(body)
    assert diagnose(answered(status, headers, text), None, now=NOW).decision.check == check


@pytest.mark.parametrize(
    ("headers", "body", "needed"),
    [
        ({"WWW-Authenticate": 'Bearer scope="a b", Basic realm="c"'}, "", all_of("a", "b")),
        ({"X-Accepted-OAuth-Scopes": "a, b"}, "", any_of("a", "b")),
        ({"X-Accepted-GitHub-Permissions": "contents=read,issues=write; metadata=read"}, "",
         any_of(all_of("contents=read", "issues=write"), "metadata=read")),
        ({}, {"message": "Insufficient scope, expected any of: a,b"}, any_of("a", "b")),
        ({}, {"error": "insufficient_scope", "scope": "a b"}, all_of("a", "b")),
        ({}, {"detail": {"msg": "no", "required_scopes": ["a", "b"]}}, all_of("a", "b")),
    ],
)  # fmt: skip
def test_what_the_call_needs_is_read_in_every_dialect(headers, body, needed):
    diagnosis = diagnose(answered(403, headers, body if isinstance(body, str) else json.dumps(body)), None)
    assert diagnosis.decision.needed == needed


@pytest.mark.parametrize(
    ("header", "challenges"),
    [
        ("Bearer", [("bearer", {})]),
        ('Bearer realm="a, \\"b\\"", error=invalid_token', [("bearer", {"realm": 'a, "b"', "error": "invalid_token"})]),
        ('Basic, Bearer realm = "x"', [("basic", {}), ("bearer", {"realm": "x"})]),
        ('Negotiate YWJj==, DPoP algs="ES256"', [("negotiate", {}), ("dpop", {"algs": "ES256"})]),
        ('bearer Realm="x", realm="y"', [("bearer", {"realm": "x"})]),
        ('Bearer scope="a b" , , error="e"', [("bearer", {"scope": "a b", "error": "e"})]),
        ('realm="x"', []),
        ('Bearer realm="never closed', [("bearer", {}), ("closed", {})]),
    ],
)
def test_challenges_are_read_by_their_grammar(header, challenges):
    read = [(each.scheme, dict(each.parameters)) for each in read_challenges(header)]
    assert read == challenges


# What comes from outside


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["error", "detail", "scope", "message", "code", "details", "reason"]), inner)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["WWW-Authenticate", "X-OAuth-Scopes", "X-Accepted-OAuth-Scopes", "X-Accepted-GitHub-Permissions", "Date"]
)
PIECES = st.lists(st.sampled_from(["Bearer ", 'scope="', '"', "=", ",", "\\", "a b", "error", " ", "é", "\x1b[31m"]))


@given(
    status=st.sampled_from([200, 400, 401, 403, 404, 500]),
    headers=st.dictionaries(NAMES, st.text() | PIECES.map("".join)),
    body=st.text() | JSON.map(json.dumps),
    token=st.none() | st.text(),
)
def test_no_answer_and_no_token_raises(status, headers, body, token):
    diagnosis = diagnose(answered(status, headers, body), token)
    assert len(diagnosis.steps) == 11
    assert "\x1b" not in repr(diagnosis)
    assert json.loads(json.dumps(diagnosis.to_json()))["verified"] is False
    assert "<script" not in diagnosis._repr_html_()


CLAIMS = st.sampled_from(
    ["scope", "scopes", "scp", "permissions", "roles", "authorization_details", "aud", "exp", "nbf", "azp", "typ"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)


@given(claims=st.dictionaries(CLAIMS, VALUES, max_size=6), status=st.sampled_from([401, 403, 404]))
def test_no_claim_raises(claims, status):
    text = ".".join(base64url(json.dumps(part).encode()) for part in ({"alg": "HS256"}, claims)) + ".c2ln"
    assert repr(diagnose(answered(status), text, any_of("a", "b")))


@given(st.text() | st.text().map(lambda text: f"HTTP/1.1 403 Forbidden\r\n{text}"))
def test_a_text_is_a_response_or_said_to_be_none(text):
    with suppress(DocumentError):
        assert 100 <= read_response(text).status < 600


@pytest.mark.parametrize("text", ["", "{}", "HTTP/1.1 999 Odd", "403 Forbidden", "\x00"])
def test_a_text_without_a_status_line_is_no_response(text):
    with pytest.raises(DocumentError, match="must begin with a status line"):
        read_response(text)


def test_a_response_is_read_as_curl_prints_it():
    text = (
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n"
        'HTTP/2 403 \r\nwww-authenticate: Basic\r\nWWW-Authenticate: Bearer error="e"\r\n\r\n{"a":\r\n\r\n1}'
    )
    exchange = read_response(text)
    assert (exchange.status, exchange.json) == (403, {"a": 1})
    assert exchange.headers == {"www-authenticate": 'Basic, Bearer error="e"'}


def test_a_response_with_bare_line_feeds_and_no_body_is_read():
    exchange = read_response("HTTP/1.1 401 Unauthorized\nDate: now\n")
    assert (exchange.status, exchange.phrase, exchange.text) == (401, "Unauthorized", "")


def test_a_denial_never_holds_the_token():
    token = signed({"scope": "gist"})
    exchange = answered(403, {}, json.dumps({"message": f"Token {token} lacks a scope, and so does ghp_{'a' * 36}"}))
    diagnosis = diagnose(exchange, token, now=NOW)
    told = repr(diagnosis) + diagnosis._repr_html_() + json.dumps(diagnosis.to_json())
    assert diagnosis.decision.description == "Token $TOKEN lacks a scope, and so does $TOKEN"
    assert not [part for part in (*str(token).split("."), "ghp_") if part in told]


def test_a_denial_prints_its_steps_its_complaints_and_that_nothing_is_verified(call):
    text = repr(diagnose(*call("auth0", {"scopes": [READ]}, READ)))
    assert text.startswith("✗ denied by the check scopes: 403 insufficient_scope. Insufficient scope, expected any of")
    assert "\n  claim-name: The scopes are in 'scopes'; the API reads the registered claim, 'scope'.\n" in text
    assert text.endswith("NOT VERIFIED: anyone may have written it.")


def test_a_denial_shows_its_complaints_escaped():
    diagnosis = diagnose(answered(403, {}, '{"message": "<script>x</script> needs a scope"}'), None)
    html = diagnosis._repr_html_()
    assert "&lt;script&gt;" in html
    assert "<script>" not in html
    assert "NOT VERIFIED" in html


def test_each_complaint_says_what_to_do_and_by_which_source():
    for each in COMPLAINTS:
        assert re.fullmatch(r"[a-z0-9-]+", each.id)
        assert each.check in CHECK_NAMES
        assert each.fix.endswith(".")
        assert each.source


def test_header_parameters_that_the_kits_guard_refuses_are_nobodys_mistake_elsewhere():
    text = ".".join(base64url(part) for part in (b'{"alg":"RS256","x5t":"abc"}', b'{"scp":"gist"}', b"sig"))
    assert diagnose(answered(403), text).step("form").verdict == "passed"
    assert diagnose(answered(403), f"{text}=").step("form").verdict == "failed"
