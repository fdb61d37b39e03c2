"""Scopes: what a token may do, how a token writes its scopes, and which scopes an API knows.

A scope names one capability, such as `repo` or `read:users` (a scope-token of RFC 6749 section 3.3). A token writes its
scopes in one of four notations. This is how each notation writes `read:users` and `repo`:

    flat         "scopes": ["read:users", "repo"]
    structured   "scopes": {"users": {"actions": ["read"]}, "repo": {"actions": [""]}}
    oauth        "scope": "read:users repo"
    rar          "authorization_details": [{"type": "users", "actions": ["read"]}, {"type": "repo", "actions": [""]}]

The order of scopes has no meaning in any notation. A claim that holds more than scopes is refused, because ignoring
the rest would grant too much. A `Vocabulary` says which scopes exist and which of them imply others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from scopekit.arguments import checked
from scopekit.errors import ScopeError, VocabularyError
from scopekit.wording import closest, one_of, shortened

Scopes = tuple[str, ...]
Text = TypeVar("Text")

_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


def scope(text: object) -> str:
    """Returns `text` if it is a valid scope: a scope-token of RFC 6749 section 3.3. Otherwise raises ScopeError."""
    entry = scope_or_error(text)
    if isinstance(entry, str):
        return entry
    raise entry


def scope_or_error(text: object) -> str | ScopeError:
    """Returns `text` if it is a valid scope, or else the error that says why it is not."""
    if isinstance(text, str) and _SCOPE_TOKEN.fullmatch(text):
        return text
    rule = "A scope must be printable ASCII without space, quote or backslash"
    return ScopeError(f"{rule}; found {shortened(text)}.", value=text)


def scopes(texts: Iterable[object]) -> Scopes:
    """The scopes in `texts`, in order, each once. Raises ScopeError if `texts` is one string or a scope is invalid."""
    return tuple(dict.fromkeys(scope(text) for text in _listed(texts)))


def readable(entries: Iterable[str | ScopeError]) -> tuple[Scopes, tuple[ScopeError, ...]]:
    """Separates the scopes, each once, from the errors that stand for unreadable entries."""
    listed = dict.fromkeys(entries)
    errors = tuple([each for each in listed if not isinstance(each, str)])
    return tuple([each for each in listed if isinstance(each, str)]), errors


def _listed(texts: Iterable[Text]) -> Iterable[Text]:
    """Returns `texts`. Raises ScopeError if `texts` is one string, because each letter would be read as a scope."""
    if isinstance(texts, str) or not hasattr(texts, "__iter__"):
        found = f"the string {shortened(texts)}" if isinstance(texts, str) else type(texts).__name__
        raise ScopeError(f"Scopes must be a list of strings; found {found}.", value=texts)
    return texts


class Notation(NamedTuple):
    """One way to write scopes into a token: the claim's name, and how its value is written and read.

    `entries` yields a scope for each entry of a claim's value, or a ScopeError for an entry that is not a scope. It
    raises ScopeError if the whole value is not in this notation.
    """

    name: str
    claim: str
    write: Callable[[Iterable[str]], Any]
    entries: Callable[[Any], Iterable[str | ScopeError]]

    def read(self, value: Any) -> Scopes:
        """The scopes in a claim's value. Raises ScopeError for the first entry that is not a scope."""
        names, unreadable = self.granted(value)
        if unreadable:
            raise unreadable[0]
        return names

    def granted(self, value: Any) -> tuple[Scopes, tuple[ScopeError, ...]]:
        """The scopes in a claim's value, and an error for each entry that is not a scope and so grants nothing."""
        return readable(self.entries(value))

    def __repr__(self) -> str:
        return f"<notation {self.name}, in the claim {self.claim!r}>"


def _of_kind(value: Any, kind: Any, rule: str) -> Any:
    """Returns a claim's value if it has the type that its notation requires. Raises ScopeError otherwise."""
    if isinstance(value, kind):
        return value
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    raise ScopeError(f"Scopes in {rule}; found {names.get(type(value), 'a number')}.", value=value)


def _read_oauth(value: Any) -> Iterable[str | ScopeError]:
    text = _of_kind(value, str, "oauth notation must be one string with spaces")
    return map(scope_or_error, text.split(" ")) if text else ()


def _write_structured(names: Iterable[str]) -> dict[str, dict[str, list[str]]]:
    value: dict[str, dict[str, list[str]]] = {}
    for name in scopes(names):
        action, resource = _split(name)
        value.setdefault(resource, {"actions": []})["actions"].append(action)
    return value


def _read_structured(value: Any) -> Iterator[str | ScopeError]:
    for resource, entry in _of_kind(value, Mapping, "structured notation must be an object").items():
        actions = entry.get("actions") if isinstance(entry, Mapping) and entry.keys() == {"actions"} else None
        if isinstance(actions, list | tuple):
            yield from (_joined(action, resource) for action in actions)
        else:
            rule = 'A resource must hold {"actions": [...]} and nothing else'
            yield ScopeError(f"{rule}; {shortened(resource)} does not.", value=entry)


def _split(name: str) -> tuple[str, str]:
    """Splits a scope into action and resource: `read:users` into `read` and `users`, `repo` into `""` and `repo`."""
    action, _, resource = name.partition(":")
    return (action, resource) if action and resource else ("", name)


def _joined(action: object, resource: str) -> str | ScopeError:
    name = scope_or_error(f"{action}:{resource}" if action else resource)
    if isinstance(name, ScopeError) or (isinstance(action, str) and _split(name) == (action, resource)):
        return name
    rule = "An action must be a verb (`read` in `read:users`)"
    return ScopeError(f"{rule}; found {shortened(action)} on {shortened(resource)}.", value=action)


def _read_rar(value: Any) -> Iterator[str | ScopeError]:
    """The scopes in authorization details. A detail with fields besides `type` and `actions` grants nothing.

    Other fields, such as `locations` or `privileges`, narrow what is permitted. Ignoring one would grant too much.
    """
    for detail in _of_kind(value, list | tuple, "rar notation must be a list of objects"):
        if not isinstance(detail, Mapping) or not isinstance(detail.get("type"), str):
            yield ScopeError(f'A detail must be an object with a "type"; found {shortened(detail)}.', value=detail)
            continue
        resource, actions = detail["type"], detail.get("actions")
        if narrower := [name for name in detail if name not in ("type", "actions")]:
            rule = "To be read as scopes, a detail may hold only type and actions"
            yield ScopeError(f"{rule}; found also {shortened(narrower[0])}.", value=detail)
        elif not isinstance(actions, list | tuple):
            yield ScopeError(f'A detail needs a list "actions"; found none for {shortened(resource)}.', value=detail)
        else:
            yield from (_joined(action, resource) for action in actions)


NOTATIONS: Mapping[str, Notation] = {
    each.name: each
    for each in (
        Notation(
            "flat", "scopes", lambda names: list(scopes(names)),
            lambda value: map(scope_or_error, _of_kind(value, list | tuple, "flat notation must be a list")),
        ),
        Notation("structured", "scopes", _write_structured, _read_structured),
        Notation("oauth", "scope", lambda names: " ".join(scopes(names)), _read_oauth),
        Notation(
            "rar", "authorization_details",
            lambda names: [{"type": resource, **entry} for resource, entry in _write_structured(names).items()],
            _read_rar,
        ),
    )
}  # fmt: skip
"""`flat` is a list. `structured` is an object with an entry for each resource. Both are from an article of 2014.
`oauth` is a string (RFC 8693, RFC 9068). `rar` is a list of authorization details (RFC 9396 section 2)."""


def notation(name: str) -> Notation:
    """The notation with this name. Raises ScopeError if there is none."""
    if isinstance(name, str) and name in NOTATIONS:
        return NOTATIONS[name]
    raise ScopeError(one_of("A notation", name, NOTATIONS))


def convert(value: Any, *, read: str, write: str) -> Any:
    """Rewrites a claim's value from the notation `read` to the notation `write`. The scopes stay the same."""
    return notation(write).write(notation(read).read(value))


@checked(VocabularyError, "A vocabulary's", "suggest", when="last")
class Vocabulary:
    """The scopes that an API knows. Each scope has a description, and may imply other scopes.

    `implies` maps a scope to those that it implies directly. A circle of implications raises VocabularyError.
    """

    def __init__(self, descriptions: Mapping[str, str], implies: Mapping[str, Iterable[str]] | None = None) -> None:
        self.descriptions = {scope(name): text for name, text in descriptions.items()}
        self._children = {scope(parent): scopes(children) for parent, children in (implies or {}).items()}
        for name in (*self._children, *(child for children in self._children.values() for child in children)):
            if name not in self.descriptions:
                raise VocabularyError(f"Every scope needs a description; {name!r} has none.")
        self._closure: dict[str, frozenset[str]] = {}
        try:
            for name in self.descriptions:
                self._close(name, ())
        except RecursionError:
            raise VocabularyError("Scopes may imply each other only a few levels deep; found hundreds.") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.descriptions)

    def __len__(self) -> int:
        return len(self.descriptions)

    def __contains__(self, name: object) -> bool:
        return name in self.descriptions

    def __repr__(self) -> str:
        lines = [(f"{'  ' * depth}{name}", self.descriptions[name]) for depth, name in self.tree()]
        width = max((len(name) for name, _ in lines), default=0)
        return "\n".join([f"Vocabulary of {len(self)} scopes", *(f"{name:{width}}  {text}" for name, text in lines)])

    def tree(self, names: Iterable[str] | None = None) -> Iterator[tuple[int, str]]:
        """Yields `(depth, name)` once for each scope, before those it implies. Starts at `names` (None: `roots()`)."""
        seen: set[str] = set()
        stack = [(0, name) for name in reversed(self.roots() if names is None else tuple(_listed(names)))]
        while stack:
            depth, name = stack.pop()
            if name not in seen:
                seen.add(name)
                yield depth, name
                stack.extend((depth + 1, child) for child in reversed(self.children(name)))

    def children(self, name: str) -> Scopes:
        """The scopes that `name` implies directly."""
        return self._children.get(name, ())

    def roots(self) -> Scopes:
        """The scopes that no other scope implies."""
        implied = {child for children in self._children.values() for child in children}
        return tuple(name for name in self.descriptions if name not in implied)

    def expand(self, granted: Iterable[str]) -> frozenset[str]:
        """The granted scopes and all scopes that they imply. An unknown scope implies only itself."""
        expanded: set[str] = set()
        for name in _listed(granted):
            expanded |= self._closure.get(name) or {name}
        return frozenset(expanded)

    def normalise(self, granted: Iterable[str]) -> Scopes:
        """Drops each granted scope that another granted scope implies. Keeps the given order."""
        names = tuple(dict.fromkeys(_listed(granted)))
        return tuple(one for one in names if not any(one in self.expand([other]) - {other} for other in names))

    def through(self, granted: Iterable[str], needed: str) -> Scopes | None:
        """The shortest chain of implications from a granted scope to `needed`. None if there is no chain."""
        ways: list[Scopes] = [(name,) for name in dict.fromkeys(_listed(granted))]
        seen = {way[-1] for way in ways}
        while ways:
            if way := next((way for way in ways if way[-1] == needed), None):
                return way
            ways = [(*way, child) for way in ways for child in self.children(way[-1]) if child not in seen]
            ways = list({way[-1]: way for way in reversed(ways)}.values())[::-1]
            seen.update(way[-1] for way in ways)
        return None

    def suggest(self, unknown: str) -> str | None:
        """The known scope that is most similar to `unknown`, or None if no scope is similar enough."""
        return closest(unknown.lower(), self.descriptions, cutoff=0.75)

    def check(self, names: Iterable[object]) -> Scopes:
        """Returns the scopes if all are known. Raises VocabularyError, with a suggestion, for an unknown scope."""
        for name in (checked := scopes(names)):
            if name not in self:
                close = self.suggest(name)
                guess = f"; did you mean {close!r}?" if close else "."
                raise VocabularyError(f"{shortened(name)} is not a scope of this API{guess}")
        return checked

    def _close(self, name: str, above: Scopes) -> frozenset[str]:
        if name in above:
            raise VocabularyError(f"Scopes may not imply each other in a circle: {' > '.join((*above, name))}.")
        if name not in self._closure:
            below = (self._close(child, (*above, name)) for child in self.children(name))
            self._closure[name] = frozenset({name}).union(*below)
        return self._closure[name]


ANY_SCOPE = Vocabulary({})
"""A vocabulary without a hierarchy: every scope implies only itself."""
