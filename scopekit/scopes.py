"""Scopes: what a token may do, and the words an API knows for it.

A scope is one capability, a scope-token of RFC 6749 section 3.3 such as `repo` or `read:users`. A
`Vocabulary` says which scopes exist and which of them imply others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from scopekit.errors import ScopeError, VocabularyError, closest, shortened

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
        try:
            for name in self.descriptions:
                self._close(name, ())
        except RecursionError:
            raise VocabularyError("Scopes imply each other a few levels deep; found hundreds of levels.") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.descriptions)

    def __len__(self) -> int:
        return len(self.descriptions)

    def __contains__(self, name: object) -> bool:
        return name in self.descriptions

    def __repr__(self) -> str:
        from scopekit.render.decoded import vocabulary_text

        return vocabulary_text(self)

    def tree(self, names: Iterable[str] | None = None) -> Iterator[tuple[int, str]]:
        """Scopes with their depth, each once and followed by what it implies; all of them where no names are given."""
        seen: set[str] = set()
        left = [(0, name) for name in reversed(self.roots() if names is None else tuple(names))]
        while left:
            depth, name = left.pop()
            if name not in seen:
                seen.add(name)
                yield depth, name
                left.extend((depth + 1, child) for child in reversed(self.children(name)))

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
        """The shortest way from a scope held down to the one needed, both ends included; None where there is none."""
        ways: list[Scopes] = [(name,) for name in dict.fromkeys(_no_string(held))]
        seen = {way[-1] for way in ways}
        while ways:
            if found := next((way for way in ways if way[-1] == needed), None):
                return found
            ways = [(*way, child) for way in ways for child in self.children(way[-1]) if child not in seen]
            ways = list({way[-1]: way for way in reversed(ways)}.values())[::-1]
            seen.update(way[-1] for way in ways)
        return None

    def suggest(self, unknown: str) -> str | None:
        """The known scope that `unknown` was probably meant to be."""
        return closest(unknown.lower(), self.descriptions, cutoff=0.75)

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


ANY_SCOPE = Vocabulary({})
"""A vocabulary that knows no hierarchy: every scope stands for itself alone."""
