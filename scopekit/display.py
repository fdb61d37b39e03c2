"""How objects are displayed: each class registers a look, as with IPython's `for_type`, and one mixin uses it.

This module knows no class that is displayed. `scopekit.render` and the folders of the live objects register the looks;
`on_missing` registers the function that loads the module with the look of a class.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Look(NamedTuple):
    """How the objects of a class are displayed: as text, and as static HTML that needs no script and no kernel."""

    text: Callable[[Any], str]
    html: Callable[[Any], str]


_LOOKS: dict[type, Look] = {}
_LOADERS: list[Callable[[type], None]] = []


def register(kind: type, text: Callable[[Any], str], html: Callable[[Any], str]) -> None:
    """Registers the look of a class and of its subclasses."""
    _LOOKS[kind] = Look(text, html)


def on_missing(load: Callable[[type], None]) -> Callable[[type], None]:
    """Registers a function that loads a missing look; it is called with the class."""
    _LOADERS.append(load)
    return load


def look_of(kind: type) -> Look:
    """The look of a class, or of its nearest base class that has one; LookupError if none has."""
    for load in (None, *_LOADERS):
        if load is not None:
            load(kind)
        for above in kind.__mro__:
            if above in _LOOKS:
                return _LOOKS[above]
    raise LookupError(f"Nothing registers how {kind.__module__}.{kind.__qualname__} looks.")


def text(shown: object) -> str:
    """An object as text, by the look that its class registered."""
    return look_of(type(shown)).text(shown)


def html(shown: object) -> str:
    """An object as static HTML, by the look that its class registered."""
    return look_of(type(shown)).html(shown)


class Displayed:
    """A mixin: its objects print and render by their registered look."""

    __slots__ = ()

    def __repr__(self) -> str:
        return text(self)

    def _repr_html_(self) -> str:
        return html(self)
