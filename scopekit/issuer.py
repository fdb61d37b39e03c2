"""Issuers, which mint tokens.

An `Issuer` mints only tokens in the shape of its `Profile`. It never mints a token that a guard with the same profile
would refuse.
"""

from __future__ import annotations

import json
import math
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from scopekit.arguments import checked
from scopekit.claim_paths import added_to, merged, missing_from
from scopekit.clock import Clock, SystemClock
from scopekit.errors import TokenError
from scopekit.keys import Key, base64url
from scopekit.profile import RFC9068, Profile
from scopekit.tokens import TIME_NAMES, Claims, Token, is_numeric_date, parse
from scopekit.wording import shortened

SUBJECT = "octocat"
CLIENT_NAMES = ("client_id", "azp", "cid", "appid")
"""The claims in which providers name the client that a token was issued to."""


def new_id() -> str:
    """A new token id (`jti`) as text: 128 bits from the operating system's random source."""
    return secrets.token_urlsafe(16)


class KeysInTurn(Protocol):
    """Keys that take turns to sign, such as a `Rotation`."""

    def signing_key(self) -> Key:
        """The key whose turn it is to sign."""
        ...


@checked(TokenError, "An issuer's")
@dataclass(frozen=True, slots=True)
class Issuer:
    """Mints tokens in one profile, for one audience, with one key or with keys that take turns."""

    key: Key | KeysInTurn
    profile: Profile = RFC9068
    audience: str | None = None
    clock: Clock = field(default_factory=SystemClock)
    new_id: Callable[[], str] = new_id

    @checked(TokenError, when="failed")
    def mint(
        self,
        scopes: Iterable[str],
        *,
        subject: str | None = SUBJECT,
        client_id: str | None = None,
        ttl_seconds: int | None = None,
        claims: Claims | None = None,
    ) -> Token:
        """Mints a signed token for `scopes`. Raises TokenError if a guard with this profile would refuse the token.

        `client_id` is the client that receives the token; by default, the subject is its own client. `ttl_seconds` is
        the lifetime; by default, the profile's lifetime. `claims` are more claims for the token, but they cannot
        replace a claim that the profile writes.

        `iat` is the clock's time, rounded down to the millisecond, so that a cut-off "now" spares the tokens minted
        after it (RFC 7519 section 2 allows fractions). `exp` is a whole second, and never more than the lifetime later.
        """
        key = self.signing_key
        now, ttl = self.clock.now(), self._lifetime(ttl_seconds)
        profile, more = self.profile, dict(claims or {})
        chosen = (*(["sub"] if subject != SUBJECT else []), *(CLIENT_NAMES if client_id else []))
        required = missing_from(dict.fromkeys(chosen, "") | more, profile.requires)
        values: dict[str, Any] = {
            "iss": key.issuer, "sub": subject, "aud": self.audience,
            "iat": _to_the_millisecond(now), "exp": int(now) + (ttl or 0),
            **dict.fromkeys(CLIENT_NAMES, client_id or subject), **required,
            profile.token_id: self.new_id(), profile.recipient: self.audience,
        }  # fmt: skip
        written = {name: more.get(name) if values.get(name) is None else values[name] for name in profile.claims}
        if missing := [name for name, value in written.items() if value is None]:
            raise TokenError(f"This profile needs {missing[0]!r}, but the issuer has no value for it.")
        written, replaced = added_to(merged(merged(written, required), profile.written(scopes)), more)
        if replaced:
            raise TokenError(f"The profile writes {replaced[0]!r} itself; it cannot be added as a claim.")
        self._check(written, key)
        typ = {} if profile.typ[0] is None else {"typ": profile.typ[0]}
        return sign({"alg": key.alg, **typ, "kid": key.kid}, written, key)

    def _check(self, written: Claims, key: Key) -> None:
        """Raises TokenError for a token that a guard with this profile would refuse."""
        for name in ("iss", self.profile.hint):
            if written.get(name, key.issuer) != key.issuer and "issuer" not in self.profile.waives:
                owner = f"{name!r} must name the owner of the key, {key.issuer!r}"
                raise TokenError(f"{owner}; found {shortened(written[name])}.")
        for name in TIME_NAMES:
            if name in written and not is_numeric_date(written[name]):
                raise TokenError(f"{name!r} must be a number of seconds, 0 to 2^53; found {shortened(written[name])}.")
        if reason := self.profile.misfit(written):
            raise TokenError(f"A token of profile {self.profile.name} must fit it; this one has {reason}.")

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
            rule = f"A token of profile {profile.name} may live at most {profile.max_ttl_seconds} s"
            raise TokenError(f"{rule}; found {ttl}.")
        return ttl


def _to_the_millisecond(seconds: float) -> float:
    """A time rounded down to the millisecond, as an `int` if no fraction is left."""
    rounded = math.floor(seconds * 1000) / 1000
    return int(rounded) if rounded == int(rounded) else rounded


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
