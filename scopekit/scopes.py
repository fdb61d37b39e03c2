"""Scopes: what a token may do, the words an API knows for it, and the notations a token writes them in.

A scope is one capability, a scope-token of RFC 6749 section 3.3 such as `repo` or `read:users`. A
`Vocabulary` says which scopes exist and which of them imply others. A `Notation` puts scopes into claims
and takes them out again without loss; the order of scopes means nothing, in any of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from scopekit.errors import NotationError, ScopeError, VocabularyError, shortened

Scopes = tuple[str, ...]
Text = TypeVar("Text")

_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


def scope(text: object) -> str:
    """The scope that `text` is; ScopeError where it is no scope-token (RFC 6749 section 3.3)."""
    if isinstance(text, str) and _SCOPE_TOKEN.fullmatch(text):
        return text
    raise ScopeError(
        f"A scope is printable ASCII without space, quote or backslash; found {shortened(text)}.", value=text
    )


def scopes(texts: Iterable[object]) -> Scopes:
    """The scopes of a list, each once, in the order given; ScopeError where one is no scope, or all are one string."""
    return tuple(dict.fromkeys(scope(text) for text in _no_string(texts)))


def _no_string(texts: Iterable[Text]) -> Iterable[Text]:
    """The list itself: a string in its place would be read letter by letter."""
    if isinstance(texts, str):
        raise ScopeError(f"Scopes are a list of strings; found the string {shortened(texts)}.", value=texts)
    return texts


class Vocabulary:
    """The scopes an API knows: a description each, and the other scopes that each implies.

    `implies` names direct children only; what they imply follows. A circle is a VocabularyError.
    """

    def __init__(self, descriptions: Mapping[str, str], implies: Mapping[str, Iterable[str]] | None = None) -> None:
        self.descriptions = {scope(name): text for name, text in descriptions.items()}
        self._children = {scope(parent): scopes(children) for parent, children in (implies or {}).items()}
        for name in (*self._children, *(child for children in self._children.values() for child in children)):
            if name not in self.descriptions:
                raise VocabularyError(f"Every scope needs a description; {name!r} has none.")
        self._closure: dict[str, frozenset[str]] = {}
        for name in self.descriptions:
            self._close(name, ())

    def __iter__(self) -> Iterator[str]:
        return iter(self.descriptions)

    def __len__(self) -> int:
        return len(self.descriptions)

    def __contains__(self, name: object) -> bool:
        return name in self.descriptions

    def __repr__(self) -> str:
        from scopekit.show import vocabulary_text

        return vocabulary_text(self)

    def tree(self, names: Iterable[str] | None = None, depth: int = 0) -> Iterator[tuple[int, str]]:
        """Scopes with their depth, each followed by those that it implies; all of them where no names are given."""
        for name in self.roots() if names is None else names:
            yield depth, name
            yield from self.tree(self.children(name), depth + 1)

    def children(self, name: str) -> Scopes:
        """The scopes that `name` implies directly."""
        return self._children.get(name, ())

    def roots(self) -> Scopes:
        """The scopes that no other scope implies."""
        implied = {child for children in self._children.values() for child in children}
        return tuple(name for name in self.descriptions if name not in implied)

    def expand(self, held: Iterable[str]) -> frozenset[str]:
        """The scopes held and all that they imply; a scope unknown here implies itself alone."""
        expanded: set[str] = set()
        for name in _no_string(held):
            expanded |= self._closure.get(name) or {name}
        return frozenset(expanded)

    def normalise(self, held: Iterable[str]) -> Scopes:
        """The fewest of the scopes held that still imply all of them, in the order given."""
        names = tuple(dict.fromkeys(held))
        return tuple(one for one in names if not any(one in self.expand([other]) - {other} for other in names))

    def through(self, held: Iterable[str], needed: str) -> Scopes | None:
        """The way from a scope held down to the one needed, both ends included; None where there is none."""
        ways = (way for name in held if (way := self._way(name, needed)))
        return min(ways, key=len, default=None)

    def suggest(self, unknown: str) -> str | None:
        """The known scope that `unknown` was probably meant to be."""
        from difflib import get_close_matches  # slow to import, and only wanted for a mistake

        close = get_close_matches(unknown.lower(), self.descriptions, n=1, cutoff=0.75)
        return close[0] if close else None

    def check(self, names: Iterable[object]) -> Scopes:
        """The scopes named, if all are known here; VocabularyError, with a suggestion, where one is not."""
        for name in (named := scopes(names)):
            if name not in self:
                hint = f"; did you mean {found!r}?" if (found := self.suggest(name)) else "."
                raise VocabularyError(f"{shortened(name)} is not a scope of this API{hint}")
        return named

    def _close(self, name: str, above: Scopes) -> frozenset[str]:
        if name in above:
            raise VocabularyError(f"Scopes may not imply each other in a circle: {' > '.join((*above, name))}.")
        if name not in self._closure:
            below = (self._close(child, (*above, name)) for child in self.children(name))
            self._closure[name] = frozenset({name}).union(*below)
        return self._closure[name]

    def _way(self, name: str, needed: str) -> Scopes | None:
        if name == needed:
            return (name,)
        if needed not in self._closure.get(name, ()):
            return None
        below = (way for child in self.children(name) if (way := self._way(child, needed)))
        return (name, *min(below, key=len))


ANY_SCOPE = Vocabulary({})
"""A vocabulary that knows no hierarchy: every scope stands for itself alone."""


@dataclass(frozen=True, slots=True)
class Notation:
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
    if not isinstance(value, list):
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
    if not isinstance(value, dict):
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


def _actions(resource: str, entry: object) -> list[object]:
    if isinstance(entry, dict) and entry.keys() == {"actions"} and isinstance(entry["actions"], list):
        return entry["actions"]
    raise ScopeError(f'A resource holds {{"actions": [...]}} and nothing else; {shortened(resource)} does not.', entry)


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


NOTATIONS: Mapping[str, Notation] = {
    each.name: each
    for each in (
        Notation("flat", "scopes", _write_flat, _read_flat),
        Notation("structured", "scopes", _write_structured, _read_structured),
        Notation("oauth", "scope", _write_oauth, _read_oauth),
    )
}
"""`flat` is the article's list, `structured` its object by resource, `oauth` the string of RFC 8693 and RFC 9068."""


def notation(name: str) -> Notation:
    """The notation of that name; NotationError where there is none."""
    if name in NOTATIONS:
        return NOTATIONS[name]
    raise NotationError(f"A notation is one of {', '.join(NOTATIONS)}; found {shortened(name)}.")


def convert(value: Any, *, read: str, write: str) -> Any:
    """A claim's value, read in one notation and written in another; the scopes are the same."""
    return notation(write).write(notation(read).read(value))
