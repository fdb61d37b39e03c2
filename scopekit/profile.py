"""Profiles: the shape of the tokens that one provider issues, and how a guard reads them.

A profile says which claims a token needs, which claim names the recipient, and where the scopes are. A mistake in a
profile is refused when the profile is made, because a guard with a wrong profile might accept every token.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from scopekit.errors import PolicyError, ScopeError, named, one_of, shortened
from scopekit.scopes import Notation, Scopes, each_scope, notation, readable
from scopekit.tokens import Claims

WAIVABLE = ("type", "issuer", "audience", "time", "jti")
"""What a profile may leave out: four checks, and the token's id."""

Path = str | tuple[str, ...]
"""Where a claim is: `scp`, `realm_access.roles`, or a tuple of names if a name itself holds a dot."""
Reader = Callable[[Claims], Iterable[object]]

_MISSING = object()


@dataclass(frozen=True, slots=True, repr=False)
class Profile:
    """The shape of a token. Raises PolicyError if a field is not what it must be.

    An issuer writes, and a guard requires, the `claims`, one `typ` (None: a token may lack it) and the scopes in this
    `notation`. `hint` is the claim that names the key's owner, `recipient` the claim that names this API, and
    `token_id` the id that a denylist lists. `requires` maps a claim to the values it may have; among them, None permits
    that the claim is missing. No token may have a claim of `forbids`. A claim of `in_issuer` must be a part of `iss`
    between slashes. `scopes_in` says where the scopes are, if not in the notation's own claim: each value is one string
    or a list. `reader` is a function that reads the scopes from the claims instead. `waives` names the checks that a
    guard leaves off for an outdated profile; with `jti`, a token needs no id, so that only a cut-off can revoke it.
    """

    name: str
    notation: Notation
    typ: tuple[str | None, ...]
    claims: tuple[str, ...]
    ttl_seconds: int | None = None
    max_ttl_seconds: int | None = None
    waives: frozenset[str] = frozenset()
    hint: str = "iss"
    recipient: str = "aud"
    token_id: str = "jti"
    requires: Mapping[str, Any] = field(default_factory=dict, hash=False)
    forbids: tuple[str, ...] = ()
    in_issuer: tuple[str, ...] = ()
    scopes_in: tuple[Path, ...] = ()
    reader: Reader | None = None

    def __post_init__(self) -> None:
        for name in ("name", "hint", "recipient", "token_id"):
            if not (isinstance(getattr(self, name), str) and getattr(self, name)):
                raise PolicyError(f"A profile's {name} must be text; found {shortened(getattr(self, name))}.")
        if not isinstance(self.notation, Notation):
            rule = "A profile's notation must be one such as notation('oauth')"
            raise PolicyError(f"{rule}; found {shortened(self.notation)}.")
        for name in ("typ", "claims", "forbids", "in_issuer", "waives"):
            self._set(name, (frozenset if name == "waives" else tuple)(self._names(name)))
        self._set("scopes_in", tuple(self._paths()))
        for each in self.waives - set(WAIVABLE):
            raise PolicyError(one_of("What a profile waives", each, WAIVABLE))
        if not self.typ:
            raise PolicyError("A profile's typ must name a media type, or None if a token may lack it; found none.")
        if self.reader is not None and not callable(self.reader):
            raise PolicyError(f"A profile's reader must be a function of the claims; found {shortened(self.reader)}.")
        self._check_seconds()
        if not isinstance(self.requires, Mapping):
            raise PolicyError(f"A profile's requires must map claims to values; found {shortened(self.requires)}.")
        allowed = {name: self._values(name, value) for name, value in self.requires.items()}
        self._set("requires", MappingProxyType(allowed))

    def scopes(self, claims: Claims) -> Scopes:
        """The scopes in `claims`, or none if the scope claim is missing. Raises ScopeError if the claim is unreadable.

        An entry that is not a scope grants nothing.
        """
        return self.granted(claims)[0]

    def granted(self, claims: Claims) -> tuple[Scopes, tuple[ScopeError, ...]]:
        """The scopes in `claims`, and an error for each entry that is not a scope. Raises ScopeError as `scopes`."""
        if self.reader is not None:
            try:
                return readable(each_scope(self.reader(claims)))
            except Exception as error:  # a function of the application; its error must not become a 500
                reason = f"The reader of profile {self.name} failed: {type(error).__name__}"
                raise ScopeError(f"{reason}.") from error
        if not self.scopes_in:
            claim = self.notation.claim
            return self.notation.granted(claims[claim]) if claim in claims else ((), ())
        return readable(each for path in self.scopes_in for each in _entries(path, value_at(claims, path)))

    def lacking(self, claims: Claims) -> str | None:
        """The first claim that this profile needs and that is missing. Leaves out the claims that have a check."""
        checked = ("iss", "iat", "exp", "nbf", self.hint, self.recipient, self.token_id)
        return next((name for name in self.claims if name not in claims and name not in checked), None)

    def misfit(self, claims: Claims) -> str:
        """What is wrong with the claims that this profile requires or forbids, or "" if nothing is."""
        for name in self.forbids:
            if name in claims:
                return f"a claim {name!r}, which only another kind of token has"
        for name, allowed in self.requires.items():
            value = value_at(claims, name)
            values = value if isinstance(value, list | tuple) else (value,)
            if not any(type(one) is type(each) and one == each for one in values for each in allowed):
                expected = " or ".join("nothing" if each is None else repr(each) for each in allowed)
                return f"{name} {shortened(value) if value is not None else 'missing'}, where it must be {expected}"
        return ""

    def written(self, scopes: Iterable[str]) -> dict[str, Any]:
        """The claims in which an issuer writes `scopes`: the first place in which a guard looks for them."""
        path = names_of(self.scopes_in[0]) if self.scopes_in else (self.notation.claim,)
        value: Any = self.notation.write(scopes)
        for name in reversed(path):
            value = {name: value}
        return dict(value)

    def replace(self, **changes: Any) -> Profile:
        """A copy of this profile with other values for these fields."""
        return replace(self, **changes)

    def reading(self, *places: Path) -> Profile:
        """A copy of this profile that reads the scopes in these claims."""
        return replace(self, scopes_in=places, reader=None)

    def requiring(self, values: Mapping[str, Any] | None = None, **more: Any) -> Profile:
        """A copy of this profile that also requires these values: `requiring(tid="…")`, or a list of values."""
        return replace(self, requires={**self.requires, **(values or {}), **more})

    def __repr__(self) -> str:
        return f"<profile {self.name}>"

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _names(self, name: str) -> Collection[Any]:
        value = getattr(self, name)
        if isinstance(value, str) or not isinstance(value, Collection):
            raise PolicyError(f"A profile's {name} must be several names, such as ('a',); found {named(value)}.")
        for each in value:
            if not (isinstance(each, str) and each) and (name, each) != ("typ", None):
                raise PolicyError(f"A profile's {name} must hold names; found {named(each)}.")
        return value

    def _paths(self) -> Iterable[Path]:
        if isinstance(self.scopes_in, str) or not isinstance(self.scopes_in, Collection):
            raise PolicyError(f"A profile's scopes_in must be claims, such as ('scp',); found {named(self.scopes_in)}.")
        for path in self.scopes_in:
            if not path or not all(isinstance(each, str) and each for each in names_of(path)):
                raise PolicyError(f"A profile's scopes_in must hold names of claims; found {named(path)}.")
            yield path if isinstance(path, str) else tuple(path)

    def _values(self, name: object, value: Any) -> tuple[Any, ...]:
        values = tuple(value) if isinstance(value, Collection) and not isinstance(value, str) else (value,)
        if not isinstance(name, str) or not values or not all(each is None or _is_plain(each) for each in values):
            rule = "A profile's requires must give each claim one value or several: text, numbers, true or false"
            raise PolicyError(f"{rule}; found {shortened(value)} for {shortened(name)}.")
        return values

    def _check_seconds(self) -> None:
        for name in ("ttl_seconds", "max_ttl_seconds"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value <= 0):
                raise PolicyError(f"A profile's {name} must be a whole number above 0, or None; found {named(value)}.")
        if None not in (self.ttl_seconds, self.max_ttl_seconds) and self.ttl_seconds > self.max_ttl_seconds:  # type: ignore[operator]
            raise PolicyError(f"A profile's ttl_seconds, {self.ttl_seconds}, must not be over its max_ttl_seconds.")


def names_of(path: Path) -> tuple[str, ...]:
    """The names on the way to a claim. A name that is a URI, such as `https://shop.example/roles`, is one name."""
    return tuple(path) if not isinstance(path, str) else (path,) if "://" in path else tuple(path.split("."))


def value_at(claims: Claims, path: Path) -> Any:
    """The value of the claim at `path`, or None if it is missing. A claim with just this name comes first."""
    if isinstance(path, str) and path in claims:
        return claims[path]
    value: Any = claims
    for name in names_of(path):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _entries(path: Path, value: Any) -> Iterable[str | ScopeError]:
    if value is None:
        return ()
    if isinstance(value, str):
        return each_scope(filter(None, value.split(" ")))
    if isinstance(value, list | tuple):
        return each_scope(value)
    where = ".".join(names_of(path))
    raise ScopeError(f"Scopes in {where!r} must be a string or a list; it is {named(value)}.", value=value)


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float)


RFC9068 = Profile(
    "RFC9068", notation("oauth"), ("at+jwt", "application/at+jwt"),
    ("iss", "sub", "client_id", "aud", "iat", "exp", "jti"), 3600, 86400,
)  # fmt: skip
"""Today's standard for access tokens: RFC 9068 section 2."""
