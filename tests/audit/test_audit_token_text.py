"""A token that a strict parser refuses: what it holds is shown, and the member at fault is named."""

import json

import pytest
from commanding import scopekit
from hypothesis import given
from hypothesis import strategies as st

from scopekit import Key, Token, any_of
from scopekit.audit import Exchange, diagnose, lint
from scopekit.audit.token_text import read_text
from scopekit.keys import base64url
from scopekit.render.reports import findings_page

KEY = Key("k1", bytes(range(32)), issuer="https://issuer.example/")
HEADER = {"alg": "HS256", "typ": "at+jwt", "kid": "k1"}
CLAIMS = {
    "iss": "https://issuer.example/", "sub": "ada", "client_id": "c", "aud": "notes", "jti": "1", "iat": 1000,
    "exp": 4600, "scope": "notes:read",
}  # fmt: skip
SECONDS = 1796070836
DATE = "2026-11-30 20:33:56 UTC"


def written(claims=None, header=None):
    """A token as an issuer with other rules writes it."""
    parts = {**HEADER, **(header or {})}, {**CLAIMS, **(claims or {})}
    message = ".".join(base64url(json.dumps(part).encode()) for part in parts)
    return f"{message}.{base64url(KEY.sign(message.encode()))}"


def raw(header, claims):
    return f"{base64url(header.encode())}.{base64url(claims.encode())}.AAAA"


MEMBERS = {
    "a number as sub": ({"sub": 42}, {}, "sub is the number 42."),
    "true as sub": ({"sub": True}, {}, "sub is true."),
    "null as jti": ({"jti": None}, {}, "jti is null."),
    "a list as jti": ({"jti": ["a"]}, {}, "jti is a list."),
    "a number as iss": ({"iss": 7}, {}, "iss is the number 7."),
    "a number as client_id": ({"client_id": 7}, {}, "client_id is the number 7."),
    "an object as aud": ({"aud": {"a": 1}}, {}, "aud is an object."),
    "a number among aud": ({"aud": ["notes", 7]}, {}, "aud is a list that holds the number 7."),
    "control characters in sub": ({"sub": "a\u0007b"}, {}, "sub is text with a control character."),
    "300 characters of sub": ({"sub": "a" * 300}, {}, "sub is text of 300 characters."),
    "empty sub": ({"sub": ""}, {}, "sub is empty text."),
    "a number as kid": ({}, {"kid": 7}, "kid is the number 7."),
    "a list as alg": ({}, {"alg": ["HS256"]}, "alg is a list."),
    "crit": ({}, {"crit": ["exp"], "exp": 1}, "crit: in the header."),
    "b64": ({}, {"b64": False}, "b64: in the header."),
    "milliseconds": ({"iat": SECONDS * 1000}, {}, f"iat is the number 1796070836000, which is {DATE} in milliseconds."),
    "milliseconds with a fraction": ({"nbf": SECONDS * 1000 + 0.5}, {}, f"which is {DATE} in milliseconds."),
    "microseconds": ({"exp": SECONDS * 10**6}, {}, f"which is {DATE} in microseconds."),
    "nanoseconds": ({"exp": SECONDS * 10**9}, {}, f"which is {DATE} in nanoseconds."),
    "seconds as text": ({"exp": str(SECONDS)}, {}, f"exp is the text '1796070836', which is {DATE}."),
    "milliseconds as text": ({"exp": "1796070836000"}, {}, f"'1796070836000', which is {DATE} in milliseconds."),
    "an ISO date": ({"exp": "2026-11-30T20:33:56Z"}, {}, "exp is the text '2026-11-30T20:33:56Z'."),
    "true as exp": ({"exp": True}, {}, "exp is true or false."),
    "other text as exp": ({"exp": "s3cr3t"}, {}, "exp is a string."),
}


@pytest.mark.parametrize(("claims", "header", "sentence"), MEMBERS.values(), ids=MEMBERS)
def test_decode_shows_the_claims_of_a_refused_token_and_names_the_member(claims, header, sentence, tmp_path):
    process = scopekit("decode", folder=tmp_path, stdin=written(claims, header))
    assert (process.returncode, process.stderr) == (0, "")
    assert "notes:read" in process.stdout
    assert sentence in process.stdout


@pytest.mark.parametrize(("claims", "header", "sentence"), MEMBERS.values(), ids=MEMBERS)
def test_lint_finds_the_member_in_text_and_on_the_page(claims, header, sentence):
    findings = lint(read_text(written(claims, header)).token)
    ids = ("token-id-no-text", "token-read-otherwise", "token-time-no-number", "token-time-milliseconds")
    [finding] = [each for each in findings.errors if each.id in ids]
    assert sentence in finding.sentence
    assert str(finding) in repr(findings)
    assert finding.found.replace("'", "&#x27;") in findings_page(findings, "a token").replace("&#39;", "&#x27;")
    assert not findings.by("token-form")


FORMS = {
    "padding": f"{written()}=",
    "a name twice": raw('{"alg": "HS256"}', '{"scope": "notes:read", "scope": "notes:read"}'),
    "two parts": written().rpartition(".")[0],
    "four parts": f"{written()}.AAAA",
    "a header that is not JSON": raw("no JSON", '{"scope": "notes:read"}'),
    "the other alphabet of base64": f"{written()}+",
    "deep": written({"deep": json.loads("[" * 20 + "]" * 20)}),
    "long": written({"long": "a" * 9000}),
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_decode_shows_the_claims_of_a_malformed_token_and_says_why_it_is_refused(text, tmp_path):
    process = scopekit("decode", "--json", folder=tmp_path, stdin=text)
    shown = json.loads(process.stdout)
    assert shown["claims"]["scope"] == "notes:read"
    assert shown["facts"][0]["id"] == "token-form"
    assert shown["facts"][0]["place"].startswith("form: ")


@pytest.mark.parametrize(
    "payload", ["no JSON", "[1]", "", '"text"', "[" * 5_000], ids=["text", "list", "none", "string", "deep"]
)
def test_the_header_is_shown_if_the_claims_are_not_a_json_object(payload, tmp_path):
    process = scopekit("decode", folder=tmp_path, stdin=raw('{"alg": "HS256", "kid": "k1"}', payload))
    assert process.returncode == 0
    assert "which key signed it" in process.stdout
    assert "form: The claims part" in process.stdout


def test_decode_shows_the_date_of_a_time_in_milliseconds(tmp_path):
    shown = scopekit("decode", folder=tmp_path, stdin=written({"iat": SECONDS * 1000})).stdout
    assert f"1796070836000  ({DATE} in milliseconds)" in shown
    assert "4600  (1970-01-01 01:16:40 UTC)" in shown
    token = read_text(written({"iat": SECONDS * 1000})).token
    for view in (shown, repr(token), token._repr_html_()):
        assert f"{DATE} in milliseconds" in view
        assert "beyond the calendar" not in view


def test_a_number_that_is_not_finite_is_shown(tmp_path):
    process = scopekit("decode", folder=tmp_path, stdin=raw('{"alg": "HS256"}', '{"scope": "notes:read", "a": 1e999}'))
    assert "notes:read" in process.stdout
    assert "form: The claims part is not JSON in UTF-8 with unique names and finite numbers." in process.stdout


def test_claims_that_are_nested_too_deep_to_print_are_left_out():
    text = raw('{"alg": "HS256"}', '{"a":' * 500 + "1" + "}" * 500)
    assert read_text(text).token.claims == {}


AROUND = {
    "quotes": ("'{}'", "quotes"),
    "double quotes": ('"{}"', "quotes"),
    "a header in quotes": ("'Authorization: Bearer {}'", "quotes"),
    "a scheme before quotes": ('Bearer "{}"', "quotes"),
    "curly quotes": ("\u201c{}\u201d", "quotes"),
    "lines": ("{}", "white space"),
}


@pytest.mark.parametrize(("form", "around"), AROUND.values(), ids=AROUND)
def test_what_is_around_a_token_is_removed_and_named(form, around, tmp_path):
    token = written()
    text = form.format(f"{token[:40]}\n  {token[40:90]}\n{token[90:]}" if around == "white space" else token)
    process = scopekit("decode", "--json", folder=tmp_path, stdin=text)
    assert json.loads(process.stdout)["facts"] == []
    assert process.stderr == f"Removed from the token: {around}. An API refuses a token with {around}.\n"


def test_two_tokens_are_not_taken_for_one(tmp_path):
    process = scopekit("decode", folder=tmp_path, stdin=f"{written()}\n{written()}")
    assert process.stderr == "One token is needed; found several words.\n"


@pytest.mark.parametrize("claims", [{"sub": 42}, {"jti": None}, {"iss": ["a"]}], ids=["sub", "jti", "iss"])
def test_the_signature_of_a_refused_token_is_verified_all_the_same(claims, tmp_path):
    (tmp_path / "key.json").write_text(json.dumps(KEY.to_jwk(private=True)))
    process = scopekit("decode", "--key", "key.json", folder=tmp_path, stdin=written(claims))
    assert process.returncode == 0
    assert "✓ The signature is verified" in process.stdout


@pytest.mark.parametrize(
    ("header", "reason"),
    [({"kid": 7}, "kid is the number 7, and no key has such a kid."), ({"alg": "HS512"}, "alg 'HS512'")],
    ids=["kid", "alg"],
)
def test_a_signature_that_cannot_be_checked_does_not_verify(header, reason, tmp_path):
    (tmp_path / "key.json").write_text(json.dumps(KEY.to_jwk(private=True)))
    process = scopekit("decode", "--key", "key.json", folder=tmp_path, stdin=written({}, header))
    assert process.returncode == 1
    assert f"✗ DOES NOT VERIFY: {reason}" in process.stdout


EXPLAIN = ("explain", "--key", "key.json", "--audience", "notes")


def test_explain_shows_the_claims_of_a_token_that_the_guard_refuses(tmp_path):
    (tmp_path / "key.json").write_text(json.dumps(KEY.to_jwk(private=True)))
    process = scopekit(*EXPLAIN, folder=tmp_path, stdin=written({"sub": 42}))
    assert "denied by the check form" in process.stdout
    assert "sub is the number 42." in process.stdout
    assert "notes:read" in process.stdout


def test_explain_tells_the_claims_as_json(tmp_path):
    (tmp_path / "answer").write_text("HTTP/1.1 422 Unprocessable Entity\n\n")
    process = scopekit("explain", "--answer", "answer", "--json", folder=tmp_path, stdin=written({"sub": 42}))
    told = json.loads(process.stdout)["token"]
    assert (told["header"]["kid"], told["claims"]["sub"]) == ("k1", 42)
    assert told["facts"] == [{"id": "token-id-no-text", "place": "sub: the number 42"}]


def test_explain_takes_an_answer_to_an_encrypted_token(tmp_path):
    (tmp_path / "answer").write_text("HTTP/1.1 401 Unauthorized\n\n")
    header = base64url(b'{"alg": "RSA-OAEP", "enc": "A256GCM"}')
    text = f"{header}.AAAA.AAAA.AAAA.AAAA"
    process = scopekit("explain", "--answer", "answer", folder=tmp_path, stdin=text)
    assert "an encrypted token (RFC 7516), which only its recipient can read" in process.stdout
    assert "AAAA" not in process.stdout


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
NAMES = ("iss", "sub", "aud", "jti", "client_id", "iat", "exp", "nbf", "scope", "scp", "typ", "azp", "realm_access")


@given(
    header=st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit", "x5t"]), JSON, max_size=3),
    claims=st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4),
    status=st.sampled_from([400, 401, 403, 422]),
)
def test_whatever_a_token_holds_is_looked_at_without_an_error(header, claims, status):
    text = written(claims, header)
    exchange = Exchange("GET", "/", {}, "", status, "", {}, '{"message": "Token used before issued"}')
    assert repr(lint(read_text(text).token))
    assert "mappingproxy" not in repr(diagnose(exchange, text, any_of("notes:read"), now=SECONDS))


@given(st.text() | st.text("eyJ.-_= 'A0\n"))
def test_whatever_a_text_holds_is_read_without_an_error(text):
    read = read_text(text)
    assert (read.token is None) == (read.kind != "readable")


def test_names_in_a_header_that_change_nothing_are_no_finding():
    token = read_text(written({}, {"x5t": "abc", "cat": "cl_B7d4PD111AAA"})).token
    assert token == Token.parse(token.text)
    assert not lint(token).errors[1:]
    assert not lint(token).by("token-form")
