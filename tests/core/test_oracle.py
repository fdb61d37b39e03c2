"""An oracle: what the guard allows, PyJWT with every option set allows too. The guard is only ever stricter."""

import random
import time

import jwt
from forging import API, HEADER, ISSUER, KEY, SECRET, forged

from scopekit import GITHUB, Guard, KeySet

REQUIRED = ["iss", "sub", "aud", "iat", "exp", "jti"]
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
        name = rng.choice([*part, "nbf", "crit", "x"])
        near = [now, now - 1, now + 1, now + 10**9, [API, "other"], API, "JWT", "HS256", "none"]
        value = rng.choice(ODD + near)
        if rng.random() < 0.25:
            part.pop(name, None)
        else:
            part[name] = value
    return header, claims


def pyjwt_allows(token):
    try:
        jwt.decode(
            token, SECRET, algorithms=["HS256"], audience=API, issuer=ISSUER,
            options={"require": REQUIRED, "verify_sub": True, "verify_jti": True, "enforce_minimum_key_length": True},
        )  # fmt: skip
    except jwt.InvalidTokenError:
        return False
    return True


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
