"""What PyJWT lets through when it is called with care, and the guard does not: one row for each gap, by its id.

G2, the second signature of ES256, is in test_asymmetric.py; G19, a JWK Set over HTTP, in tests/stores.
"""

import datetime
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from forging import API, CLAIMS, HEADER, ISSUER, KEY, NOW, SECRET, forged, told, whole_guard, with_claims
from forging import issuer as issuing

from scopekit import GITHUB, RFC9068, Guard, Issuer, Key, KeySet, LessonClock
from scopekit.errors import KeyRefused, PolicyError, TokenError
from scopekit.material import pem

TWICE = json.dumps(CLAIMS)[:-1] + ', "scopes": ["repo", "gist"]}'
SURROGATE = json.dumps(CLAIMS).replace("octocat", "\\ud800")

REFUSED = {
    "G1 padding": (forged() + "=", "form"),
    "G3 exp as text": (with_claims(exp="9999999999"), "time"),
    "G3 exp with an underscore": (with_claims(exp="1_999_999_999"), "time"),
    "G3 iat is true": (with_claims(iat=True), "time"),
    "G3 iat is negative": (with_claims(iat=-1), "time"),
    "G3 exp of 1e18": (with_claims(exp=1e18), "time"),
    "G3 exp in milliseconds": (with_claims(exp=(NOW + 60) * 1000), "time"),
    "G3 exp of 4,000 digits": (forged(claims=json.dumps(CLAIMS).replace(str(NOW + 3600), "9" * 4000)), "time"),
    "G4 a claim twice": (forged(claims=TWICE), "form"),
    "G4 a header twice": (forged(header=json.dumps(HEADER)[:-1] + ', "kid": "k1"}'), "form"),
    "G5 NaN in another claim": (forged(claims=json.dumps({**CLAIMS, "x": float("nan")})), "form"),
    "G5 Infinity in another claim": (forged(claims=json.dumps({**CLAIMS, "x": float("inf")})), "form"),
    "G6 half a surrogate pair": (forged(claims=SURROGATE), "form"),
    "G7 claims in UTF-16": (forged(claims=json.dumps(CLAIMS).encode("utf-16")), "form"),
    "G7 a byte order mark": (forged(claims=b"\xef\xbb\xbf" + json.dumps(CLAIMS).encode()), "form"),
    "G8 another typ": (forged({**HEADER, "typ": "logout+jwt"}), "type"),
    "G8 crit": (forged({**HEADER, "crit": ["x5t"], "x5t": "AAAA"}), "form"),
    "G8 b64": (forged({**HEADER, "b64": False}), "form"),
    "G9 a blank jti": (with_claims(jti=""), "form"),
    "G9 a blank sub": (with_claims(sub=""), "form"),
    "G9 a jti of 256 characters": (with_claims(jti="x" * 256), "form"),
    "G9 NUL in the jti": (with_claims(jti="a\0b"), "form"),
    "G10 scopes in one text": (with_claims(scopes="xrepox"), "scopes"),
    "G10 scopes as names of an object": (with_claims(scopes={"repo": 1}), "scopes"),
    "G11 a lifetime of a year": (with_claims(exp=NOW + 365 * 86400), "time"),
    "G11 a megabyte": (with_claims(x="x" * 1_000_000), "form"),
    "G16 no exp": (with_claims(exp=None), "time"),
    "G16 another iss": (with_claims(iss="https://elsewhere.example/"), "issuer"),
    "G16 no aud": (with_claims(aud=None), "audience"),
}


@pytest.mark.parametrize(("token", "check"), REFUSED.values(), ids=REFUSED)
def test_the_guard_closes_the_gap(token, check):
    assert told(whole_guard().decide(f"Bearer {token}")) == (401, "invalid_token", check)


@pytest.mark.parametrize("secret", [b"", b"short", b"x" * 31], ids=["blank", "a word", "31 bytes"])
def test_g12_a_short_secret_is_refused_and_not_warned_about(secret):
    with pytest.raises(KeyRefused, match="at least 32 bytes"):
        Key("k", secret)


def test_g13_a_public_key_is_no_secret():
    public = Key.generate("k", "ES256").public()
    for secret in (public.material, json.dumps(public.to_jwk()).encode()):
        with pytest.raises(KeyRefused):
            Key("k", secret.ljust(32))


def test_g14_a_token_of_the_other_family_is_refused_and_raises_nothing():
    key = Key("k1", pem(rsa.generate_private_key(65537, 2048)), "RS256", ISSUER)
    guard = Guard(KeySet([key.public()]), audience=API, profile=GITHUB, clock=LessonClock(NOW))
    assert told(guard.decide(f"Bearer {forged()}")) == (401, "invalid_token", "algorithm")


@pytest.mark.parametrize("odd", [{"use": "enc"}, {"key_ops": ["sign"]}], ids=["use", "key_ops"])
def test_g15_a_key_for_another_use_verifies_nothing(odd):
    with pytest.raises(KeyRefused, match="A key that verifies"):
        Key.from_jwk({**KEY.to_jwk(private=True), **odd})


def test_g15_a_kid_is_there_once_and_secrets_stay_among_themselves():
    with pytest.raises(KeyRefused, match="needs a unique kid; found 'k1' twice"):
        KeySet([KEY, Key("k1", SECRET[::-1], issuer=ISSUER)])
    with pytest.raises(KeyRefused):
        KeySet([KEY, Key.generate("k2", "ES256").public()])


def test_g16_a_guard_cannot_be_made_without_an_audience_or_an_owner_of_its_keys():
    with pytest.raises(PolicyError, match="audience"):
        Guard(KeySet([KEY]))
    with pytest.raises(PolicyError, match="keys need an issuer"):
        Guard(KeySet([Key("k", SECRET)]), audience=API)


def test_g17_what_was_only_read_says_that_it_is_not_verified():
    token = issuing(GITHUB).mint(["repo"])
    assert repr(token).endswith("32 bytes, not verified")


def test_g18_eddsa_is_another_name_of_ed25519():
    key = Key.generate("k", "EdDSA", ISSUER)
    token = Issuer(key, RFC9068, API).mint(["repo"])
    assert token.header["alg"] == "Ed25519"
    assert Guard(KeySet([key.public()]), audience=API).decide(f"Bearer {token}")


@pytest.mark.parametrize("ttl", [datetime.timedelta(hours=1), datetime.datetime(2030, 1, 1), 3600.0, "3600"], ids=str)
def test_g20_a_lifetime_is_a_whole_number_of_seconds_and_no_date(ttl):
    with pytest.raises(TokenError, match="whole number of seconds"):
        issuing(GITHUB).mint(["repo"], ttl_seconds=ttl)
