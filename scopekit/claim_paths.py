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
    """The claims to add, so that `claims` has a value at each path of `wanted`. A value None is not added."""
    added: dict[str, Any] = {}
    for path, value in wanted.items():
        added |= placed(path, value) if value is not None and value_at(claims, path) is None else {}
    return added
