"""Displays objects as text and as HTML. Each class has a registered `Look`, which the mixin `Displayed` uses.

This module imports none of the displayed classes. Other modules register the looks: `scopekit.render`, and some in the
folders of the live objects. If a look is still missing, a function given to `on_missing` imports `scopekit.render`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Look(NamedTuple):
    """Two functions that display an object: one returns text, one returns static HTML that needs no kernel."""

    text: Callable[[Any], str]
    html: Callable[[Any], str]


_LOOKS: dict[type, Look] = {}
_LOADERS: list[Callable[[type], None]] = []


def register(kind: type, text: Callable[[Any], str], html: Callable[[Any], str]) -> None:
    """Registers the look of a class and of its subclasses."""
    _LOOKS[kind] = Look(text, html)


def on_missing(load: Callable[[type], None]) -> Callable[[type], None]:
    """Registers a function that loads looks. `look_of` calls this function with each class that has no look yet."""
    _LOADERS.append(load)
    return load


def look_of(kind: type) -> Look:
    """The look of a class or of its nearest base class that has one. Raises LookupError if there is none."""
    for load in (None, *_LOADERS):
        if load is not None:
            load(kind)
        for above in kind.__mro__:
            if above in _LOOKS:
                return _LOOKS[above]
    raise LookupError(f"No look is registered for {kind.__module__}.{kind.__qualname__}.")


def text(shown: object) -> str:
    """Shows an object as text, with the look of the object's class."""
    return look_of(type(shown)).text(shown)


def html(shown: object) -> str:
    """Shows an object as static HTML, with the look of the object's class."""
    return look_of(type(shown)).html(shown)


class Displayed:
    """A mixin that gives a class the `repr` and the notebook display of its registered look."""

    __slots__ = ()

    def __repr__(self) -> str:
        return text(self)

    def _repr_html_(self) -> str:
        return html(self)
