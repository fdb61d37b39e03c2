"""Keys: one key, one algorithm, one owner.

A key never takes its algorithm from a token (RFC 8725 section 3.1) and is as long as its algorithm asks for, or
refused (RFC 7518 section 3.2). Nothing shows its secret: not `repr`, no error, and a JWK only when asked for one.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import jwt

from scopekit.errors import KeyRefused, shortened

MINIMUM_SECRET_BYTES: Mapping[str, int] = {"HS256": 32, "HS384": 48, "HS512": 64}
"""The size of the hash, which a secret may not go below (RFC 7518 section 3.2)."""

_PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Key:
    """A secret bound to one algorithm and, once an issuer owns it, to that issuer.

    `secret` is bytes, at least as many as the algorithm's hash has; KeyRefused otherwise.
    """

    kid: str
    secret: bytes = field(repr=False)
    alg: str = "HS256"
    issuer: str | None = None
    _algorithm: Any = field(default=None, repr=False, compare=False)
    _prepared: Any = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not printable(self.kid):
            raise KeyRefused(f"A kid is 1 to 255 printable ASCII characters; found {shortened(self.kid)}.")
        if self.alg not in MINIMUM_SECRET_BYTES:
            raise KeyRefused(f"A key's alg is one of {', '.join(MINIMUM_SECRET_BYTES)}; found {shortened(self.alg)}.")
        _refuse_short(self.kid, self.secret, self.alg)
        object.__setattr__(self, "_algorithm", jwt.get_algorithm_by_name(self.alg))
        object.__setattr__(self, "_prepared", _prepared(self.kid, self._algorithm, self.secret))

    @classmethod
    def generate(cls, kid: str, alg: str = "HS256", issuer: str | None = None) -> Key:
        """A new key from the operating system's random source, of the smallest size its algorithm allows."""
        return cls(kid, secrets.token_bytes(MINIMUM_SECRET_BYTES.get(alg, 0)), alg, issuer)

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any], issuer: str | None = None) -> Key:
        """The key that a JWK holds (RFC 7517); KeyRefused where it is not meant for signatures or has no `alg`."""
        if jwk.get("kty") != "oct" or not isinstance(jwk.get("k"), str):
            raise KeyRefused(f'A key has "kty": "oct" and its secret in "k"; found kty {shortened(jwk.get("kty"))}.')
        operations = jwk.get("key_ops", ["verify"])
        if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
            raise KeyRefused('A key that verifies has "use": "sig" and "verify" in "key_ops" (RFC 7517 section 4).')
        return cls(str(jwk.get("kid", "")), _bytes(jwk["k"]), str(jwk.get("alg")), jwk.get("iss", issuer))

    def to_jwk(self) -> dict[str, str]:
        """The key as a private JWK: it holds the secret."""
        jwk = {"kty": "oct", "use": "sig", "kid": self.kid, "alg": self.alg, "k": base64url(self.secret)}
        return jwk if self.issuer is None else {**jwk, "iss": self.issuer}

    def sign(self, message: bytes) -> bytes:
        """The signature of `message` under this key's one algorithm."""
        signature: bytes = self._algorithm.sign(message, self._prepared)
        return signature

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's own over `message`; compared in constant time."""
        return bool(self._algorithm.verify(message, self._prepared, signature))


class KeySet:
    """The keys a guard believes, each with a `kid` of its own; KeyRefused where one is there twice, or none is."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys: dict[str, Key] = {}
        for key in keys:
            if key.kid in self._keys:
                raise KeyRefused(f"Every key in a set has a kid of its own; {key.kid!r} is there twice.")
            self._keys[key.kid] = key
        if not self._keys:
            raise KeyRefused("A key set holds at least one key; found none.")

    @classmethod
    def from_jwks(cls, jwks: str | Mapping[str, Any], issuer: str | None = None) -> KeySet:
        """The keys of a JWK Set (RFC 7517 section 5), as text or as an object."""
        try:
            entries = (json.loads(jwks) if isinstance(jwks, str) else jwks)["keys"]
            return cls(Key.from_jwk(jwk, issuer) for jwk in entries)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise KeyRefused('A JWK Set is an object with a list "keys"; found something else.') from None

    def to_jwks(self, *, private: bool = False) -> dict[str, list[dict[str, str]]]:
        """The set as a JWK Set. A secret has no public half, so only `private=True` writes one out."""
        return {"keys": [key.to_jwk() for key in self] if private else []}

    def owned_by(self, issuer: str) -> KeySet:
        """The same keys, those without an owner given to `issuer` (RFC 8725 section 3.8)."""
        return KeySet(key if key.issuer else replace(key, issuer=issuer) for key in self)

    def get(self, kid: str) -> Key | None:
        """The key of that `kid`, if it is in the set."""
        return self._keys.get(kid)

    def of_issuer(self, issuer: object) -> tuple[Key, ...]:
        """The keys that `issuer` owns."""
        return tuple(key for key in self if key.issuer == issuer)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys.values())

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"<KeySet: {', '.join(f'{key.kid} ({key.alg})' for key in self)}>"


def printable(text: object) -> bool:
    """Whether `text` may be an id: 1 to 255 printable ASCII characters."""
    return isinstance(text, str) and _PRINTABLE.fullmatch(text) is not None


def base64url(raw: bytes) -> str:
    """Bytes as base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise KeyRefused('A JWK has its secret in "k" as base64url; found something else.') from None


def _refuse_short(kid: str, secret: object, alg: str) -> None:
    if not isinstance(secret, bytes):
        raise KeyRefused(f"The secret of key {kid!r} is bytes; found {type(secret).__name__}.")
    if len(secret) < (least := MINIMUM_SECRET_BYTES[alg]):
        raise KeyRefused(
            f"A secret for {alg} has at least {least} bytes (RFC 7518 section 3.2); that of {kid!r} has {len(secret)}."
        )


def _prepared(kid: str, algorithm: Any, secret: bytes) -> Any:
    try:
        return algorithm.prepare_key(secret)
    except jwt.InvalidKeyError:
        raise KeyRefused(f"A secret is random bytes; that of {kid!r} is a public key's text or a JWK.") from None
