"""Notations: the four ways in which a token writes its scopes, without loss from any of them to any other.

`read:users` and `repo` are, in each:

    flat         "scopes": ["read:users", "repo"]
    structured   "scopes": {"users": {"actions": ["read"]}, "repo": {"actions": [""]}}
    oauth        "scope": "read:users repo"
    rar          "authorization_details": [{"type": "users", "actions": ["read"]}, {"type": "repo", "actions": [""]}]

The order of scopes means nothing in any of them. What a notation can say beyond a list of scopes is refused, and never
read as the whole scope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from scopekit.errors import NotationError, ScopeError, one_of, shortened
from scopekit.scopes import Scopes, scope, scopes


class Notation(NamedTuple):
    """One way to write scopes into a token: the claim's name, and how its value is written and read."""

    name: str
    claim: str
    write: Callable[[Iterable[str]], Any]
    read: Callable[[Any], Scopes]

    def __repr__(self) -> str:
        return f"<notation {self.name}, in the claim {self.claim!r}>"


def _write_flat(held: Iterable[str]) -> list[str]:
    return list(scopes(held))


def _read_flat(value: Any) -> Scopes:
    if not isinstance(value, list | tuple):
        raise ScopeError(f"Scopes in flat notation are a list; found {_kind(value)}.", value=value)
    return scopes(value)


def _write_oauth(held: Iterable[str]) -> str:
    return " ".join(scopes(held))


def _read_oauth(value: Any) -> Scopes:
    if not isinstance(value, str):
        raise ScopeError(f"Scopes in oauth notation are one string with spaces; found {_kind(value)}.", value=value)
    return scopes(value.split(" ")) if value else ()


def _write_structured(held: Iterable[str]) -> dict[str, dict[str, list[str]]]:
    value: dict[str, dict[str, list[str]]] = {}
    for name in scopes(held):
        action, resource = _split(name)
        value.setdefault(resource, {"actions": []})["actions"].append(action)
    return value


def _read_structured(value: Any) -> Scopes:
    if not isinstance(value, Mapping):
        raise ScopeError(f"Scopes in structured notation are an object; found {_kind(value)}.", value=value)
    return scopes(_join(action, resource) for resource, entry in value.items() for action in _actions(resource, entry))


def _split(name: str) -> tuple[str, str]:
    """`read:users` is the action `read` on `users`; a scope without a verb, `repo`, is the action `""` on `repo`."""
    action, _, resource = name.partition(":")
    return (action, resource) if action and resource else ("", name)


def _join(action: object, resource: str) -> str:
    name = f"{action}:{resource}" if action else resource
    if not isinstance(action, str) or _split(scope(name)) != (action, resource):
        raise ScopeError(
            f"An action is a verb, as `read` is in `read:users`; found {shortened(action)} on {shortened(resource)}.",
            value=action,
        )
    return name


def _actions(resource: str, entry: object) -> Sequence[object]:
    if isinstance(entry, Mapping) and entry.keys() == {"actions"} and isinstance(entry["actions"], list | tuple):
        return entry["actions"]
    raise ScopeError(f'A resource holds {{"actions": [...]}} and nothing else; {shortened(resource)} does not.', entry)


# A detail may also have `locations`, `datatypes`, `identifier`, `privileges` or fields of its type's own. Each of them
# narrows what is permitted, and a scope cannot say so: to pass over one would read a part as the whole.


def _write_rar(held: Iterable[str]) -> list[dict[str, Any]]:
    return [{"type": resource, **entry} for resource, entry in _write_structured(held).items()]


def _read_rar(value: Any) -> Scopes:
    if not isinstance(value, list | tuple):
        raise ScopeError(f"Scopes in rar notation are a list of objects; found {_kind(value)}.", value=value)
    return scopes(_join(action, detail["type"]) for detail in value for action in _actions_of_detail(detail))


def _actions_of_detail(detail: object) -> Sequence[object]:
    if not isinstance(detail, Mapping) or not isinstance(detail.get("type"), str):
        raise ScopeError(f'A detail is an object with a "type"; found {shortened(detail)}.', value=detail)
    if narrower := [name for name in detail if name not in ("type", "actions")]:
        raise ScopeError(f"A scope cannot say what {shortened(narrower[0])} narrows its detail to.", value=detail)
    actions = detail.get("actions")
    if not isinstance(actions, list | tuple):
        raise ScopeError(f'A detail lists its "actions"; that of {shortened(detail["type"])} does not.', value=detail)
    return actions


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


NOTATIONS: Mapping[str, Notation] = {
    each.name: each
    for each in (
        Notation("flat", "scopes", _write_flat, _read_flat),
        Notation("structured", "scopes", _write_structured, _read_structured),
        Notation("oauth", "scope", _write_oauth, _read_oauth),
        Notation("rar", "authorization_details", _write_rar, _read_rar),
    )
}
"""`flat` is the article's list, `structured` its object by resource, `oauth` the string of RFC 8693 and RFC 9068, `rar`
the details of RFC 9396 section 2."""


def notation(name: str) -> Notation:
    """The notation of that name; NotationError where there is none."""
    if name in NOTATIONS:
        return NOTATIONS[name]
    raise NotationError(one_of("A notation", name, NOTATIONS))


def convert(value: Any, *, read: str, write: str) -> Any:
    """A claim's value, read in one notation and written in another; the scopes are the same."""
    return notation(write).write(notation(read).read(value))
