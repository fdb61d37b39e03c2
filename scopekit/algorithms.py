"""The thirteen signature algorithms, and which of them a key is for. A token never chooses (RFC 8725 section 3.1)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import jwt

from scopekit.errors import KeyRefused
from scopekit.wording import one_of


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
            return jwt.get_algorithm_by_name("EdDSA" if self.name == "Ed25519" else self.name)
        except NotImplementedError:
            raise KeyRefused(f"A key for {self.name} needs the package cryptography; it is not installed.") from None

    def generate(self) -> bytes:
        """New key material of the smallest allowed size, from the operating system's random source."""
        if self.needs_secret:
            return secrets.token_bytes(self.least)
        self.pyjwt()
        from scopekit.material import generate

        return generate(self.kty, self.curve, self.least)


ALGORITHMS: Mapping[str, Algorithm] = {
    each.name: each
    for each in (
        Algorithm("HS256", "oct", 32), Algorithm("HS384", "oct", 48), Algorithm("HS512", "oct", 64),
        *(Algorithm(name, "RSA", 2048) for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
        Algorithm("ES256", "EC", curve="P-256"), Algorithm("ES384", "EC", curve="P-384"),
        Algorithm("ES512", "EC", curve="P-521"), Algorithm("Ed25519", "OKP", curve="Ed25519"),
    )
}  # fmt: skip
"""The algorithms that a key may have, by their names in a token's header (`alg`)."""


HASHES: Mapping[str, str] = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
"""The hash function of each algorithm with a secret (RFC 7518 section 3.2)."""


OTHER_NAMES: Mapping[str, str] = {"EdDSA": "Ed25519"}
"""Maps an algorithm's older name to its name in RFC 9864, which this kit writes. Both names are taken."""


LONGEST_NAME = 16
"""No name of an algorithm is longer."""


def algorithm(name: object) -> Algorithm:
    """The algorithm called `name`. Raises KeyRefused for an unknown name (RFC 8725 section 3.1)."""
    known = OTHER_NAMES.get(name, name) if isinstance(name, str) else ""
    if known not in ALGORITHMS:
        found = name if not isinstance(name, str | bytes) or len(name) <= LONGEST_NAME else type(name).__name__
        raise KeyRefused(one_of("A key's alg", found, ALGORITHMS))  # a longer one may be a secret in the wrong place
    return ALGORITHMS[known]


def algorithms(alg: str | Iterable[str] | None) -> tuple[Algorithm, ...]:
    """The algorithms that an operator names: one, several or none. Raises KeyRefused for an unknown name."""
    several = alg if isinstance(alg, Iterable) and not isinstance(alg, str) else [alg]
    return tuple(algorithm(name) for name in several) if alg is not None else ()


def algorithm_of(
    jwk: Mapping[str, Any], alg: str | Iterable[str] | None, supported: Iterable[object] = ()
) -> Algorithm:
    """The only algorithm of a JWK: its own `alg`, or one that fits its type. Never what a token names.

    Where the JWK has none, it is the one of the operator's `alg` that fits, or the only one that fits the key's type,
    or the only one of `supported`, which an issuer's metadata lists. That list never chooses for a secret.
    """
    chosen = algorithms(alg)  # also if the JWK names its own, so that a wrong name is always told
    if "alg" in jwk:
        return algorithm(jwk["alg"])
    from scopekit.material import only_fitting

    listed = {OTHER_NAMES.get(name, name) for name in supported if isinstance(name, str)}
    return algorithm(only_fitting(jwk, ALGORITHMS.values(), chosen, listed).name)
