"""Algorithms: what each asks of a key, and how such a key is made and read (RFC 7518 sections 3 and 6, RFC 8037).

The cryptography is PyJWT's. An algorithm with a key pair needs the package cryptography, and finds out when a key is
made; the three with a secret do without it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

import jwt

from scopekit.errors import KeyRefused, one_of, shortened

LEAST_EXPONENT = 65537

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_NUMBERS = ("k", "n", "e", "x", "y", "d", "p", "q", "dp", "dq", "qi")


class Loaded(NamedTuple):
    """A key made ready: its material in one spelling, what signs (None for a public key), and what verifies."""

    material: bytes
    private: Any
    public: Any


class Algorithm(NamedTuple):
    """A signature algorithm and the keys it takes: type, curve, and least size: bytes of a secret, bits of RSA."""

    name: str
    kty: str
    least: int = 0
    curve: str | None = None

    @property
    def needs_secret(self) -> bool:
        """Whether the same secret signs and verifies; a key pair does otherwise."""
        return self.kty == "oct"

    def pyjwt(self) -> Any:
        """PyJWT's object for this algorithm; KeyRefused where the package cryptography is missing."""
        try:
            return jwt.get_algorithm_by_name(self.name)
        except NotImplementedError:
            raise KeyRefused(f"A key for {self.name} needs the package cryptography; it is not installed.") from None

    def generate(self) -> bytes:
        """New material from the operating system's random source, of the least size that is allowed."""
        if self.needs_secret:
            return secrets.token_bytes(self.least)
        self.pyjwt()
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

        if self.kty == "RSA":
            return pem(rsa.generate_private_key(LEAST_EXPONENT, self.least))
        if self.kty == "OKP":
            return pem(ed25519.Ed25519PrivateKey.generate())
        curves: dict[str | None, Any] = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}
        return pem(ec.generate_private_key(curves[self.curve]()))

    def load(self, kid: str, material: bytes) -> Loaded:
        """The key in `material`, a secret or a PEM text; KeyRefused where it is too weak or not for this algorithm."""
        if not isinstance(material, bytes):
            raise KeyRefused(f"The material of key {kid!r} is bytes; found {type(material).__name__}.")
        if self.needs_secret and len(material) < self.least:
            raise KeyRefused(
                f"A secret for {self.name} has at least {self.least} bytes (RFC 7518 section 3.2); "
                f"that of {kid!r} has {len(material)}."
            )
        signer = self.pyjwt()
        try:
            key = signer.prepare_key(material)
        except Exception:  # cryptography has many errors, some of its own; what they say is not for the outside
            raise KeyRefused(f"{self._wanted()}; that of {kid!r} is something else.") from None
        if self.needs_secret:
            return Loaded(key, key, key)
        public = key.public_key() if hasattr(key, "public_key") else key
        self._refuse_weak(kid, public, signer.to_jwk(public, as_dict=True).get("crv"))
        return Loaded(pem(key), None if public is key else key, public)

    def read(self, jwk: Mapping[str, Any]) -> bytes:
        """The material of a JWK; KeyRefused where it is not of this algorithm's type, or not whole."""
        if (jwk.get("kty"), jwk.get("crv")) != (self.kty, self.curve):
            found = f"kty {shortened(jwk.get('kty'))} and crv {shortened(jwk.get('crv'))}"
            raise KeyRefused(f"A JWK for {self.name} has kty {self.kty!r} and crv {self.curve!r}; found {found}.")
        for name in _NUMBERS:
            if name in jwk and not (isinstance(jwk[name], str) and _BASE64URL.fullmatch(jwk[name])):
                raise KeyRefused(f"A JWK has its {name!r} in base64url (RFC 7518 section 6); found something else.")
        signer = self.pyjwt()
        try:
            key = signer.from_jwk(dict(jwk))
        except Exception:  # as in `load`
            raise KeyRefused(f"A JWK for {self.name} is a whole key (RFC 7518 section 6); this one is not.") from None
        return bytes(key) if self.needs_secret else pem(key)

    def _refuse_weak(self, kid: str, public: Any, curve: object) -> None:
        if self.curve != curve:
            raise KeyRefused(f"A key for {self.name} is on the curve {self.curve}; {kid!r} is on {curve}.")
        if self.kty == "RSA" and public.key_size < self.least:
            raise KeyRefused(
                f"An RSA key has at least {self.least} bits (RFC 7518 section 3.3); {kid!r} has {public.key_size}."
            )
        if self.kty == "RSA" and public.public_numbers().e < LEAST_EXPONENT:
            raise KeyRefused(f"An RSA key has a public exponent of {LEAST_EXPONENT} or more; that of {kid!r} is less.")

    def _wanted(self) -> str:
        if self.needs_secret:
            return "A secret is random bytes, and no public key's text nor a JWK"
        return f"The material for {self.name} is an {self.kty} key as PEM text, private without a password or public"


def _secret(name: str, least: int) -> Algorithm:
    return Algorithm(name, "oct", least)


def _rsa(name: str) -> Algorithm:
    return Algorithm(name, "RSA", 2048)


def _curve(name: str, kty: str, curve: str) -> Algorithm:
    return Algorithm(name, kty, curve=curve)


ALGORITHMS: Mapping[str, Algorithm] = {
    each.name: each
    for each in (
        _secret("HS256", 32), _secret("HS384", 48), _secret("HS512", 64),
        _rsa("RS256"), _rsa("RS384"), _rsa("RS512"), _rsa("PS256"), _rsa("PS384"), _rsa("PS512"),
        _curve("ES256", "EC", "P-256"), _curve("ES384", "EC", "P-384"), _curve("ES512", "EC", "P-521"),
        _curve("EdDSA", "OKP", "Ed25519"),
    )
}  # fmt: skip
"""The algorithms a key may be bound to, by the name that a token's header has for them."""

OTHER_NAMES: Mapping[str, str] = {"Ed25519": "EdDSA"}
"""What RFC 9864 calls an algorithm, and its name here, which is the one that a token's header has for it."""


def algorithm(name: object) -> Algorithm:
    """The algorithm of that name; KeyRefused where there is none (RFC 8725 section 3.1)."""
    known = OTHER_NAMES.get(name, name) if isinstance(name, str) else ""
    if known not in ALGORITHMS:
        raise KeyRefused(one_of("A key's alg", name, ALGORITHMS))
    return ALGORITHMS[known]


def pem(key: Any) -> bytes:
    """A key of cryptography's as PEM text: PKCS #8 for a private one, SubjectPublicKeyInfo for a public one."""
    from cryptography.hazmat.primitives import serialization as form

    if hasattr(key, "private_bytes"):
        return bytes(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()))
    return bytes(key.public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo))
