"""Tokens: read, which is not yet trusted; and minted, which is.

`Token.parse` reads the compact form strictly (RFC 7515 section 7.1, RFC 8725 section 3) and says nothing about who
wrote it: that is the guard's to find out. A `Profile` is a whole token shape, and an `Issuer` mints in it.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
import secrets
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple, TypeGuard

from scopekit.clock import Clock, SystemClock
from scopekit.errors import ScopeError, TokenError, shortened
from scopekit.keys import Key, base64url, printable
from scopekit.notations import NOTATIONS, Notation, notation
from scopekit.rotation import Rotation
from scopekit.scopes import Scopes

MAX_TOKEN_BYTES = 8192
MAX_DEPTH = 16
NUMERIC_DATE_END = 2**53
HEADER_NAMES = ("alg", "typ", "kid")
TIME_NAMES = ("iat", "nbf", "exp")
ID_NAMES = ("iss", "sub", "jti", "client_id", "parent_jti")

Claims = Mapping[str, Any]

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*")
_LAST_CHARACTERS = {1: "", 2: "AQgw", 3: "AEIMQUYcgkosw048"}


@dataclass(frozen=True, slots=True)
class Token:
    """A token taken apart, and NOT yet trusted: anyone may have written it.

    `str(token)` is the compact form; `repr(token)` is the decoded structure. Header and claims are read-only.
    """

    text: str
    raw_header: dict[str, Any] = field(compare=False)
    raw_claims: dict[str, Any] = field(compare=False)
    signature: bytes = field(compare=False)

    @classmethod
    def parse(cls, text: str) -> Token:
        """The token in `text`, read strictly; TokenError says what is not as RFC 7515 and RFC 8725 have it."""
        return parse(text)

    @property
    def header(self) -> Claims:
        """The header, read-only."""
        return _frozen(self.raw_header)  # type: ignore[no-any-return]

    @property
    def claims(self) -> Claims:
        """The claims, read-only."""
        return _frozen(self.raw_claims)  # type: ignore[no-any-return]

    @property
    def signing_input(self) -> bytes:
        """What the signature is over: the two first parts and the dot between them."""
        return self.text.rpartition(".")[0].encode("ascii")

    @property
    def scopes(self) -> Scopes:
        """The scopes that the token claims, in the first notation that can read them; none where none can."""
        for each in NOTATIONS.values():
            with contextlib.suppress(KeyError, ScopeError):
                return each.read(self.raw_claims[each.claim])
        return ()

    @property
    def expires(self) -> float | None:
        """When the token says it ends, in seconds since 1970; None where it does not say so with a number."""
        ends = self.raw_claims.get("exp")
        return ends if is_numeric_date(ends) else None

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        from scopekit.show import token_text

        return token_text(self)

    def _repr_html_(self) -> str:
        from scopekit.show import token_html

        return token_html(self)


def parse(text: str, *, also_in_header: frozenset[str] = frozenset()) -> Token:
    """The token in `text`, read strictly; `also_in_header` names header parameters allowed beside alg, typ and kid."""
    header, payload, signature = parse_jws(text, also_in_header=also_in_header)
    claims = _object(payload, "claims")
    _refuse_unprintable(claims, ID_NAMES)
    return Token(text, header, claims, signature)


def parse_jws(text: str, *, also_in_header: frozenset[str] = frozenset()) -> tuple[dict[str, Any], bytes, bytes]:
    """The header, payload and signature in `text`, in strict compact form; the payload may be any bytes (RFC 7515)."""
    if len(text) > MAX_TOKEN_BYTES:
        raise TokenError(f"A token has at most {MAX_TOKEN_BYTES} characters; found {len(text)}.")
    if not _COMPACT.fullmatch(text):
        raise TokenError("A token is three parts of base64url with a dot between them; this text is not.")
    first, second, third = text.split(".")
    header = _object(_decoded(first), "header")
    if unknown := header.keys() - HEADER_NAMES - also_in_header:
        raise TokenError(f"A header holds alg, typ and kid; found also {shortened(min(unknown))}.")
    _refuse_unprintable(header, HEADER_NAMES)
    return header, _decoded(second), _decoded(third)


def parse_leniently(text: str) -> Token:
    """The token in `text`, read as a careless parser reads it: padding, white space, any size, the last name wins.

    Ids are text even so: a list for a `kid` would stop the checks to come, and teach nothing.
    """
    try:
        parts = [part.strip().rstrip("=") for part in text.split(".")]
        header, claims, signature = (urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts)
        token = Token(".".join(parts), json.loads(header), json.loads(claims), signature)
    except (ValueError, RecursionError):
        raise TokenError("Not even a lenient reader finds three parts of base64url and JSON in this text.") from None
    if max(_depth(token.raw_header), _depth(token.raw_claims)) > 10 * MAX_DEPTH:
        raise TokenError("Header and claims are nested too deep even for a lenient reader.")
    if not (isinstance(token.raw_header, dict) and isinstance(token.raw_claims, dict) and token.text.isascii()):
        raise TokenError("Header and claims are JSON objects; found something else.")
    _refuse_unprintable(token.raw_header, HEADER_NAMES)
    _refuse_unprintable(token.raw_claims, ID_NAMES)
    return token


class Profile(NamedTuple):
    """A whole token shape: notation, `typ`, the claims that mint writes and a guard asks for, and lifetimes.

    `waives` names the checks, and `jti`, that a guard with this profile does without: only a shape of the past does.
    `hint` is the claim that names the issuer, who owns the key: it finds a key where there is no `kid`.
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
        """The scopes in `claims`, none where the claim is not there; ScopeError where it is not in this notation."""
        claim = self.notation.claim
        return self.notation.read(claims[claim]) if claim in claims else ()

    def __repr__(self) -> str:
        return f"<profile {self.name}>"


SEED_2014 = Profile(
    "SEED_2014", notation("flat"), ("JWT",), ("iat", "jti"), None, None,
    waives=frozenset({"type", "issuer", "audience", "time", "jti"}),
)  # fmt: skip
"""The article's token, as it was: no `exp`, no `aud`, no `iss`. A guard with this profile does without four checks."""

GITHUB = Profile(
    "GITHUB", notation("flat"), ("JWT",), ("iss", "sub", "aud", "iat", "exp", "jti"), 3600, 90 * 86400
)  # fmt: skip
"""The article's flat list of scopes, with the claims it left out."""

AUTH0_V2 = Profile(
    "AUTH0_V2", notation("structured"), ("JWT",), ("aud", "iat", "exp", "jti"), 86400, 30 * 86400, hint="aud"
)  # fmt: skip
"""The article's scopes by resource, with the tenant's client id as `aud` and no `iss`.

A tenant is an issuer under the name of its client id, so `aud` finds the key, has to name that key's owner, and is the
issuer under which a `jti` is taken back; the guard's audiences are the tenants it serves, which may be fewer than its
key set holds. It asks for the `exp` that tokens of 2014 lacked, because no denylist could ever forget a token for ever
valid; SEED_2014 alone waives it. `sub` is there where a token speaks for a user, and not in an application's.
"""

RFC9068 = Profile(
    "RFC9068", notation("oauth"), ("at+jwt", "application/at+jwt"),
    ("iss", "sub", "client_id", "aud", "iat", "exp", "jti"), 3600, 86400,
)  # fmt: skip
"""Today's standard for access tokens: RFC 9068 section 2."""

PROFILES: Mapping[str, Profile] = {each.name: each for each in (SEED_2014, AUTH0_V2, GITHUB, RFC9068)}


def new_id() -> str:
    """A `jti` from the operating system's random source: 128 bits as text."""
    return secrets.token_urlsafe(16)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Mints tokens in one profile, for one audience, with one key or the one whose turn it is."""

    key: Key | Rotation
    profile: Profile = RFC9068
    audience: str | None = None
    clock: Clock = field(default_factory=SystemClock)
    new_id: Callable[[], str] = new_id

    def mint(
        self,
        scopes: Iterable[str],
        *,
        subject: str = "octocat",
        ttl_seconds: int | None = None,
        claims: Claims | None = None,
    ) -> Token:
        """A token for `scopes`, signed.

        `ttl_seconds` is its lifetime, the profile's where not given. `claims` adds claims of one's own, and cannot
        replace those of the profile. TokenError where a guard of this profile would refuse what came out.
        """
        key = self.key.signing_key() if isinstance(self.key, Rotation) else self.key
        now = int(self.clock.now())
        ttl = self.profile.ttl_seconds if ttl_seconds is None else ttl_seconds
        _refuse_lifetime(ttl, self.profile)
        own = {
            "iss": key.issuer, "sub": subject, "client_id": subject, "aud": self.audience,
            "iat": now, "exp": now + (ttl or 0), "jti": self.new_id(),
        }  # fmt: skip
        written = {name: own[name] for name in self.profile.claims}
        written[self.profile.notation.claim] = self.profile.notation.write(scopes)
        _refuse_missing(written, claims or {})
        written.update(claims or {})
        _refuse_foreign(written, key.issuer, self.profile)
        _refuse_no_times(written)
        return sign({"alg": key.alg, "typ": self.profile.typ[0], "kid": key.kid}, written, key)


def sign(header: Claims, claims: Claims, key: Key) -> Token:
    """A token of just this header and these claims, signed with `key`; TokenError where its form would be refused."""
    try:
        parts = [json.dumps(dict(part), separators=(",", ":"), allow_nan=False) for part in (header, claims)]
    except (TypeError, ValueError, RecursionError):
        raise TokenError(
            "A token's header and claims can be written as JSON with finite numbers; these cannot."
        ) from None
    message = ".".join(base64url(part.encode()) for part in parts)
    return parse(f"{message}.{base64url(key.sign(message.encode()))}")


def is_numeric_date(value: object) -> TypeGuard[float]:
    """Whether `value` is a time a guard can reckon with: a number, not negative, below 2^53 (RFC 7519 section 2)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < NUMERIC_DATE_END


def _refuse_lifetime(ttl: int | None, profile: Profile) -> None:
    if ttl is None and "exp" not in profile.claims:
        return
    if isinstance(ttl, bool) or not isinstance(ttl, int) or ttl <= 0:
        raise TokenError(f"A lifetime is a whole number of seconds above 0; found {shortened(ttl)}.")
    if profile.max_ttl_seconds is not None and ttl > profile.max_ttl_seconds:
        raise TokenError(f"A token of profile {profile.name} lives at most {profile.max_ttl_seconds} s; found {ttl}.")


def _refuse_missing(written: Claims, added: Claims) -> None:
    if missing := [name for name, value in written.items() if value is None]:
        raise TokenError(f"This profile writes {missing[0]!r}, and the issuer has no value for it.")
    if replaced := sorted(written.keys() & added.keys()):
        raise TokenError(f"The profile writes {replaced[0]!r} itself; it cannot be given as a claim of one's own.")


def _refuse_foreign(written: Claims, owner: str | None, profile: Profile) -> None:
    for name in ("iss", profile.hint):
        if written.get(name, owner) != owner and "issuer" not in profile.waives:
            raise TokenError(f"{name!r} names the owner of the key, {owner!r}; found {shortened(written[name])}.")


def _refuse_no_times(claims: Claims) -> None:
    for name in TIME_NAMES:
        if name in claims and not is_numeric_date(claims[name]):
            raise TokenError(f"{name!r} is a number of seconds from 0 to 2^53; found {shortened(claims[name])}.")


def _refuse_unprintable(names: Claims, ids: Iterable[str]) -> None:
    for name in ids:
        if name in names and not printable(names[name]):
            raise TokenError(f"{name!r} is 1 to 255 printable ASCII characters; found {shortened(names[name])}.")


def _decoded(part: str) -> bytes:
    """The bytes of a part, in the one spelling that base64url has for them."""
    if (over := len(part) % 4) and part[-1] not in _LAST_CHARACTERS[over]:
        raise TokenError("Base64url has one spelling for each text; a part of this token has another.")
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _object(raw: bytes, name: str) -> dict[str, Any]:
    try:
        text = raw.decode("utf-8")
        value = _STRICT_JSON.decode(text)
        if "\\ud" in text.lower():
            json.dumps(value, ensure_ascii=False).encode()  # a surrogate without its other half is no text
    except (ValueError, RecursionError):
        raise TokenError(f"The {name} part is no JSON in UTF-8 with unique names and finite numbers.") from None
    if not isinstance(value, dict):
        raise TokenError(f"The {name} part is a JSON object; found another value.")
    if text.count("{") + text.count("[") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise TokenError(f"The {name} part is at most {MAX_DEPTH} levels deep.")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    if math.isfinite(number := float(text)):
        return number
    raise ValueError("a number is infinite")


_STRICT_JSON = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level:
        depth += any(isinstance(each, dict | list) for each in level)
        level = [inner for each in level if isinstance(each, dict | list) for inner in _inner(each)]
    return depth


def _inner(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({name: _frozen(each) for name, each in value.items()})
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value
