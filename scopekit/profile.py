"""Profiles: the shape of the tokens that one provider issues, and how a guard reads them.

A profile says which claims a token needs, which claim names the recipient, and where the scopes are. A mistake in a
profile is refused when the profile is made, because a guard with a wrong profile might accept every token.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from scopekit.arguments import checked
from scopekit.claim_paths import Path, names_of, placed, spelled, value_at
from scopekit.errors import PolicyError, ScopeError
from scopekit.scopes import Notation, Scopes, notation, readable, scope_or_error
from scopekit.tokens import Claims
from scopekit.wording import named, one_of, shortened

WAIVABLE = ("type", "issuer", "audience", "time", "jti")
"""What a profile may leave out: four checks, and the token's id."""

Reader = Callable[[Claims], Iterable[object]]


@checked(PolicyError, "A profile's", "replace", "requiring", when="last")
@dataclass(frozen=True, slots=True, repr=False)
class Profile:
    """The shape of a token. Raises PolicyError if a field is not what it must be.

    - `claims` and `typ`: what a token must have. One `typ` is enough; None among them permits that there is none.
    - `notation`: how scopes are written, and in which claim. `scopes_in`: other claims in its place, each of them one
      string or a list. `reader`: a function that reads the scopes from the claims instead.
    - `ttl_seconds`: the usual lifetime. `max_ttl_seconds`: the longest that a guard accepts, counted from `iat`, or
      from 1970 if a token has none. None sets no limit.
    - `hint`: the claim that names the key's owner. `recipient`: the claim that names this API. `token_id`: the claim
      with the id that a denylist lists.
    - `requires`: the values that claims may have. None among them permits that the claim is missing.
    - `forbids`: claims that only other kinds of tokens have. `in_issuer`: claims that must be a part of `iss`, between
      slashes.
    - `waives`: the checks that a guard leaves off for an outdated profile. With `jti`, a token needs no id; then only a
      cut-off can revoke it.
    """

    name: str
    notation: Notation
    typ: tuple[str | None, ...]
    claims: tuple[str, ...]
    ttl_seconds: int | None = 3600
    max_ttl_seconds: int | None = None
    waives: frozenset[str] = frozenset()
    hint: str = "iss"
    recipient: str = "aud"
    token_id: str = "jti"
    requires: Mapping[Any, Any] = field(default_factory=dict, hash=False)
    forbids: tuple[str, ...] = ()
    in_issuer: tuple[str, ...] = ()
    scopes_in: tuple[Path, ...] = ()
    reader: Reader | None = None
    _needed: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("name", "hint", "recipient", "token_id"):
            self._need(name, "text", _is_name(getattr(self, name)))
        self._need("notation", "one such as notation('oauth')", isinstance(self.notation, Notation))
        for name in ("typ", "claims", "forbids", "in_issuer", "waives"):
            names = self._several(name, "several names, such as ['a']")
            texts = [each for each in names if (name, each) != ("typ", None)]
            self._need(name, "names, each of them text", all(map(_is_name, texts)))
            object.__setattr__(self, name, frozenset(names) if name == "waives" else tuple(names))
        checked = ("iat", "exp", "nbf", self.hint, self.recipient, self.token_id)
        object.__setattr__(self, "_needed", tuple(name for name in self.claims if name not in checked))
        for each in self.waives - set(WAIVABLE):
            raise PolicyError(one_of("What a profile waives", each, WAIVABLE))
        self._need("typ", "media types; None permits that a token has none", len(self.typ) > 0)
        places = self._several("scopes_in", "several claims, such as ['scp']")
        self._need("scopes_in", "names of claims", all(map(_is_path, places)))
        object.__setattr__(self, "scopes_in", tuple(places))
        self._need("reader", "a function of the claims, or None", self.reader is None or callable(self.reader))
        self._check_seconds()
        self._need("requires", "a mapping of claims to values", isinstance(self.requires, Mapping))
        listed = {name: each if isinstance(each, list | tuple) else [each] for name, each in self.requires.items()}
        plain = all(_is_path(name) and any(each is not None for each in values) and all(map(_is_plain, values))
                    for name, values in listed.items())  # fmt: skip
        self._need("requires", "claims with one value or several: text, a number, true, false, None", plain)
        object.__setattr__(self, "requires", MappingProxyType({name: tuple(each) for name, each in listed.items()}))

    def scopes(self, claims: Claims) -> Scopes:
        """The scopes in `claims`, or none if the scope claim is missing. Raises ScopeError if the claim is unreadable.

        An entry that is not a scope grants nothing.
        """
        return self.granted(claims)[0]

    def granted(self, claims: Claims) -> tuple[Scopes, tuple[ScopeError, ...]]:
        """The scopes in `claims`, and an error for each entry that is not a scope. Raises ScopeError as `scopes`."""
        if self.reader is not None:
            try:
                found = self.reader(claims)
                return readable(_entries((), found if isinstance(found, str) else list(found)))
            except Exception as error:  # a function of the application; its error must not become a 500
                raise ScopeError(f"The reader of profile {self.name} failed: {type(error).__name__}.") from error
        if not self.scopes_in:
            claim = self.notation.claim
            return self.notation.granted(claims[claim]) if claim in claims else ((), ())
        return readable(each for path in self.scopes_in for each in _entries(path, value_at(claims, path)))

    def no_scope(self, claims: Claims) -> str:
        """Says that a token has no scope. If it has none of the claims that hold scopes, names these claims."""
        places = self.scopes_in or (self.notation.claim,)
        missing = self.reader is None and all(value_at(claims, place) is None for place in places)
        names = " or ".join(repr(spelled(each)) for each in places)
        return f"no scope: there is no claim {names}" if missing else "no scope"

    def lacking(self, claims: Claims) -> str | None:
        """The first of the `claims` that is missing, or None. Claims that another check reads are not looked for."""
        for name in self._needed:
            if name not in claims:
                return name
        return None

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
                found = shortened(value) if value is not None else "missing"
                return f"{spelled(name)} {found}, where it must be {expected}"
        return ""

    def written(self, scopes: Iterable[str]) -> dict[str, Any]:
        """The claims in which an issuer writes `scopes`: the first place in which a guard looks for them."""
        return placed(
            names_of(self.scopes_in[0]) if self.scopes_in else self.notation.claim, self.notation.write(scopes)
        )

    def replace(self, **changes: Any) -> Profile:
        """A copy of this profile with other values for these fields."""
        return replace(self, **changes)

    def reading(self, *places: Path) -> Profile:
        """A copy of this profile that reads the scopes in these claims."""
        return replace(self, scopes_in=places, reader=None)

    def requiring(self, values: Mapping[Any, Any] | None = None, **more: Any) -> Profile:
        """A copy of this profile that also requires these values: `requiring(tid="…")`, or a list of values.

        A claim inside another is named by a tuple: `requiring({("kubernetes.io", "namespace"): "shop"})`.
        """
        return replace(self, requires={**self.requires, **(values or {}), **more})

    def __repr__(self) -> str:
        return f"<profile {self.name}>"

    def _check_seconds(self) -> None:
        usual, longest = self.ttl_seconds, self.max_ttl_seconds
        for name, value in (("ttl_seconds", usual), ("max_ttl_seconds", longest)):
            self._need(name, "a whole number above 0, or None", value is None or (type(value) is int and value > 0))
        self._need("ttl_seconds", "at most max_ttl_seconds", usual is None or longest is None or usual <= longest)

    def _several(self, name: str, rule: str) -> Collection[Any]:
        value = getattr(self, name)
        self._need(name, rule, isinstance(value, Collection) and not isinstance(value, str))
        return value  # type: ignore[no-any-return]

    def _need(self, name: str, rule: str, holds: bool) -> None:
        if not holds:
            raise PolicyError(f"A profile's {name} must be {rule}; found {shortened(getattr(self, name))}.")


def _entries(path: Path, value: Any) -> Iterable[str | ScopeError]:
    if value is None:
        return ()
    if isinstance(value, str):
        return map(scope_or_error, filter(None, value.split(" ")))
    if isinstance(value, list | tuple):
        return map(scope_or_error, value)
    raise ScopeError(f"Scopes in {spelled(path)!r} must be a string or a list; it is {named(value)}.", value=value)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_path(value: object) -> bool:
    return _is_name(value) or (isinstance(value, tuple) and value != () and all(map(_is_name, value)))


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)


RFC9068 = Profile(
    "RFC9068", notation("oauth"), ("at+jwt", "application/at+jwt"),
    ("iss", "sub", "client_id", "aud", "iat", "exp", "jti"), 3600, 86400,
)  # fmt: skip
"""Today's standard for access tokens: RFC 9068 section 2."""
