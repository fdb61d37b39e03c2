"""Issuers, which mint tokens, and profiles, which describe the shape of a token.

An `Issuer` mints only tokens in the shape of its `Profile`. It never mints a token that a guard with the same profile
would refuse.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from scopekit.clock import Clock, SystemClock
from scopekit.errors import TokenError, shortened
from scopekit.keys import Key, base64url
from scopekit.scopes import Notation, Scopes, notation
from scopekit.tokens import TIME_NAMES, Claims, Token, is_numeric_date, parse


class Profile(NamedTuple):
    """The shape of a token: notation, `typ`, lifetimes, and the claims that an issuer writes and a guard requires.

    For an outdated profile, `waives` names the checks that a guard leaves off. If it also holds `jti`, tokens need no
    `jti`. `hint` is the claim that names the key's owner. If a token has no `kid`, `hint` finds the key.
    """

    name: str
    notation: Notation
    typ: tuple[str, ...]
    claims: tuple[str, ...]
    ttl_seconds: int | None
    max_ttl_seconds: int | None
    waives: frozenset[str] = frozenset()
    hint: str = "iss"

    def scopes(self, claims: Claims) -> Scopes:
        """The scopes in `claims`, or none if the scope claim is missing. Raises ScopeError for an unreadable claim."""
        claim = self.notation.claim
        return self.notation.read(claims[claim]) if claim in claims else ()

    def __repr__(self) -> str:
        return f"<profile {self.name}>"


RFC9068 = Profile(
    "RFC9068", notation("oauth"), ("at+jwt", "application/at+jwt"),
    ("iss", "sub", "client_id", "aud", "iat", "exp", "jti"), 3600, 86400,
)  # fmt: skip
"""Today's standard for access tokens: RFC 9068 section 2."""


def new_id() -> str:
    """A new token id (`jti`) as text: 128 bits from the operating system's random source."""
    return secrets.token_urlsafe(16)


class KeysInTurn(Protocol):
    """Keys that take turns to sign, such as a `Rotation`."""

    def signing_key(self) -> Key:
        """The key whose turn it is to sign."""
        ...


@dataclass(frozen=True, slots=True)
class Issuer:
    """Mints tokens in one profile, for one audience, with one key or with keys that take turns."""

    key: Key | KeysInTurn
    profile: Profile = RFC9068
    audience: str | None = None
    clock: Clock = field(default_factory=SystemClock)
    new_id: Callable[[], str] = new_id

    def mint(
        self,
        scopes: Iterable[str],
        *,
        subject: str = "octocat",
        client_id: str | None = None,
        ttl_seconds: int | None = None,
        claims: Claims | None = None,
    ) -> Token:
        """Mints a signed token for `scopes`. Raises TokenError if a guard with this profile would refuse the token.

        `client_id` is the client that receives the token; by default, the subject is its own client. `ttl_seconds` is
        the lifetime; by default, the profile's lifetime. `claims` are more claims for the token, but they cannot
        replace a claim that the profile writes.
        """
        key = self.signing_key
        now = int(self.clock.now())
        ttl = self._lifetime(ttl_seconds)
        values = {
            "iss": key.issuer, "sub": subject, "client_id": client_id or subject, "aud": self.audience,
            "iat": now, "exp": now + (ttl or 0), "jti": self.new_id(),
        }  # fmt: skip
        written = {name: values[name] for name in self.profile.claims}
        written[self.profile.notation.claim] = self.profile.notation.write(scopes)
        if missing := [name for name, value in written.items() if value is None]:
            raise TokenError(f"This profile needs {missing[0]!r}, but the issuer has no value for it.")
        if replaced := sorted(written.keys() & (claims or {}).keys()):
            raise TokenError(f"The profile writes {replaced[0]!r} itself; it cannot be added as a claim.")
        written.update(claims or {})
        for name in ("iss", self.profile.hint):
            if written.get(name, key.issuer) != key.issuer and "issuer" not in self.profile.waives:
                owner = f"{name!r} must name the owner of the key, {key.issuer!r}"
                raise TokenError(f"{owner}; found {shortened(written[name])}.")
        for name in TIME_NAMES:
            if name in written and not is_numeric_date(written[name]):
                raise TokenError(f"{name!r} must be a number of seconds, 0 to 2^53; found {shortened(written[name])}.")
        return sign({"alg": key.alg, "typ": self.profile.typ[0], "kid": key.kid}, written, key)

    @property
    def signing_key(self) -> Key:
        """The key that signs now."""
        return self.key if isinstance(self.key, Key) else self.key.signing_key()

    def _lifetime(self, ttl_seconds: int | None) -> int | None:
        """The lifetime: `ttl_seconds`, or by default the profile's. Returns None for a token that never expires."""
        profile, ttl = self.profile, self.profile.ttl_seconds if ttl_seconds is None else ttl_seconds
        if ttl is None and "exp" not in profile.claims:
            return None
        if isinstance(ttl, bool) or not isinstance(ttl, int) or ttl <= 0:
            raise TokenError(f"A lifetime must be a whole number of seconds above 0; found {shortened(ttl)}.")
        if profile.max_ttl_seconds is not None and ttl > profile.max_ttl_seconds:
            raise TokenError(
                f"A token of profile {profile.name} may live at most {profile.max_ttl_seconds} s; found {ttl}."
            )
        return ttl


def sign(header: Claims, claims: Claims, key: Key) -> Token:
    """Signs exactly this header and these claims with `key`. Raises TokenError if strict parsing refuses the token."""
    try:
        parts = [json.dumps(dict(part), separators=(",", ":"), allow_nan=False) for part in (header, claims)]
    except (TypeError, ValueError, RecursionError):
        raise TokenError(
            "A token's header and claims must be JSON with finite numbers; these hold something else."
        ) from None
    message = ".".join(base64url(part.encode()) for part in parts)
    return parse(f"{message}.{base64url(key.sign(message.encode()))}")
