"""Keys: each has one algorithm and one owner. A key set holds the keys that a guard trusts.

A key never takes its algorithm from a token (RFC 8725 section 3.1). A key too weak for its algorithm is refused
(RFC 7518 section 3). Neither `repr` nor an error shows a secret. A JWK holds a secret only with `private=True`.
PyJWT does the cryptography. `scopekit.material` reads the many spellings of keys, and imports the package cryptography
only for a key pair, so the three algorithms with a secret work without the package.
"""

from __future__ import annotations

import base64
import functools
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, ClassVar, NamedTuple

from scopekit.algorithms import HASHES, OTHER_NAMES, algorithm, algorithm_of, algorithms
from scopekit.arguments import checked
from scopekit.errors import KeyRefused, KeysUnavailable
from scopekit.log import logger
from scopekit.wording import shortened

USES = ("sig", "jwt-svid")  # a JWK of SPIFFE says that its key verifies only SPIFFE's tokens
_ID = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,255}")


@checked(KeyRefused, "A key's", "generate", "from_jwk", when="last")
@dataclass(frozen=True, slots=True, repr=False, init=False)
class Key:
    """A key, its only algorithm, and the issuer that owns the key (None if the owner is unknown).

    `material` is a secret's bytes, or a key pair's private or public key in a form that `scopekit.material` reads, such
    as PEM; `password` opens an encrypted one. A secret given as text is its UTF-8. A secret or a private key signs and
    verifies. A public key only verifies, and so does any key with `verify_only=True`. An issuer with a name in braces,
    such as `https://login.example/{tid}/`, is a template: the name stands for one part of an address. Raises KeyRefused
    if the material is too weak, can be guessed, or does not fit the algorithm.
    """

    kid: str
    material: bytes = field(repr=False)
    alg: str = "HS256"
    issuer: str | None = None
    verify_only: bool = False
    _signer: Any = field(init=False, repr=False, compare=False)
    _private: Any = field(init=False, repr=False, compare=False)
    _public: Any = field(init=False, repr=False, compare=False)
    _hash: str = field(init=False, repr=False, compare=False)
    _guessable: ClassVar[bool] = False  # True only in a lesson's subclass, which shows what a known secret opens

    def __init__(
        self, kid: str, material: bytes | str, alg: str = "HS256", issuer: str | None = None, verify_only: bool = False,
        *, password: str | bytes | None = None,
    ) -> None:  # fmt: skip
        from scopekit.material import load

        for name, value in (("A kid", kid), ("An issuer", issuer)):
            if not is_id(value) and (name == "A kid" or value is not None):
                rule = "must be text of 1 to 255 characters without control characters"
                found = type(value).__name__ if isinstance(value, bytes | Mapping) else shortened(value)
                raise KeyRefused(f"{name} {rule}; found {found}.")
        kind = algorithm(alg)
        loaded, private, public = load(kind, kid, material, password, guessable=self._guessable)
        for name, value in {
            "kid": kid, "material": loaded, "alg": kind.name, "issuer": issuer,
            "verify_only": verify_only or private is None,
            "_signer": kind.pyjwt(), "_private": private, "_public": public, "_hash": HASHES.get(kind.name, ""),
        }.items():  # fmt: skip
            object.__setattr__(self, name, value)

    @classmethod
    def generate(cls, kid: str, alg: str = "HS256", issuer: str | None = None) -> Key:
        """A new key of the smallest size that `alg` allows, from the operating system's random source."""
        return cls(kid, algorithm(alg).generate(), alg, issuer)

    @classmethod
    def from_jwk(
        cls, jwk: Mapping[str, Any] | str, issuer: str | None = None, *, alg: str | Iterable[str] | None = None,
        supported: Iterable[object] = (),
    ) -> Key:  # fmt: skip
        """Reads a key from a JWK (RFC 7517 section 4). Raises KeyRefused if the JWK is not for verifying signatures.

        `alg` names the algorithm, or several, for a JWK that names none; `algorithm_of` says how one is chosen. A
        private key without "sign" in its `key_ops` becomes `verify_only`. A JWK without `kid` gets its thumbprint as
        its name (RFC 7638). An `iss` or `issuer` in the JWK names the key's owner, and must fit `issuer`.
        """
        from scopekit.material import entries_in, owner_of, read, something_else, thumbprint

        if isinstance(jwk, str | bytes):
            jwk = next(iter(entries_in(jwk)), None)  # type: ignore[assignment]
        if not isinstance(jwk, Mapping) or not isinstance(jwk.get("kty"), str):
            found = something_else(jwk)
            raise KeyRefused(f'A JWK must be an object with a "kty" (RFC 7517 section 4); found {found}.')
        operations = jwk.get("key_ops", ["sign", "verify"])
        if jwk.get("use", "sig") not in USES or not isinstance(operations, list) or "verify" not in operations:
            raise KeyRefused('A key that verifies needs "verify" in "key_ops", and "use": "sig" (RFC 7517 section 4).')
        kind, owner = algorithm_of(jwk, alg, supported), owner_of(jwk, issuer)
        kid = jwk["kid"] if "kid" in jwk else thumbprint(jwk)
        return cls(kid, read(kind, jwk), kind.name, owner, verify_only="sign" not in operations)

    def to_jwk(self, *, private: bool = False) -> dict[str, Any]:
        """The key as a public JWK, or a private one if `private`. Raises KeyRefused for a secret unless `private`."""
        if self.is_secret and private is not True:
            raise KeyRefused(f"A secret has no public half; to write key {self.kid!r}, pass private=True.")
        whole = self._private is not None and private is True
        numbers = self._signer.to_jwk(self._private if whole else self._public, as_dict=True)
        meant = {"key_ops": ["verify"]} if whole and self.verify_only else {"use": "sig"}
        owner = {} if self.issuer is None else {"iss": self.issuer}
        numbers.pop("key_ops", None)  # PyJWT's default
        return {**numbers, "kid": self.kid, "alg": self.alg, **meant, **owner}

    def public(self) -> Key:
        """The public half of a key pair, which anyone may have. Raises KeyRefused for a secret."""
        if self.is_secret:
            raise KeyRefused(f"A secret has no public half; key {self.kid!r} is a secret.")
        from scopekit.material import pem

        return Key(self.kid, pem(self._public), self.alg, self.issuer)

    def takes(self, alg: object) -> bool:
        """Whether a token's header `alg` names this key's algorithm, by its name or by its older name."""
        return alg == self.alg or (isinstance(alg, str) and OTHER_NAMES.get(alg) == self.alg)

    def speaks_for(self, issuer: object) -> bool:
        """Whether `issuer` owns this key: it is the key's issuer, or fits the key's template."""
        if self.issuer is None or "{" not in self.issuer:
            return issuer is not None and issuer == self.issuer
        from scopekit.material import fits_template

        return fits_template(self.issuer, issuer)

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
        if self._hash:  # one call of OpenSSL, where PyJWT makes an object first: a third of the time
            return hmac.compare_digest(hmac.digest(self._public, message, self._hash), signature)
        return bool(self._signer.verify(message, self._public, signature))


class Skipped(NamedTuple):
    """An entry of a JWK Set that this kit has no use for: its `kid` if it has one, and the reason in one sentence."""

    kid: str | None
    reason: str


@checked(KeyRefused, "A key set's", "from_jwks", when="last")
class KeySet:
    """The keys that a guard trusts. Raises KeyRefused if an issuer has two keys with one `kid`, or if there is no key.

    A set never mixes secrets and public keys, because a guard could then use a public key as a secret (CVE-2015-9235).
    `skipped` says which entries of a JWK Set are not in it, and why.
    """

    waits = False
    """Whether `version`, or finding a known key, may have to wait for another machine right now."""
    skipped: tuple[Skipped, ...] = ()

    def __init__(self, keys: Iterable[Key]) -> None:
        named: dict[str, list[Key]] = {}
        owned: dict[str | None, list[Key]] = {}
        several = isinstance(keys, Iterable) and not isinstance(keys, str | bytes | Mapping)
        for key in keys if several else [keys]:
            if not (several and isinstance(key, Key)):
                found = f"{type(key).__name__}; KeySet.from_jwks reads a JWK Set"
                raise KeyRefused(f"A key set needs a list of Key objects; found {found}.")
            if any(other.issuer == key.issuer for other in named.get(key.kid, ())):
                raise KeyRefused(f"Each key of an issuer needs a unique kid; found {key.kid!r} twice.")
            named.setdefault(key.kid, []).append(key)
            owned.setdefault(key.issuer, []).append(key)
        if len({key.is_secret for keys in named.values() for key in keys}) > 1:
            raise KeyRefused("A key set must hold only secrets or only key pairs; found both (RFC 8725 section 3.1).")
        if not named:
            raise KeyRefused("A key set needs at least one key that verifies signatures; found none.")
        self._named = {kid: tuple(keys) for kid, keys in named.items()}
        self._owned = {issuer: tuple(keys) for issuer, keys in owned.items()}
        self._templates = [issuer for issuer in owned if issuer and "{" in issuer]

    @classmethod
    def from_jwks(
        cls, jwks: str | bytes | Mapping[str, Any], issuer: str | None = None, *,
        alg: str | Iterable[str] | None = None, supported: Iterable[object] = (), password: str | bytes | None = None,
    ) -> KeySet:  # fmt: skip
        """Reads a JWK Set from text or an object (RFC 7517 section 5), or keys in another form of `scopekit.material`.

        Skips the entries that this kit has no use for, and says in `skipped` and in the log which and why. `alg` and
        `supported` are as in `Key.from_jwk`. Raises KeyRefused if no key is left.
        """
        from scopekit.material import entries_in, sorted_out

        entries = entries_in(jwks, password)
        names, listed = [each.name for each in algorithms(alg)], tuple(supported)
        make = functools.partial(Key.from_jwk, issuer=issuer, alg=names, supported=listed)
        keys, skipped = sorted_out(entries, make, names)
        reasons = " ".join(f"Key {kid!r}: {reason}" if is_id(kid) else reason for kid, reason in skipped)
        if not keys:
            sentence = "A key set needs at least one key that verifies signatures; found none."
            raise KeyRefused(f"{sentence} {reasons}".strip())
        if reasons:
            _log_skipped(reasons)
        made = cls(keys)
        made.skipped = tuple(Skipped(kid if is_id(kid) else None, reason) for kid, reason in skipped)
        return made

    @staticmethod
    def of(*sets: KeySet) -> KeySet:
        """Several sets as one, also remote ones. Each keeps its own rules, and speaks only for its own issuers."""
        return _JoinedKeys(sets)

    def to_jwks(self, *, private: bool = False) -> dict[str, list[dict[str, Any]]]:
        """The set as a JWK Set of public keys. `private=True` adds the private keys and the secrets."""
        return {"keys": [key.to_jwk(private=private) for key in self if private is True or not key.is_secret]}

    def owned_by(self, issuer: str) -> KeySet:
        """A set of the same keys, in which `issuer` owns each key that had no owner (RFC 8725 section 3.8)."""
        return KeySet(key if key.issuer else replace(key, issuer=issuer) for key in self)

    @property
    def version(self) -> object:
        """A value that changes when the keys change. No other set has the same."""
        return self

    def get(self, kid: str, issuer: object = None, *, wait: bool = True) -> Key | None:
        """The key with this `kid`, or None. If several issuers have one, it is the key of `issuer`.

        With `wait=False`, a set that would have to wait for another machine raises WouldWait.
        """
        keys = self._named.get(kid, ())
        if len(keys) > 1:
            return next((key for key in self.of_issuer(issuer) if issuer is not None and key.kid == kid), None)
        return keys[0] if keys else None

    def of_issuer(self, issuer: object, *, wait: bool = True) -> tuple[Key, ...]:
        """The keys that `issuer` owns, or for None the keys without an owner. A value of another type owns no keys.

        Keys whose template fits come after those that name the issuer itself.
        """
        if not (issuer is None or isinstance(issuer, str)):
            return ()
        own = self._owned.get(issuer, ()) if issuer not in self._templates else ()
        fitting = (self._owned[each] for each in self._templates if self._owned[each][0].speaks_for(issuer))
        return own + tuple(chain.from_iterable(fitting)) if self._templates else own

    def speaks_for(self, issuer: object) -> bool:
        """Whether keys of this set may belong to `issuer`. Never waits."""
        return bool(self.of_issuer(issuer))

    def __iter__(self) -> Iterator[Key]:
        return chain.from_iterable(self._named.values())

    def __len__(self) -> int:
        return sum(map(len, self._named.values()))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {', '.join(f'{key.kid} ({key.alg})' for key in self)}>"


class _JoinedKeys(KeySet):
    """Several key sets as one. Only the sets of the token's issuer may have to wait for another machine."""

    def __init__(self, sets: Iterable[KeySet]) -> None:
        self._sets = tuple(sets)
        if not self._sets or not all(isinstance(each, KeySet) for each in self._sets):
            found = ", ".join(type(each).__name__ for each in self._sets) or "none"
            raise KeyRefused(f"KeySet.of needs one key set or several; found {found}.")

    @property
    def waits(self) -> bool:  # type: ignore[override]
        return any(each.waits for each in self._sets)

    @property
    def skipped(self) -> tuple[Skipped, ...]:  # type: ignore[override]
        return tuple(chain.from_iterable(each.skipped for each in self._sets))

    @property
    def version(self) -> object:
        return tuple(each.version for each in self._sets)

    def owned_by(self, issuer: str) -> KeySet:
        return _JoinedKeys(each.owned_by(issuer) for each in self._sets)

    def get(self, kid: str, issuer: object = None, *, wait: bool = True) -> Key | None:
        own = [each for each in self._sets if not isinstance(issuer, str) or each.speaks_for(issuer)]
        keys, unavailable = list[Key](), None
        for each in own:
            try:
                keys += filter(None, [each.get(kid, issuer, wait=wait)])
            except KeysUnavailable as error:
                unavailable = error
        if keys and isinstance(issuer, str):
            return next((each for each in keys if each.speaks_for(issuer)), keys[0])
        if unavailable and not keys:
            raise unavailable
        for each in self._sets:  # a key of another issuer, so that the check `issuer` can say whose it is
            with suppress(WouldWait, KeysUnavailable):
                keys += filter(None, [each.get(kid, wait=False) if each not in own else None])
        return keys[0] if len(keys) == 1 else None

    def of_issuer(self, issuer: object, *, wait: bool = True) -> tuple[Key, ...]:
        sets = [each for each in self._sets if issuer is None or each.speaks_for(issuer)]
        keys = chain.from_iterable(each.of_issuer(issuer, wait=wait) for each in sets)
        return tuple(sorted(keys, key=lambda key: key.issuer != issuer))

    def speaks_for(self, issuer: object) -> bool:
        return any(each.speaks_for(issuer) for each in self._sets)

    def __iter__(self) -> Iterator[Key]:
        return chain.from_iterable(self._sets)

    def __len__(self) -> int:
        return sum(map(len, self._sets))

    def __repr__(self) -> str:
        return f"<KeySet of {', '.join(map(repr, self._sets))}>"


@functools.lru_cache(maxsize=256)
def _log_skipped(reasons: str) -> None:
    """Writes to the log, but only once for the same keys: a remote set is read again every few minutes."""
    logger().warning("A key set skips keys that it has no use for. %s", reasons)


class WouldWait(Exception):
    """A key set that was asked with `wait=False` would have to wait for another machine."""


def is_id(text: object) -> bool:
    """Whether `text` may be an id: 1 to 255 characters of any script, none of them a control character."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def base64url(raw: bytes) -> str:
    """Bytes as base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
