"""Forges tokens with only base64url and JSON, and computes a public key from ES256 signatures.

ES256 uses the curve P-256 (FIPS 186-5), whose base point is G and whose order is n. A signature (r, s) of a digest z
fits two public keys, r⁻¹(sR - zG), because the sign of the point R is unknown. A second signature by the same key
shows which of the two keys is right.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from scopekit.keys import Key, base64url
from scopekit.tokens import Token

Part = Mapping[str, Any] | str | bytes
"""A header or claims, given as an object to encode, or as text or bytes to use unchanged."""

FORGER = Key("forger-1", b"a secret that the forger made up")
"""A key that no API knows."""


def compact(header: Part, claims: Part, key: Key) -> str:
    """Signs any header and claims with `key`, even if the header names another key or algorithm."""
    message = signing_input(header, claims)
    return f"{message}.{base64url(key.sign(message.encode()))}"


def hs256(header: Part, claims: Part, secret: bytes) -> str:
    """Signs any header and claims by HS256 with any secret, such as an empty one or a public key's text."""
    message = signing_input(header, claims)
    return f"{message}.{base64url(hmac.digest(secret, message.encode(), hashlib.sha256))}"


def unsigned(header: Part, claims: Part, signature: bytes = b"") -> str:
    """A token that no key has signed. The part for the signature holds `signature`, or is empty by default."""
    return f"{signing_input(header, claims)}.{base64url(signature)}"


def with_signature(token: Token, signature: bytes) -> str:
    """The token's text with `signature` in place of the original signature."""
    return f"{token.text.rpartition('.')[0]}.{base64url(signature)}"


def flipped(token: Token) -> str:
    """The token with the first bit of its signature flipped."""
    first, *rest = token.signature
    return with_signature(token, bytes([first ^ 0x80, *rest]))


def signing_input(header: Part, claims: Part) -> str:
    """The text that a signature covers: the header and the claims in base64url, with a dot between them."""
    parts = (part if isinstance(part, bytes) else json_text(part).encode() for part in (header, claims))
    return ".".join(map(base64url, parts))


def json_text(part: Part) -> str:
    """A header or claims as JSON without spaces. Text is returned unchanged."""
    return part if isinstance(part, str) else json.dumps(plain(part), separators=(",", ":"))


def plain(value: Any) -> Any:
    """Copies read-only claims to plain dicts and lists, which `json.dumps` can write."""
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


P = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)

Point = tuple[int, int]


def second_signature(signature: bytes) -> bytes:
    """Another valid signature of the same message: if (r, s) is valid, (r, n - s) is valid too."""
    r, s = _numbers(signature)
    return r.to_bytes(32, "big") + (N - s).to_bytes(32, "big")


def der(signature: bytes) -> bytes:
    """Rewrites an ES256 signature in the DER format, as two ASN.1 integers."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    return encode_dss_signature(*_numbers(signature))


def public_key_of(*tokens: Token) -> bytes:
    """Computes the public key that verifies all of `tokens`, and returns it as PEM. Two ES256 tokens are enough."""
    from cryptography.hazmat.primitives.asymmetric import ec

    from scopekit.material import pem

    candidates = []
    for token in tokens:
        r, s = _numbers(token.signature)
        z = int.from_bytes(hashlib.sha256(token.signing_input).digest(), "big")
        y = pow(r**3 - 3 * r + B, (P + 1) // 4, P)
        inverse = pow(r, -1, N)
        offset = _times(-z * inverse % N, G)
        candidates.append({_add(_times(s * inverse % N, (r, each)), offset) for each in (y, P - y)})
    (x, y), *_ = set.intersection(*candidates)
    return pem(ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key())


def _numbers(signature: bytes) -> tuple[int, int]:
    return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")


def _times(factor: int, point: Point) -> Point:
    """Multiplies a point of the curve by `factor`, which must be at least 1."""
    total: Point | None = None
    while factor:
        if factor & 1:
            total = point if total is None else _add(total, point)
        point, factor = _add(point, point), factor >> 1
    assert total is not None, "nobody signs with zero"
    return total


def _add(one: Point, other: Point) -> Point:
    if one == other:
        slope = 3 * (one[0] ** 2 - 1) * pow(2 * one[1], -1, P) % P
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, P) % P
    x = (slope**2 - one[0] - other[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P
