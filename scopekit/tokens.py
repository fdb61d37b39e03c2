"""Tokens: parsed, but not yet trusted.

`Token.parse` reads the compact form strictly (RFC 7515 section 7.1, RFC 8725 section 3) but does not check who wrote
the token. Only a guard checks that.
"""

from __future__ import annotations

import contextlib
import functools
import json
import math
import re
from base64 import urlsafe_b64decode
from binascii import a2b_base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeGuard

from scopekit.clock import FIRST_MILLISECOND
from scopekit.display import html
from scopekit.display import text as shown
from scopekit.errors import ScopeError, TokenError
from scopekit.keys import is_id
from scopekit.scopes import NOTATIONS, Scopes
from scopekit.wording import named, not_compact

MAX_TOKEN_BYTES = 8192
"""The longest token that a guard accepts, unless its operator says otherwise. A house rule: no standard sets one."""
MAX_DEPTH = 16
NUMBERS = (int, float)  # and not bool, which Python counts among the int
HEADER_IDS = ("alg", "typ", "kid")
SHORT_HEADER = 512  # a header of at most this many characters is parsed once and remembered
TIME_NAMES = ("iat", "nbf", "exp")
ID_NAMES = ("iss", "sub", "jti", "client_id", "parent_jti")

Claims = Mapping[str, Any]

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*")
_PADDING = ("", "", "==", "=")
_LAST_CHARACTERS = {1: "", 2: "AQgw", 3: "AEIMQUYcgkosw048"}


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """A parsed token, NOT yet trusted: anyone may have written it.

    `str(token)` is the compact form, and `repr(token)` shows the decoded token. Header and claims are read-only.
    """

    text: str
    _header: dict[str, Any] = field(compare=False)
    _claims: dict[str, Any] = field(compare=False)
    signature: bytes = field(compare=False)
    _read_only: Claims | None = field(default=None, init=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> Token:
        """Parses a token strictly (RFC 7515, RFC 8725). Raises a TokenError that says what is wrong with the text."""
        return parse(text)

    @property
    def header(self) -> Claims:
        """The header, read-only."""
        return _frozen(self._header)  # type: ignore[no-any-return]

    @property
    def claims(self) -> Claims:
        """The claims, read-only."""
        if self._read_only is None:
            object.__setattr__(self, "_read_only", _frozen(self._claims))
        return self._read_only  # type: ignore[return-value]

    @property
    def signing_input(self) -> bytes:
        """The bytes that are signed: the first two parts and the dot between them."""
        return self.text.rpartition(".")[0].encode("ascii")

    @property
    def scopes(self) -> Scopes:
        """The scopes that the token claims, read in the first notation that fits. Empty if no notation fits."""
        for each in NOTATIONS.values():
            with contextlib.suppress(KeyError, ScopeError):
                return each.read(self._claims[each.claim])
        return ()

    @property
    def expires(self) -> float | None:
        """The claim `exp`, in seconds since 1970, or None if it is missing or not a time."""
        ends = self._claims.get("exp")
        return ends if is_numeric_date(ends) else None

    def __reduce__(self) -> tuple[Any, ...]:
        """Lets `copy` and `pickle` use the plain fields, because the read-only views cannot be copied."""
        return Token, (self.text, self._header, self._claims, self.signature)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return shown(self)

    _repr_html_ = html


def parse(text: str, max_bytes: int = MAX_TOKEN_BYTES) -> Token:
    """Parses a token strictly: a compact form of at most `max_bytes`, whose payload is a JSON object with valid ids."""
    header, payload, signature = parse_jws(text, max_bytes)
    claims = _object(payload, "claims")
    _require_ids(claims, ID_NAMES)
    return Token(text, header, claims, signature)


def parse_jws(text: str, max_bytes: int = MAX_TOKEN_BYTES) -> tuple[dict[str, Any], bytes, bytes]:
    """Parses a compact form strictly into header, payload and signature. The payload may be any bytes (RFC 7515).

    Passes over header names that it does not understand (RFC 7515 section 4). Refuses `crit` and `b64`, because they
    change how the token must be read (RFC 7515 section 4.1.11, RFC 7797).
    """
    if len(text) > max_bytes:
        raise TokenError(f"A token may have at most {max_bytes} characters; found {len(text)}.")
    if not _COMPACT.fullmatch(text):
        raise TokenError(not_compact(text))
    first, second, third = text.split(".")
    header = _known_header(first) if len(first) <= SHORT_HEADER else _header(first)
    return header, _decoded(second), _decoded(third)


def _header(part: str) -> dict[str, Any]:
    header = _object(_decoded(part), "header")
    for name in ("crit", "b64"):
        if name in header:
            raise TokenError(f"A header must not hold {name!r}: it changes how the token is read (RFC 7515, RFC 7797).")
    _require_ids(header, HEADER_IDS)
    return header


_known_header = functools.lru_cache(maxsize=256)(_header)  # most tokens of an issuer have the same header


def parse_leniently(text: str) -> Token:
    """Parses a token as a careless parser does: accepts padding, white space, any size and repeated names.

    Ids such as `kid` and `jti` must still be text: a list would crash later checks and teach the learner nothing.
    """
    try:
        parts = [part.strip().rstrip("=") for part in text.split(".")]
        header, claims, signature = (urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts)
        token = Token(".".join(parts), json.loads(header), json.loads(claims), signature)
    except (ValueError, RecursionError):
        raise TokenError("This text is not a token: it does not have three parts of base64url and JSON.") from None
    if max(_depth(token._header), _depth(token._claims)) > 10 * MAX_DEPTH:
        raise TokenError("Header and claims are nested too deep even for a lenient reader.")
    if not (isinstance(token._header, dict) and isinstance(token._claims, dict) and token.text.isascii()):
        raise TokenError("Header and claims must be JSON objects; found something else.")
    _require_ids(token._header, HEADER_IDS)
    _require_ids(token._claims, ID_NAMES)
    return token


def is_numeric_date(value: object) -> TypeGuard[float]:
    """Whether `value` is a time that a guard can use: seconds since 1970 (RFC 7519 section 2), below the limit."""
    return type(value) in NUMBERS and 0 <= value < FIRST_MILLISECOND  # type: ignore[operator]


def _require_ids(values: Claims, names: Iterable[str]) -> None:
    for name in names:
        value = values.get(name, name)
        if not (isinstance(value, str) and 0 < len(value) < 256 and value.isprintable()) and not is_id(value):
            rule = f"{name!r} must be text of 1 to 255 characters without control characters"
            raise TokenError(f"{rule}; it is {named(values[name])}.")


def _decoded(part: str) -> bytes:
    """Decodes a part of a token. Raises TokenError if encoding the result again would give a different text."""
    if (over := len(part) % 4) and part[-1] not in _LAST_CHARACTERS[over]:
        raise TokenError("A text has one correct spelling in base64url; a part of this token is spelled otherwise.")
    return a2b_base64(part.replace("-", "+").replace("_", "/") + _PADDING[over])


def _object(raw: bytes, name: str) -> dict[str, Any]:
    """Parses a part as a JSON object (RFC 8259), so strictly that no other parser reads the part differently."""
    try:
        text = raw.decode("utf-8")
        value, end = _scan_json(text, 0) if text[:1] == "{" else (None, -1)
        if end != len(text):  # white space around the object, or no object at all
            value = _STRICT_JSON.decode(text)
        if "\\u" in text and "\\ud" in text.lower():
            json.dumps(value, ensure_ascii=False).encode()  # fails for an unpaired surrogate, which is not text
    except (ValueError, RecursionError, StopIteration):
        raise TokenError(f"The {name} part is not JSON in UTF-8 with unique names and finite numbers.") from None
    if not isinstance(value, dict):
        raise TokenError(f"The {name} part must be a JSON object; found another value.")
    if text.count("{") + text.count("[") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise TokenError(f"The {name} part may be at most {MAX_DEPTH} levels deep; this one is deeper.")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name is there twice")
    return value


def _finite(text: str) -> float:
    """Parses a finite number. Refuses `1e999`, `NaN` and `Infinity`, all of which Python's JSON parser accepts."""
    if math.isfinite(number := float(text)):
        return number
    raise ValueError("a number is not finite")


_STRICT_JSON = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_finite, parse_float=_finite)


_scan_json = _STRICT_JSON.scan_once  # type: ignore[attr-defined]  # as `decode`, but does not look for white space


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level := [each for each in level if isinstance(each, dict | list)]:
        level = [inner for each in level for inner in (each.values() if isinstance(each, dict) else each)]
        depth += 1
    return depth


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({name: _frozen(each) for name, each in value.items()})
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value
