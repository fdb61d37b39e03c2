"""An oracle: what the guard allows, PyJWT with every option set allows too. The guard is only ever stricter."""

import random
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from forging import API, HEADER, ISSUER, KEY, SECRET, b64, forged, part

from scopekit import GITHUB, Guard, Key, KeySet

REQUIRED = ["iss", "sub", "aud", "iat", "exp", "jti"]
UNKNOWN = {
    "x5t": "nEe0", "x5t#S256": "y", "cat": "cl_B7", "jku": "http://127.0.0.1:9/keys", "x5u": "http://127.0.0.1:9/cert",
    "x5c": ["MIID"], "jwk": {"kty": "oct", "k": "c2VjcmV0"}, "cty": "JWT", "zip": "DEF",
}  # fmt: skip
"""Header parameters that a reader passes over (RFC 7515 section 4)."""
WIDER = ["jürgen@example.de", "アプリ", "JWT", "jwt", "application/JWT", ["repo", 7], ["repo gist"], "id token"]
ODD = [None, True, -1, 0, 0.5, "", "x", "1e400", [], ["x"], {}, {"a": 1}, 2**53, 2**63, 1e18, 1e-9, " ", "é", "a" * 300]


def base_claims(now):
    return {
        "iss": ISSUER,
        "sub": "octocat",
        "aud": API,
        "iat": now - 5,
        "exp": now + 600,
        "jti": "n",
        "scopes": ["repo"],
    }


def generated(rng, now):
    """A header and claims that are good, or have up to three things changed, left out or added."""
    header, claims = dict(HEADER), base_claims(now)
    for _ in range(rng.choice([0, 0, 1, 1, 2, 3])):
        part = rng.choice([header, claims, claims, claims])
        name = rng.choice([*part, "nbf", "crit", "b64", "x"])
        near = [now, now - 1, now + 1, now + 10**9, [API, "other"], API, "JWT", "HS256", "none"]
        value = rng.choice(ODD + near + WIDER)
        if rng.random() < 0.25:
            part.pop(name, None)
        else:
            part[name] = value
    if rng.random() < 0.4:
        name = rng.choice(list(UNKNOWN))
        header[name] = UNKNOWN[name]
    if rng.random() < 0.3:
        claims["iat"] = now - rng.random()
    return header, claims


def pyjwt_allows(token, key=SECRET, algorithms=("HS256",), recipient="aud", required=REQUIRED):
    """Whether PyJWT allows a token, with every option on. Another recipient than `aud` it cannot check: we do."""
    options = {"require": required, "verify_sub": True, "verify_jti": True, "enforce_minimum_key_length": True}
    audience = {"audience": API} if recipient == "aud" else {}
    options |= {} if recipient == "aud" else {"verify_aud": False}
    try:
        claims = jwt.decode(token, key, algorithms=list(algorithms), issuer=ISSUER, options=options, **audience)
    except jwt.InvalidTokenError:
        return False
    named = claims.get(recipient)
    return recipient == "aud" or named == API or (isinstance(named, list) and API in named)


def test_what_the_guard_allows_pyjwt_allows_too_over_four_thousand_tokens():
    rng, now = random.Random(2014), int(time.time())
    guard = Guard(KeySet([KEY]), audience=API, profile=GITHUB, leeway_seconds=0)
    allowed = stricter = 0
    for _ in range(4000):
        header, claims = generated(rng, now)
        token = forged(header, claims, alg="HS256")
        ours, theirs = guard.decide(f"Bearer {token}").allowed, pyjwt_allows(token)
        assert theirs or not ours, (header, claims)
        allowed, stricter = allowed + ours, stricter + (theirs and not ours)
    assert allowed > 1000
    assert stricter > 100


OTHER_SHAPES = {
    "a recipient in client_id": GITHUB.replace(
        recipient="client_id", claims=("iss", "sub", "client_id", "iat", "exp", "jti")
    ),
    "a recipient in azp, and a value required": GITHUB.replace(
        recipient="azp", claims=("iss", "sub", "azp", "iat", "exp", "jti"), requires={"token_use": ("access", None)}
    ),
    "no typ needed, scopes in another claim": GITHUB.replace(typ=(None, "JWT")).reading("scp", "scopes"),
}


@pytest.mark.parametrize("profile", OTHER_SHAPES.values(), ids=OTHER_SHAPES)
def test_in_other_shapes_pyjwt_allows_too_what_the_guard_allows(profile):
    rng, now = random.Random(profile.recipient), int(time.time())
    guard = Guard(KeySet([KEY]), audience=API, profile=profile, leeway_seconds=0)
    required = [name for name in REQUIRED if name != "aud" or profile.recipient == "aud"]
    allowed = 0
    for _ in range(1000):
        header, claims = generated(rng, now)
        if profile.recipient != "aud":
            claims[profile.recipient] = claims.pop("aud", None)
        if rng.random() < 0.3:
            claims["token_use"] = rng.choice(["access", "id", ["access"], True])
        token = forged(header, claims)
        ours = guard.decide(f"Bearer {token}").allowed
        assert not ours or pyjwt_allows(token, recipient=profile.recipient, required=required), (header, claims)
        assert not ours or claims.get("token_use", "access") in ("access", ["access"]) or not profile.requires
        allowed += ours
    assert allowed > 150


def test_by_either_name_of_ed25519_pyjwt_allows_what_the_guard_allows():
    rng, now = random.Random(9864), int(time.time())
    key = Key.generate("k1", "Ed25519", ISSUER)
    other = Key.generate("k2", "RS256", ISSUER)
    guard = Guard(KeySet([key.public(), other.public()]), audience=API, profile=GITHUB, leeway_seconds=0)
    public, allowed = serialization.load_pem_public_key(key.public().material), 0
    for _ in range(400):
        header, claims = generated(rng, now)
        header["alg"] = rng.choice(["EdDSA", "Ed25519", "RS256", "HS256", "none"])
        if rng.random() < 0.5:
            header.pop("kid", None)  # the algorithm chooses among the issuer's two keys, and never how one is used
        message = f"{part(header)}.{part(claims)}"
        token = f"{message}.{b64(key.sign(message.encode()))}"
        ours = guard.decide(f"Bearer {token}").allowed
        renamed = f"{part({**header, 'alg': 'EdDSA'})}.{part(claims)}"  # PyJWT knows the older name alone
        theirs = pyjwt_allows(f"{renamed}.{b64(key.sign(renamed.encode()))}", public, ["EdDSA"])
        assert not ours or (theirs and header["alg"] in ("EdDSA", "Ed25519")), (header, claims)
        allowed += ours
    assert allowed > 30
