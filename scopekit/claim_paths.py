"""Where a claim is among the claims of a token: by its name, or inside other claims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Path = str | tuple[str, ...]
"""Where a claim is: `scp`, `realm_access.roles`, or a tuple of names if a name itself holds a dot."""


def names_of(path: Path) -> tuple[str, ...]:
    """The names on the way to a claim. A name that is a URI, such as `https://shop.example/roles`, is one name."""
    return tuple(path) if not isinstance(path, str) else (path,) if "://" in path else tuple(path.split("."))


def spelled(path: Path) -> str:
    """A path as a sentence shows it: its names, with dots between them."""
    return ".".join(names_of(path))


def placed(path: Path, value: Any) -> dict[str, Any]:
    """The claims that hold a value at a path. Here, a path that is one string is one name, even with a dot."""
    for name in reversed(path if isinstance(path, tuple) else (path,)):
        value = {name: value}
    return dict(value)


def value_at(claims: Mapping[str, Any], path: Path) -> Any:
    """The value of the claim at `path`, or None if it is missing. A claim with just this name comes first."""
    if isinstance(path, str) and path in claims:
        return claims[path]
    value: Any = claims
    for name in names_of(path):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def missing_from(claims: Mapping[str, Any], wanted: Mapping[Path, Any]) -> dict[str, Any]:
    """The claims to add, so that `claims` has the first value of each path of `wanted`. A None is not added."""
    added: dict[str, Any] = {}
    for path, (value, *_) in wanted.items():
        if value is not None and value_at(claims, path) is None:
            added = merged(added, placed(path, value))
    return added


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The claims of both. Objects with the same name are merged, too; any other value of `other` goes first."""
    both = {name: merged(one[name], other[name]) for name in one.keys() & other.keys()
            if isinstance(one[name], Mapping) and isinstance(other[name], Mapping)}  # fmt: skip
    return {**one, **other, **both}


def added_to(claims: Mapping[str, Any], more: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The claims with `more`, and the names of those that `more` would change."""
    whole, kept = merged(claims, more), merged(more, claims)
    return whole, sorted(name for name in whole if whole[name] is not kept[name] and whole[name] != kept[name])
