"""Keys: each has one algorithm and one owner. A key set holds the keys that a guard trusts.

A key never takes its algorithm from a token (RFC 8725 section 3.1). A key too weak for its algorithm is refused
(RFC 7518 section 3). Neither `repr` nor an error shows a secret. A JWK holds a secret only with `private=True`.
PyJWT does the cryptography, and needs the package cryptography for key pairs. This module imports that package only for
a key pair, so the three algorithms with a secret work without the package.
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

_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,255}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_NUMBERS = ("k", "n", "e", "x", "y", "d", "p", "q", "dp", "dq", "qi")


class Algorithm(NamedTuple):
    """A signature algorithm and the keys it accepts (RFC 7518 sections 3 and 6, RFC 8037).

    `least` is the smallest key size: in bytes for a secret, in bits for RSA.
    """

    name: str
    kty: str
    least: int = 0
    curve: str | None = None

    @property
    def needs_secret(self) -> bool:
        """Whether one secret both signs and verifies. If not, the algorithm uses a key pair."""
        return self.kty == "oct"

    def pyjwt(self) -> Any:
        """PyJWT's object for this algorithm. Raises KeyRefused if the package cryptography is needed but missing."""
        try:
            return jwt.get_algorithm_by_name(self.name)
        except NotImplementedError:
            raise KeyRefused(f"A key for {self.name} needs the package cryptography; it is not installed.") from None

    def generate(self) -> bytes:
        """New key material of the smallest allowed size, from the operating system's random source."""
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
        """Loads a key from a secret or PEM text. Raises KeyRefused if the key is too weak or not for this algorithm.

        Returns the normalised material, the signing key (None for a public key), and the verifying key.
        """
        if not isinstance(material, bytes):
            raise KeyRefused(f"The material of key {kid!r} must be bytes; found {type(material).__name__}.")
        if self.needs_secret and len(material) < self.least:
            raise KeyRefused(
                f"A secret for {self.name} needs at least {self.least} bytes (RFC 7518 section 3.2); "
                f"the secret of key {kid!r} has {len(material)}."
            )
        signer = self.pyjwt()
        try:
            key = signer.prepare_key(material)
        except Exception:  # cryptography raises many kinds of errors; their texts are not shown
            rule = "A secret must be random bytes, not a public key's text or a JWK"
            if not self.needs_secret:
                rule = f"A key for {self.name} must be an {self.kty} key as PEM: public, or private without a password"
            raise KeyRefused(f"{rule}; the material of key {kid!r} is something else.") from None
        if self.needs_secret:
            return key, key, key
        public = key.public_key() if hasattr(key, "public_key") else key
        curve = signer.to_jwk(public, as_dict=True).get("crv")
        if self.curve != curve:
            raise KeyRefused(f"A key for {self.name} must be on the curve {self.curve}; {kid!r} is on {curve}.")
        if self.kty == "RSA" and public.key_size < self.least:
            raise KeyRefused(
                f"An RSA key needs at least {self.least} bits (RFC 7518 section 3.3); {kid!r} has {public.key_size}."
            )
        if self.kty == "RSA" and public.public_numbers().e < LEAST_EXPONENT:
            raise KeyRefused(f"An RSA key needs a public exponent of {LEAST_EXPONENT} or more; {kid!r} has less.")
        return pem(key), None if public is key else key, public

    def read(self, jwk: Mapping[str, Any]) -> bytes:
        """The key material in a JWK. Raises KeyRefused if the JWK is incomplete or does not fit this algorithm."""
        if (jwk.get("kty"), jwk.get("crv")) != (self.kty, self.curve):
            kind = f"kty {shortened(jwk.get('kty'))} and crv {shortened(jwk.get('crv'))}"
            raise KeyRefused(f"A JWK for {self.name} must have kty {self.kty!r} and crv {self.curve!r}; found {kind}.")
        for name in _NUMBERS:
            if name in jwk and not (isinstance(jwk[name], str) and _BASE64URL.fullmatch(jwk[name])):
                raise KeyRefused(f"A JWK's {name!r} must be base64url (RFC 7518 section 6); found something else.")
        signer = self.pyjwt()
        try:
            key = signer.from_jwk(dict(jwk))
        except Exception:  # cryptography raises many kinds of errors
            raise KeyRefused(f"A JWK for {self.name} must be complete (RFC 7518 section 6); this one is not.") from None
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
"""The algorithms that a key may have, by their names in a token's header (`alg`)."""

OTHER_NAMES: Mapping[str, str] = {"Ed25519": "EdDSA"}
"""Maps an algorithm's name in RFC 9864 to the name that this kit and token headers use."""


def algorithm(name: object) -> Algorithm:
    """The algorithm called `name`. Raises KeyRefused for an unknown name (RFC 8725 section 3.1)."""
    known = OTHER_NAMES.get(name, name) if isinstance(name, str) else ""
    if known not in ALGORITHMS:
        raise KeyRefused(one_of("A key's alg", name, ALGORITHMS))
    return ALGORITHMS[known]


def pem(key: Any) -> bytes:
    """The PEM text of a key from the package cryptography: PKCS #8 if private, SubjectPublicKeyInfo if public."""
    from cryptography.hazmat.primitives import serialization as form

    if hasattr(key, "private_bytes"):
        return bytes(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()))
    return bytes(key.public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo))


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """A key, its only algorithm, and the issuer that owns the key (None if the owner is unknown).

    `material` is a secret's bytes, or a private or public key as PEM text. A secret or a private key signs and
    verifies. A public key only verifies, and so does any key with `verify_only=True`. Raises KeyRefused if the
    material is too weak or does not fit the algorithm.
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
            raise KeyRefused(f"A kid must be 1 to 255 printable ASCII characters; found {shortened(self.kid)}.")
        if self.issuer is not None and not printable(self.issuer):
            raise KeyRefused(f"An issuer must be 1 to 255 printable ASCII characters; found {shortened(self.issuer)}.")
        kind = algorithm(self.alg)
        material, private, public = kind.load(self.kid, self.material)
        for name, value in {
            "material": material, "alg": kind.name, "verify_only": self.verify_only or private is None,
            "_signer": kind.pyjwt(), "_private": private, "_public": public,
        }.items():  # fmt: skip
            object.__setattr__(self, name, value)

    @classmethod
    def generate(cls, kid: str, alg: str = "HS256", issuer: str | None = None) -> Key:
        """A new key of the smallest size that `alg` allows, from the operating system's random source."""
        return cls(kid, algorithm(alg).generate(), alg, issuer)

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any], issuer: str | None = None) -> Key:
        """Reads a key from a JWK (RFC 7517 section 4). Raises KeyRefused if the JWK is not for verifying signatures.

        The JWK needs an `alg`, because most keys fit several algorithms. For the curve Ed25519, the default is EdDSA.
        A private key without "sign" in its `key_ops` becomes `verify_only`. An `iss` in the JWK names the key's owner.
        If `iss` and `issuer` are both given, they must be equal.
        """
        operations = jwk.get("key_ops", ["sign", "verify"])
        if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
            raise KeyRefused('A key that verifies needs "verify" in "key_ops", and "use": "sig" (RFC 7517 section 4).')
        owner = jwk.get("iss", issuer)
        if issuer is not None and owner != issuer:
            raise KeyRefused(f"The key must belong to {issuer!r}; its JWK names the owner {shortened(owner)}.")
        kind = algorithm(jwk.get("alg", "EdDSA" if jwk.get("crv") == "Ed25519" else None))
        return cls(jwk.get("kid", ""), kind.read(jwk), kind.name, owner, verify_only="sign" not in operations)

    def to_jwk(self, *, private: bool = False) -> dict[str, Any]:
        """The key as a public JWK, or a private one if `private`. Raises KeyRefused for a secret unless `private`."""
        if self.is_secret and not private:
            raise KeyRefused(f"A secret has no public half; to write key {self.kid!r}, pass private=True.")
        whole = self._private is not None and private
        numbers = self._signer.to_jwk(self._private if whole else self._public, as_dict=True)
        meant = {"key_ops": ["verify"]} if whole and self.verify_only else {"use": "sig"}
        owner = {} if self.issuer is None else {"iss": self.issuer}
        numbers.pop("key_ops", None)  # PyJWT's default
        return {**numbers, "kid": self.kid, "alg": self.alg, **meant, **owner}

    def public(self) -> Key:
        """The public half of a key pair, which anyone may have. Raises KeyRefused for a secret."""
        if self.is_secret:
            raise KeyRefused(f"A secret has no public half; key {self.kid!r} is a secret.")
        return Key(self.kid, pem(self._public), self.alg, self.issuer)

    @property
    def is_secret(self) -> bool:
        """Whether this key is a secret: anyone who can verify with a secret can also sign with it."""
        return algorithm(self.alg).needs_secret

    def sign(self, message: bytes) -> bytes:
        """Signs `message` with this key's algorithm. Raises KeyRefused if the key only verifies."""
        if self.verify_only:
            raise KeyRefused(f"To sign, a key must be private and meant for signing; {self.kid!r} only verifies.")
        signature: bytes = self._signer.sign(message, self._private)
        return signature

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether this key made `signature` over `message`. For a secret, the comparison takes constant time."""
        return bool(self._signer.verify(message, self._public, signature))


class KeySet:
    """The keys that a guard trusts. Raises KeyRefused if two keys have the same `kid`, or if there is no key.

    A set never mixes secrets and public keys, because a guard could then use a public key as a secret (CVE-2015-9235).
    """

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys: dict[str, Key] = {}
        owned: dict[str | None, list[Key]] = {}
        for key in keys:
            if key.kid in self._keys:
                raise KeyRefused(f"Each key in a set needs a unique kid; found {key.kid!r} twice.")
            self._keys[key.kid] = key
            owned.setdefault(key.issuer, []).append(key)
        if len({key.is_secret for key in self._keys.values()}) > 1:
            raise KeyRefused("A key set must hold only secrets or only key pairs; found both (RFC 8725 section 3.1).")
        if not self._keys:
            raise KeyRefused("A key set needs at least one key that verifies signatures; found none.")
        self._owned = {issuer: tuple(keys) for issuer, keys in owned.items()}

    @classmethod
    def from_jwks(cls, jwks: str | Mapping[str, Any], issuer: str | None = None) -> KeySet:
        """Reads a JWK Set from text or an object (RFC 7517 section 5). Skips keys that are for encryption."""
        try:
            entries = (json.loads(jwks) if isinstance(jwks, str) else jwks)["keys"]
            return cls(Key.from_jwk(jwk, issuer) for jwk in entries if jwk.get("use") != "enc")
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise KeyRefused('A JWK Set must be an object with a list "keys"; found something else.') from None

    def to_jwks(self, *, private: bool = False) -> dict[str, list[dict[str, Any]]]:
        """The set as a JWK Set of public keys. `private=True` adds the private keys and the secrets."""
        return {"keys": [key.to_jwk(private=private) for key in self if private or not key.is_secret]}

    def owned_by(self, issuer: str) -> KeySet:
        """A set of the same keys, in which `issuer` owns each key that had no owner (RFC 8725 section 3.8)."""
        return KeySet(key if key.issuer else replace(key, issuer=issuer) for key in self)

    @property
    def version(self) -> object:
        """A value that changes when the keys change. In this class, the keys never change."""
        return 0

    def get(self, kid: str) -> Key | None:
        """The key with this `kid`, or None if the set has no such key."""
        return self._keys.get(kid)

    def of_issuer(self, issuer: object) -> tuple[Key, ...]:
        """The keys that `issuer` owns, or for None the keys without an owner. A value of another type owns no keys."""
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
