import copy
import json
import pickle
from datetime import datetime, timedelta

import jwt
import pytest
from forging import (
    API,
    CLAIMS,
    HEADER,
    ISSUER,
    KEY,
    NOW,
    OTHER_SECRET,
    SECRET,
    b64,
    forged,
    issuer,
    part,
    sealed,
    told,
    whole_guard,
    with_claims,
    with_header,
)

from scopekit import GITHUB, RFC9068, Issuer, Key, LessonClock, Token, any_of
from scopekit.errors import ScopeError, TokenError
from scopekit.issuer import sign
from scopekit.scopes import notation
from scopekit.tokens import MAX_TOKEN_BYTES, parse_leniently
from scopekit.wording import human_time

TEXT = forged()
HEAD, BODY, SEAL = TEXT.split(".")
HEADER_JSON, CLAIMS_JSON = json.dumps(HEADER), json.dumps(CLAIMS)


def raw(name, text):
    """A well-signed token with one claim written as this JSON text."""
    rest = json.dumps({key: value for key, value in CLAIMS.items() if key != name})
    return forged(claims=f'{rest[:-1]}, "{name}": {text}}}')


def nested(depth):
    """A well-signed token with a claim that is a list in a list, this many levels deep below the claims."""
    return raw("x", "[" * depth + "]" * depth)


# Each row is a token that its key signed, or that nobody did, and the check that refuses it

SPELLINGS = {
    "padding on the header": (f"{HEAD}=.{BODY}.{SEAL}", "form"),
    "padding on the claims": (f"{HEAD}.{BODY}=.{SEAL}", "form"),
    "padding on the signature": (f"{HEAD}.{BODY}.{SEAL}=", "form"),
    "padding that was signed over": (sealed(f"{HEAD}=.{BODY}"), "form"),
    "a newline at the end": (f"{TEXT}\n", "form"),
    "a newline within": (f"{HEAD}.\n{BODY}.{SEAL}", "form"),
    "a space within": (f"{HEAD}. {BODY}.{SEAL}", "form"),
    "a tab before it": (f"\t{TEXT}", "form"),
    "the alphabet of plain base64": (f"{HEAD}.{BODY}.++//{SEAL[4:]}", "form"),
    "other tail bits": (f"{TEXT[:-1]}{chr(ord(TEXT[-1]) + 1)}", "form"),
    "a part of one character over": (sealed(f"{HEAD}.AAAAA"), "form"),
    "quotes around it": (f'"{TEXT}"', "form"),
    "two tokens": (f"{TEXT} {TEXT}", "form"),
    "two tokens with a comma": (f"{TEXT},{TEXT}", "form"),
    "letters beyond ASCII": (f"{HEAD}.{BODY}.{SEAL[:-1]}\uff21", "form"),
    "nothing": ("", "form"),
    "two parts": (f"{HEAD}.{BODY}", "form"),
    "four parts": (f"{TEXT}.AAAA", "form"),
    "five parts, as JWE has them": (f"{part({'alg': 'dir', 'enc': 'A256GCM'})}..AAAA.AAAA.AAAA", "form"),
    "JSON serialisation": (json.dumps({"protected": HEAD, "payload": BODY, "signature": SEAL}), "form"),
    "an empty header": (f".{BODY}.{SEAL}", "form"),
    "empty claims": (sealed(f"{HEAD}."), "form"),
}

SIGNATURES = {
    "null": (f"{HEAD}.{BODY}.", "signature"),
    "blank": (f"{HEAD}.{BODY}.{b64(bytes(32))}", "signature"),
    "truncated": (f"{HEAD}.{BODY}.{b64(bytes.fromhex('00') * 16)}", "signature"),
    "truncated but right as far as it goes": (TEXT[:-4], "signature"),
    "of the word null": (f"{HEAD}.{BODY}.{b64('null')}", "signature"),
    "with a blank password": (forged(secret=b""), "signature"),
    "with a null byte for a password": (forged(secret=b"\0"), "signature"),
    "with a word": (forged(secret=b"secret"), "signature"),
    "over other claims": (f"{HEAD}.{part({**CLAIMS, 'scopes': ['repo', 'admin']})}.{SEAL}", "signature"),
    "over another header": (f"{part({**HEADER, 'typ': 'JWT '})}.{BODY}.{SEAL}", "signature"),
    "psychic, 64 bytes of nothing": (f"{HEAD}.{BODY}.{b64(bytes(64))}", "signature"),
    "of another hash": (forged(alg="HS512"), "signature"),
}

NO_ALGORITHM = ("none", "None", "NONE", "nOnE")
ALGORITHMS = {
    **{f"alg {alg}": (f"{part({**HEADER, 'alg': alg})}.{BODY}.", "algorithm") for alg in NO_ALGORITHM},
    "alg none with a signature": (with_header(alg="none"), "algorithm"),
    "alg none and a space": (with_header(alg="none "), "algorithm"),
    "alg hs256": (with_header(alg="hs256"), "algorithm"),
    "alg HS384, signed with it": (forged(header={**HEADER, "alg": "HS384"}, alg="HS384"), "algorithm"),
    "alg RS256": (with_header(alg="RS256"), "algorithm"),
    "no alg": (with_header(alg=None), "algorithm"),
    "alg null": (forged(header=HEADER_JSON.replace('"HS256"', "null")), "form"),
    "alg a list": (with_header(alg=["HS256"]), "form"),
    "alg a number": (with_header(alg=256), "form"),
    "alg an object": (with_header(alg={"HS256": True}), "form"),
    "alg blank": (with_header(alg=""), "form"),
}

HEADERS = {
    "crit unknown": (with_header(crit=["x"], x=1), "form"),
    "crit empty": (with_header(crit=[]), "form"),
    "b64 false": (with_header(b64=False, crit=["b64"]), "form"),
    "typ of an access token": (with_header(typ="at+jwt"), "type"),
    "no typ": (with_header(typ=None), "type"),
    "kid of another": (with_header(kid="k3"), "key"),
    "kid up a folder": (with_header(kid="../../../../dev/null"), "key"),
    "kid with SQL": (with_header(kid="k1' UNION SELECT 'secret' --"), "key"),
    "kid with a command": (with_header(kid="k1|/bin/sleep 10"), "key"),
    "kid with a line break": (with_header(kid="k1\r\nX-Injected: 1"), "form"),
    "kid blank": (with_header(kid=""), "form"),
    "kid a number": (with_header(kid=1), "form"),
    "kid a list": (with_header(kid=["k1"]), "form"),
    "kid of 256 characters": (with_header(kid="k" * 256), "form"),
    "no kid, and two issuers": (forged(header={"alg": "HS256", "typ": "JWT"}, claims={**CLAIMS, "iss": "x"}), "key"),
}

JSON_TEXTS = {
    "a claim there twice": (forged(claims=f'{CLAIMS_JSON[:-1]}, "scopes": ["repo"]}}'), "form"),
    "a claim there twice, once escaped": (forged(claims=f'{CLAIMS_JSON[:-1]}, "s\\u0063opes": []}}'), "form"),
    "a header name there twice": (forged(header=f'{HEADER_JSON[:-1]}, "alg": "HS256"}}'), "form"),
    "a name twice further down": (raw("x", '{"a": 1, "a": 2}'), "form"),
    "NaN in a claim": (raw("x", "NaN"), "form"),
    "Infinity in a claim": (raw("x", "[Infinity]"), "form"),
    "-Infinity in a claim": (raw("x", "-Infinity"), "form"),
    "a number beyond all floats": (raw("x", "1e400"), "form"),
    "a number of 5000 digits": (raw("x", "9" * 5000), "form"),
    "half a surrogate in sub": (raw("sub", '"\\ud800"'), "form"),
    "half a surrogate in jti": (raw("jti", '"\\udfff"'), "form"),
    "half a surrogate in another claim": (raw("x", '"\\uD800"'), "form"),
    "half a surrogate in a name": (raw("x", '{"\\ud800": 1}'), "form"),
    "claims in UTF-16": (forged(claims=CLAIMS_JSON.encode("utf-16")), "form"),
    "claims in UTF-16 without a mark": (forged(claims=CLAIMS_JSON.encode("utf-16-le")), "form"),
    "claims in UTF-32": (forged(claims=CLAIMS_JSON.encode("utf-32")), "form"),
    "claims with a byte order mark": (forged(claims=CLAIMS_JSON.encode("utf-8-sig")), "form"),
    "a header in UTF-16": (forged(header=HEADER_JSON.encode("utf-16-be")), "form"),
    "a header with a byte order mark": (forged(header=HEADER_JSON.encode("utf-8-sig")), "form"),
    "claims in Latin-1": (forged(claims=b'{"x": "\xe9"}'), "form"),
    "an overlong null byte": (forged(claims=b'{"x": "\xc0\x80"}'), "form"),
    "a line break in a text": (raw("x", '"a\nb"'), "form"),
    "a list for claims": (forged(claims="[]"), "form"),
    "a text for claims": (forged(claims='"text"'), "form"),
    "null for claims": (forged(claims="null"), "form"),
    "a list for a header": (forged(header="[]"), "form"),
    "no JSON for claims": (forged(claims="{iss: 1}"), "form"),
    "more after the claims": (forged(claims=CLAIMS_JSON + "{}"), "form"),
    "17 levels": (nested(16), "form"),
    "3000 levels": (nested(3000), "form"),
    "1000 levels in a header": (forged(header='{"alg":' * 1000 + "1" + "}" * 1000), "form"),
    "a token of 8 KiB and one character": (TEXT + "A" * (MAX_TOKEN_BYTES + 1 - len(TEXT)), "form"),
    "a token of a megabyte": (with_claims(x="x" * 2**20), "form"),
    "a token and junk after 8 KiB of spaces": (TEXT + " " * MAX_TOKEN_BYTES + "junk", "form"),
}

ID_NAMES = ("jti", "sub", "iss", "client_id", "parent_jti")
IDS = {
    **{f"{name} blank": (with_claims(**{name: ""}), "form") for name in ID_NAMES},
    **{f"{name} a number": (with_claims(**{name: 7}), "form") for name in ID_NAMES},
    "jti null": (raw("jti", "null"), "form"),
    "jti a list": (with_claims(jti=["id-1"]), "form"),
    "jti with a null byte": (with_claims(jti="id-1\0x"), "form"),
    "jti with a line break": (with_claims(jti="id-1\r\nX: 1"), "form"),
    "jti of 256 characters": (with_claims(jti="x" * 256), "form"),
    "jti of 100 KB": (with_claims(jti="x" * 100_000), "form"),
    "no jti": (with_claims(jti=None), "revocation"),
    "no sub": (with_claims(sub=None), "type"),
    "no iss": (with_claims(iss=None), "issuer"),
    "iss in other letters": (with_claims(iss=ISSUER.upper()), "issuer"),
    "iss without its slash": (with_claims(iss=ISSUER.rstrip("/")), "issuer"),
    "iss a list": (with_claims(iss=[ISSUER]), "form"),
    "no aud": (with_claims(aud=None), "audience"),
    "aud null": (raw("aud", "null"), "audience"),
    "aud in other letters": (with_claims(aud=API.upper()), "audience"),
    "aud that begins alike": (with_claims(aud=API + "x"), "audience"),
    "aud a list with one that begins alike": (with_claims(aud=[API + "x"]), "audience"),
    "aud an empty list": (with_claims(aud=[]), "audience"),
    "aud a list with a number": (with_claims(aud=[API, 7]), "audience"),
    "aud a list in a list": (with_claims(aud=[[API]]), "audience"),
    "aud an object": (with_claims(aud={API: 1}), "audience"),
}

WRITTEN_TIMES = {
    "text": f'"{NOW + 60}"',
    "text with spaces": f'" {NOW + 60} "',
    "text with underscores": '"2_000_000_000"',
    "text in other digits": '"٢٠٠٠٠٠٠٠٠٠"',
    "a date": '"2033-05-18T03:33:20Z"',
    "true": "true",
    "null": "null",
    "a list": f"[{NOW + 60}]",
    "an object": "{}",
    "negative": "-1",
    "2^53": str(2**53),
    "1e18": "1e18",
    "4000 digits": "9" * 4000,
    "NaN": "NaN",
    "infinite": "Infinity",
    "1e400": "1e400",
}
FORM_REFUSES = {"NaN", "infinite", "1e400"}
TIMES = {
    **{
        f"{name} {how}": (raw(name, text), "form" if how in FORM_REFUSES else "time")
        for name in ("exp", "iat", "nbf")
        for how, text in WRITTEN_TIMES.items()
    },
    "exp in milliseconds": (with_claims(exp=(NOW + 60) * 1000), "time"),
    "iat in milliseconds": (with_claims(iat=NOW * 1000), "time"),
    "no exp": (with_claims(exp=None), "time"),
    "no iat": (with_claims(iat=None), "time"),
    "exp just now": (with_claims(exp=NOW), "time"),
    "nbf in a second": (with_claims(nbf=NOW + 1), "time"),
    "iat in a second": (with_claims(iat=NOW + 1), "time"),
    "a lifetime over the cap": (with_claims(exp=NOW + 90 * 86400 + 1), "time"),
    "an old token with a lifetime over the cap": (with_claims(iat=1, exp=NOW + 60), "time"),
}

SCOPES = {
    "a text": (with_claims(scopes="repo"), "scopes"),
    "a text that holds the scope": (with_claims(scopes="xrepox"), "scopes"),
    "a text with spaces": (with_claims(scopes="repo gist"), "scopes"),
    "an object": (with_claims(scopes={"repo": {"actions": [""]}}), "scopes"),
    "a number": (with_claims(scopes=7), "scopes"),
    "true": (with_claims(scopes=True), "scopes"),
    "null": (raw("scopes", "null"), "scopes"),
}

REFUSED = {
    f"{kind}: {name}": row
    for kind, table in {
        "spelling": SPELLINGS, "signature": SIGNATURES, "algorithm": ALGORITHMS, "header": HEADERS, "json": JSON_TEXTS,
        "id": IDS, "time": TIMES, "scopes": SCOPES,
    }.items()
    for name, row in table.items()
}  # fmt: skip


@pytest.mark.parametrize(("text", "check"), REFUSED.values(), ids=REFUSED)
def test_a_token_is_refused_for(guard, text, check):
    decision = guard.decide(f"Bearer {text}", any_of("public_repo"))
    assert (decision.status, decision.error, decision.check) == (401, "invalid_token", check)


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize(("unit", "factor"), [("milliseconds", 10**3), ("microseconds", 10**6), ("nanoseconds", 10**9)])
def test_a_time_in_a_smaller_unit_is_refused_by_its_name_and_never_taken_for_a_far_end(name, unit, factor):
    decision = whole_guard(profile=GITHUB.replace(max_ttl_seconds=None)).explain(
        f"Bearer {with_claims(**{name: NOW * factor})}"
    )
    assert told(decision) == (401, "invalid_token", "time")
    assert decision.description == f"A time of the token is in {unit}; it must be in seconds."
    assert decision.step("time").found == f"{name} is the number {NOW * factor}, which is {human_time(NOW)} in {unit}"


@pytest.mark.parametrize(
    ("value", "check"), [(10**11 - 1, None), (10**11, "time"), (10**20 - 1, "time"), (10**20, "time")]
)
def test_the_last_second_that_is_a_time_is_before_the_year_5138(value, check):
    guard = whole_guard(profile=GITHUB.replace(max_ttl_seconds=None))
    assert guard.decide(f"Bearer {with_claims(exp=value)}").check == check


ACCEPTED = {
    "as it is": TEXT,
    "with the audience in a list": with_claims(aud=["another", API]),
    "with times that are no whole numbers": with_claims(iat=NOW - 0.5, exp=NOW + 0.5, nbf=NOW - 0.25),
    "with a claim that nobody knows": with_claims(x={"deep": [1, {"er": None}]}),
    "with a claim beyond ASCII": with_claims(name="Ünïcödé 🐙"),
    "with a claim beyond ASCII, not escaped": raw("name", '"Ünïcödé 🐙"'),
    "with the longest lifetime": with_claims(exp=NOW + 90 * 86400),
    "with the longest id": with_claims(jti="x" * 255),
    "with ids in other scripts": with_claims(jti="ïd", sub="jürgen@example.de", client_id="アプリ"),
    "16 levels deep": nested(15),
    "without a kid, for its issuer has one key": forged(header={"alg": "HS256", "typ": "JWT"}),
    "with spaces after the scheme": f" {TEXT}",
}


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED)
def test_a_token_is_accepted(guard, text):
    assert guard.decide(f"Bearer {text}", any_of("public_repo"))


PASSED_OVER = {
    "jwk": {"jwk": {"kty": "oct", "k": b64(OTHER_SECRET)}},
    "jku": {"jku": "http://127.0.0.1:9/keys"},
    "x5u": {"x5u": "http://127.0.0.1:9/cert"},
    "x5c": {"x5c": ["AAAA"]},
    "x5t": {"x5t": "nEe0Sp8Mv3ZCaKuMZxZ4w0vrJz8"},
    "cty": {"cty": "JWT"},
    "a name nobody knows": {"cat": "cl_B7d4PD111AAA"},
    "typ in other letters": {"typ": "jwt"},
    "typ as a whole media type": {"typ": "application/JWT"},
}


@pytest.mark.parametrize("header", PASSED_OVER.values(), ids=PASSED_OVER)
def test_a_header_parameter_that_is_not_understood_is_passed_over(guard, header):
    assert guard.decide(f"Bearer {with_header(**header)}", any_of("public_repo"))


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_a_key_that_the_header_brings_or_names_is_never_used(guard, name):
    text = forged(header={**HEADER, **PASSED_OVER[name]}, secret=OTHER_SECRET)
    assert told(guard.decide(f"Bearer {text}")) == (401, "invalid_token", "signature")


UNREADABLE = {
    "a number": 7,
    "null": None,
    "a list": ["repo"],
    "two scopes in one element": "repo gist",
    "a blank element": "",
    "an element with a quote": 'repo"',
}


@pytest.mark.parametrize("entry", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_entry_among_the_scopes_grants_nothing_and_is_noted(guard, entry):
    beside = guard.explain(f"Bearer {with_claims(scopes=['repo', entry])}", any_of("public_repo"))
    assert beside.allowed
    assert "passed over 1 entry" in beside.step("scopes").found
    alone = guard.explain(f"Bearer {with_claims(scopes=[entry])}", any_of("public_repo"))
    assert (alone.status, alone.check) == (403, "scopes")
    assert "holds no scope; passed over 1 entry" in alone.step("scopes").found


def test_a_token_of_just_8_kib_is_accepted(guard):
    room = (MAX_TOKEN_BYTES - len(with_claims(x=""))) // 4 * 3
    text = with_claims(x="x" * room)
    assert MAX_TOKEN_BYTES - 4 < len(text) <= MAX_TOKEN_BYTES
    assert guard.decide(f"Bearer {text}", any_of("public_repo"))


def test_a_scope_of_another_name_does_not_count(guard):
    for name in ("scope", "permissions", "scp"):
        token = with_claims(scopes=None, **{name: "repo"})
        assert guard.decide(f"Bearer {token}", any_of("repo")).status == 403


# Times, give or take the leeway


@pytest.mark.parametrize(
    ("changes", "accepted"),
    [
        ({"exp": NOW - 59}, True),
        ({"exp": NOW - 60}, False),
        ({"iat": NOW + 60}, True),
        ({"iat": NOW + 61}, False),
        ({"nbf": NOW + 60}, True),
        ({"nbf": NOW + 61}, False),
    ],
    ids=str,
)
def test_clocks_may_differ_by_the_leeway_and_no_more(changes, accepted):
    guard = whole_guard(leeway_seconds=60)
    token = with_claims(**{"iat": NOW - 600, **changes})
    assert guard.decide(f"Bearer {token}").allowed == accepted


# Minting

LIFETIMES = {
    "none at all": 0,
    "a negative one": -1,
    "a fraction": 1.5,
    "a text": "3600",
    "true": True,
    "infinite": float("inf"),
    "a timedelta": timedelta(hours=1),
    "a time without a zone": datetime(2033, 5, 18),
}


@pytest.mark.parametrize("ttl", LIFETIMES.values(), ids=LIFETIMES)
def test_a_lifetime_is_a_whole_number_of_seconds(ttl):
    with pytest.raises(TokenError, match="A lifetime must be a whole number of seconds above 0; found"):
        issuer().mint(["repo"], ttl_seconds=ttl)


def test_a_lifetime_over_the_profile_s_cap_is_refused():
    with pytest.raises(TokenError, match="profile RFC9068 may live at most 86400 s; found 86401"):
        issuer(RFC9068).mint(["repo"], ttl_seconds=86401)


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "iat", "exp", "jti", "scopes"])
def test_a_claim_of_the_profile_cannot_be_replaced(name):
    with pytest.raises(TokenError, match=f"The profile writes '{name}' itself"):
        issuer().mint(["repo"], claims={name: "mine"})


def test_a_profile_with_an_audience_is_not_minted_without_one():
    with pytest.raises(TokenError, match="needs 'aud', but the issuer has no value for it"):
        issuer(audience=None).mint(["repo"])


def test_a_profile_with_an_issuer_is_not_minted_with_a_key_that_nobody_owns():
    with pytest.raises(TokenError, match="needs 'iss', but the issuer has no value for it"):
        issuer(key=Key("k1", SECRET)).mint(["repo"])


@pytest.mark.parametrize("bad", ["", "a\nb", "a\0b", "x" * 256, 7], ids=ascii)
def test_an_id_that_could_not_be_revoked_is_not_minted(bad):
    with pytest.raises(TokenError, match="'jti' must be text of 1 to 255 characters"):
        issuer(new_id=lambda: bad).mint(["repo"])


@pytest.mark.parametrize("when", ["soon", -1, True, 2**53, None, datetime(2033, 5, 18)], ids=str)
def test_a_time_that_is_no_number_is_not_minted(when):
    with pytest.raises(TokenError, match="'nbf' must be a number of seconds, 0 to 2\\^53"):
        issuer().mint(["repo"], claims={"nbf": when})


NO_JSON = {"NaN": float("nan"), "infinity": float("inf"), "a set": {1, 2}, "bytes": b"x", "5000 digits": 10**5000}


@pytest.mark.parametrize("value", NO_JSON.values(), ids=NO_JSON)
def test_a_claim_that_is_no_json_is_not_minted(value):
    with pytest.raises(TokenError, match="must be JSON with finite numbers"):
        issuer().mint(["repo"], claims={"x": value})


def test_a_claim_without_a_bottom_is_not_minted():
    bottomless = []
    bottomless.append(bottomless)
    with pytest.raises(TokenError, match="must be JSON with finite numbers"):
        issuer().mint(["repo"], claims={"x": bottomless})


def test_a_token_over_8_kib_is_not_minted():
    with pytest.raises(TokenError, match="at most 8192 characters"):
        issuer().mint(["repo"], claims={"x": "x" * 8192})


def test_a_malformed_scope_is_not_minted():
    with pytest.raises(ScopeError, match="found 'read write'"):
        issuer().mint(["read write"])


def test_what_is_minted_has_the_claims_of_its_profile_and_no_others():
    assert tuple(issuer(GITHUB).mint(["repo"]).claims) == (*GITHUB.claims, "scopes")
    assert tuple(issuer(RFC9068).mint(["repo"]).claims) == (*RFC9068.claims, "scope")


def test_a_token_lives_as_long_as_its_profile_says_unless_told_otherwise():
    assert issuer().mint([]).expires == NOW + 3600
    assert issuer().mint([], ttl_seconds=60).expires == NOW + 60


def test_two_tokens_have_two_ids():
    maker = Issuer(KEY, GITHUB, API, LessonClock(NOW))
    first, second = maker.mint(["repo"]), maker.mint(["repo"])
    assert first.claims["jti"] != second.claims["jti"]


def test_pyjwt_verifies_what_is_minted():
    token = issuer(RFC9068).mint(["repo", "gist"])
    claims = jwt.decode(
        str(token), SECRET, algorithms=["HS256"], audience=API, issuer=ISSUER,
        options={"verify_exp": False, "require": ["exp", "iat", "aud", "iss", "sub", "jti"]},
    )  # fmt: skip
    assert claims == token.claims
    assert jwt.get_unverified_header(str(token)) == {"alg": "HS256", "typ": "at+jwt", "kid": "k1"}


def test_a_guard_accepts_what_pyjwt_encodes(guard):
    text = jwt.encode(CLAIMS, SECRET, algorithm="HS256", headers={"kid": "k1"})
    assert guard.decide(f"Bearer {text}", any_of("repo"))


# A token that was parsed


def test_a_token_is_taken_apart_and_written_as_it_came():
    token = Token.parse(TEXT)
    assert str(token) == TEXT
    assert (token.header, token.claims["sub"], token.scopes) == (HEADER, "octocat", ("repo",))
    assert token.signing_input == f"{HEAD}.{BODY}".encode()
    assert len(token.signature) == 32


def test_claims_and_header_are_read_only_all_the_way_down():
    token = Token.parse(with_claims(x={"list": [1, {"y": 2}]}))
    with pytest.raises(TypeError):
        token.claims["scopes"] = ["admin"]
    with pytest.raises(TypeError):
        token.header["alg"] = "none"
    with pytest.raises(TypeError):
        token.claims["x"]["list"] = []
    with pytest.raises(TypeError):
        token.claims["x"]["list"][1]["y"] = 3
    assert token.claims["scopes"] == ("repo",)


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda token: pickle.loads(pickle.dumps(token))], ids=["copy", "pickle"]
)
def test_a_token_whose_claims_were_read_can_be_copied(copied):
    token = Token.parse(forged())
    assert token.claims is token.claims
    assert copied(token).claims == token.claims


def test_a_token_cannot_be_given_other_claims():
    with pytest.raises((AttributeError, TypeError)):
        Token.parse(TEXT).claims = {}
    with pytest.raises((AttributeError, TypeError)):
        Token.parse(TEXT).text = "another"


@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        ({"scope": "repo gist"}, ("repo", "gist")),
        ({"scopes": ["repo", "gist"]}, ("repo", "gist")),
        ({"scopes": {"users": {"actions": ["read"]}}}, ("read:users",)),
        ({"authorization_details": [{"type": "users", "actions": ["read"]}]}, ("read:users",)),
        ({"authorization_details": [{"type": "users", "actions": ["read"], "identifier": "7"}]}, ()),
        ({"scopes": "repo"}, ()),
        ({}, ()),
    ],
    ids=["oauth", "flat", "structured", "rar", "narrowed rar", "none of them", "no claim"],
)
def test_a_token_says_its_scopes_in_any_notation(claims, scopes):
    assert Token.parse(forged(claims=claims)).scopes == scopes


@pytest.mark.parametrize("text", ["null", "true", '"soon"', "-1", str(2**53)])
def test_an_end_that_is_no_number_is_no_end(text):
    assert Token.parse(raw("exp", text)).expires is None


def test_what_a_token_shows_of_itself_is_not_the_token():
    token = Token.parse(TEXT)
    for shown in (repr(token), token._repr_html_(), str([token])):
        assert "octocat" in shown
        assert "not verified" in shown
        assert SEAL not in shown
        assert BODY not in shown


@pytest.mark.parametrize("text", [row[0] for row in SPELLINGS.values()], ids=SPELLINGS)
def test_text_that_is_no_token_is_refused_in_one_sentence_without_showing_it(text):
    with pytest.raises(TokenError) as caught:
        Token.parse(text)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 120
    assert not text or text not in message


def test_a_text_of_one_character_over_8_kib_is_refused_for_its_length():
    with pytest.raises(TokenError, match="at most 8192 characters; found 8193"):
        Token.parse("A" * 8193)
    with pytest.raises(TokenError, match="three parts"):
        Token.parse("A" * 8192)


def test_a_lenient_reader_takes_what_the_strict_one_refuses():
    for text in (f"{TEXT}=", TEXT.replace(".", "\n."), with_header(b64=True), raw("x", "NaN")):
        with pytest.raises(TokenError):
            Token.parse(text)
        assert parse_leniently(text).claims["sub"] == "octocat"


def test_a_token_can_be_signed_as_an_attacker_would_write_it():
    token = sign({"alg": "none", "kid": "k1"}, {"sub": "mallory"}, KEY)
    assert token.header == {"alg": "none", "kid": "k1"}
    assert token.claims == {"sub": "mallory"}


def test_scopes_of_a_token_are_those_of_the_first_claim_that_can_be_read():
    assert Token.parse(with_claims(scope=7)).scopes == ("repo",)
    assert Token.parse(with_claims(scopes=7)).scopes == ()


def test_tokens_of_the_same_text_are_equal_and_can_be_kept_in_a_set():
    assert Token.parse(forged()) == Token.parse(forged())
    assert len({Token.parse(forged()), Token.parse(forged()), Token.parse(with_claims(jti="id-2"))}) == 2


def test_a_token_for_a_user_says_which_client_it_was_given_to():
    claims = issuer(RFC9068).mint(["repo"], subject="alice", client_id="gallery").claims
    assert (claims["sub"], claims["client_id"]) == ("alice", "gallery")


def test_a_client_that_acts_for_itself_is_subject_and_client():
    claims = issuer(RFC9068).mint(["repo"], subject="gallery").claims
    assert (claims["sub"], claims["client_id"]) == ("gallery", "gallery")


@pytest.mark.parametrize("name", ["flat", "oauth", "structured", "rar"])
def test_a_profile_reads_scopes_out_of_read_only_claims(name):
    profile = GITHUB.replace(notation=notation(name))
    assert profile.scopes(issuer(profile).mint(["read:users", "create:users"]).claims) == ("read:users", "create:users")
