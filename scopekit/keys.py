"""Keys: one key, one algorithm, one owner; and the sets of keys that a guard believes.

A key never takes its algorithm from a token (RFC 8725 section 3.1) and is as strong as its algorithm asks for, or
refused (RFC 7518 section 3). Nothing shows a secret: neither `repr` nor an error, and a JWK only when asked for a
private one. The cryptography is PyJWT's. An algorithm with a key pair needs the package cryptography, and finds out
when a key is made; the three with a secret do without it.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import jwt

from scopekit.errors import KeyRefused, one_of, shortened

LEAST_EXPONENT = 65537

_PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_NUMBERS = ("k", "n", "e", "x", "y", "d", "p", "q", "dp", "dq", "qi")


class Algorithm(NamedTuple):
    """A signature algorithm and the keys it takes (RFC 7518 sections 3 and 6, RFC 8037).

    `least` is in bytes for a secret and in bits for RSA.
    """

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

    def load(self, kid: str, material: bytes) -> tuple[bytes, Any, Any]:
        """The key in `material`, a secret or a PEM text; KeyRefused where it is too weak or not for this algorithm.

        Three things: the material in one spelling, what signs (None for a public key), and what verifies.
        """
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
            rule = "A secret is random bytes, and neither a public key's text nor a JWK"
            if not self.needs_secret:
                rule = f"The material for {self.name} is an {self.kty} key as PEM, private without a password or public"
            raise KeyRefused(f"{rule}; that of {kid!r} is something else.") from None
        if self.needs_secret:
            return key, key, key
        public = key.public_key() if hasattr(key, "public_key") else key
        curve = signer.to_jwk(public, as_dict=True).get("crv")
        if self.curve != curve:
            raise KeyRefused(f"A key for {self.name} is on the curve {self.curve}; {kid!r} is on {curve}.")
        if self.kty == "RSA" and public.key_size < self.least:
            raise KeyRefused(
                f"An RSA key has at least {self.least} bits (RFC 7518 section 3.3); {kid!r} has {public.key_size}."
            )
        if self.kty == "RSA" and public.public_numbers().e < LEAST_EXPONENT:
            raise KeyRefused(f"An RSA key has a public exponent of {LEAST_EXPONENT} or more; that of {kid!r} is less.")
        return pem(key), None if public is key else key, public

    def read(self, jwk: Mapping[str, Any]) -> bytes:
        """The material of a JWK; KeyRefused where it is not of this algorithm's type, or not whole."""
        if (jwk.get("kty"), jwk.get("crv")) != (self.kty, self.curve):
            kind = f"kty {shortened(jwk.get('kty'))} and crv {shortened(jwk.get('crv'))}"
            raise KeyRefused(f"A JWK for {self.name} has kty {self.kty!r} and crv {self.curve!r}; found {kind}.")
        for name in _NUMBERS:
            if name in jwk and not (isinstance(jwk[name], str) and _BASE64URL.fullmatch(jwk[name])):
                raise KeyRefused(f"A JWK has its {name!r} in base64url (RFC 7518 section 6); found something else.")
        signer = self.pyjwt()
        try:
            key = signer.from_jwk(dict(jwk))
        except Exception:  # as in `load`
            raise KeyRefused(f"A JWK for {self.name} is a whole key (RFC 7518 section 6); this one is not.") from None
        return bytes(key) if self.needs_secret else pem(key)


ALGORITHMS: Mapping[str, Algorithm] = {
    each.name: each
    for each in (
        Algorithm("HS256", "oct", 32), Algorithm("HS384", "oct", 48), Algorithm("HS512", "oct", 64),
        *(Algorithm(name, "RSA", 2048) for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
        Algorithm("ES256", "EC", curve="P-256"), Algorithm("ES384", "EC", curve="P-384"),
        Algorithm("ES512", "EC", curve="P-521"), Algorithm("EdDSA", "OKP", curve="Ed25519"),
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


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """A key bound to one algorithm and, once an issuer owns it, to that issuer.

    `material` is a secret's bytes, or a private or public key as PEM text. A secret or a private key signs and
    verifies, a public key verifies, and so does any key that is `verify_only`. KeyRefused where the material is weak
    or not for the algorithm.
    """

    kid: str
    material: bytes = field(repr=False)
    alg: str = "HS256"
    issuer: str | None = None
    verify_only: bool = False
    _signer: Any = field(init=False, repr=False, compare=False)
    _private: Any = field(init=False, repr=False, compare=False)
    _public: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not printable(self.kid):
            raise KeyRefused(f"A kid is 1 to 255 printable ASCII characters; found {shortened(self.kid)}.")
        if self.issuer is not None and not printable(self.issuer):
            raise KeyRefused(f"An issuer is 1 to 255 printable ASCII characters; found {shortened(self.issuer)}.")
        kind = algorithm(self.alg)
        material, private, public = kind.load(self.kid, self.material)
        for name, value in {
            "material": material, "alg": kind.name, "verify_only": self.verify_only or private is None,
            "_signer": kind.pyjwt(), "_private": private, "_public": public,
        }.items():  # fmt: skip
            object.__setattr__(self, name, value)

    @classmethod
    def generate(cls, kid: str, alg: str = "HS256", issuer: str | None = None) -> Key:
        """A new key from the operating system's random source, of the smallest size its algorithm allows."""
        return cls(kid, algorithm(alg).generate(), alg, issuer)

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any], issuer: str | None = None) -> Key:
        """The key that a JWK holds (RFC 7517 section 4); KeyRefused where it is not meant to verify signatures.

        It has an `alg`, for most keys would do for several; a JWK on the curve Ed25519 is EdDSA's without one. A
        private key whose `key_ops` lack "sign" is `verify_only`. An `iss` in it names its owner, and may not differ
        from `issuer` where that is given.
        """
        operations = jwk.get("key_ops", ["sign", "verify"])
        if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
            raise KeyRefused('A key that verifies has "use": "sig" and "verify" in "key_ops" (RFC 7517 section 4).')
        owner = jwk.get("iss", issuer)
        if issuer is not None and owner != issuer:
            raise KeyRefused(f"A key of {issuer!r} has no other owner; its JWK says {shortened(owner)}.")
        kind = algorithm(jwk.get("alg", "EdDSA" if jwk.get("crv") == "Ed25519" else None))
        return cls(jwk.get("kid", ""), kind.read(jwk), kind.name, owner, verify_only="sign" not in operations)

    def to_jwk(self, *, private: bool = False) -> dict[str, Any]:
        """The key as a public JWK, or with `private=True` as a whole one; KeyRefused for a secret, which is private."""
        if self.is_secret and not private:
            raise KeyRefused(f"A secret has no public half; that of {self.kid!r} is written with private=True alone.")
        whole = self._private is not None and private
        numbers = self._signer.to_jwk(self._private if whole else self._public, as_dict=True)
        meant = {"key_ops": ["verify"]} if whole and self.verify_only else {"use": "sig"}
        owner = {} if self.issuer is None else {"iss": self.issuer}
        numbers.pop("key_ops", None)  # PyJWT's own opinion
        return {**numbers, "kid": self.kid, "alg": self.alg, **meant, **owner}

    def public(self) -> Key:
        """The half that verifies, which may be given to anyone; KeyRefused for a secret, which has none."""
        if self.is_secret:
            raise KeyRefused(f"A secret has no public half; {self.kid!r} is one.")
        return Key(self.kid, pem(self._public), self.alg, self.issuer)

    @property
    def is_secret(self) -> bool:
        """Whether whoever verifies with this key could also sign with it."""
        return algorithm(self.alg).needs_secret

    def sign(self, message: bytes) -> bytes:
        """The signature of `message` under this key's one algorithm; KeyRefused where the key only verifies."""
        if self.verify_only:
            raise KeyRefused(f"A key that signs is private and meant to sign; {self.kid!r} only verifies.")
        signature: bytes = self._signer.sign(message, self._private)
        return signature

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's own over `message`; a secret's is compared in constant time."""
        return bool(self._signer.verify(message, self._public, signature))


class KeySet:
    """The keys a guard believes, each with a `kid` of its own; KeyRefused where one is there twice, or none is.

    Secrets and public keys never share a set: what one verifies, the other could have been made to (CVE-2015-9235).
    """

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys: dict[str, Key] = {}
        owned: dict[str | None, list[Key]] = {}
        for key in keys:
            if key.kid in self._keys:
                raise KeyRefused(f"Every key in a set has a kid of its own; {key.kid!r} is there twice.")
            self._keys[key.kid] = key
            owned.setdefault(key.issuer, []).append(key)
        if len({key.is_secret for key in self._keys.values()}) > 1:
            raise KeyRefused("A key set holds secrets or key pairs; found both (RFC 8725 section 3.1).")
        if not self._keys:
            raise KeyRefused("A key set holds at least one key that verifies signatures; found none.")
        self._owned = {issuer: tuple(keys) for issuer, keys in owned.items()}

    @classmethod
    def from_jwks(cls, jwks: str | Mapping[str, Any], issuer: str | None = None) -> KeySet:
        """The keys of a JWK Set, as text or as an object; those for encryption are left out (RFC 7517 section 5)."""
        try:
            entries = (json.loads(jwks) if isinstance(jwks, str) else jwks)["keys"]
            return cls(Key.from_jwk(jwk, issuer) for jwk in entries if jwk.get("use") != "enc")
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise KeyRefused('A JWK Set is an object with a list "keys"; found something else.') from None

    def to_jwks(self, *, private: bool = False) -> dict[str, list[dict[str, Any]]]:
        """The set as a JWK Set: the public halves, so of secrets nothing; whole keys with `private=True` alone."""
        return {"keys": [key.to_jwk(private=private) for key in self if private or not key.is_secret]}

    def owned_by(self, issuer: str) -> KeySet:
        """The same keys, those without an owner given to `issuer` (RFC 8725 section 3.8)."""
        return KeySet(key if key.issuer else replace(key, issuer=issuer) for key in self)

    @property
    def version(self) -> object:
        """Another value means other keys; those of a set in memory never change."""
        return 0

    def get(self, kid: str) -> Key | None:
        """The key of that `kid`, if it is in the set."""
        return self._keys.get(kid)

    def of_issuer(self, issuer: object) -> tuple[Key, ...]:
        """The keys that `issuer` owns, or that nobody does where it is None; none where it is not a name."""
        return self._owned.get(issuer, ()) if issuer is None or isinstance(issuer, str) else ()

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys.values())

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {', '.join(f'{key.kid} ({key.alg})' for key in self)}>"


def printable(text: object) -> bool:
    """Whether `text` may be an id: 1 to 255 printable ASCII characters."""
    return isinstance(text, str) and _PRINTABLE.fullmatch(text) is not None


def base64url(raw: bytes) -> str:
    """Bytes as base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
