"""How an object is displayed: its look is registered by class, as IPython's `for_type` does, and one mixin asks for it.

Nothing here knows what there is to display. `scopekit.render` and the folders of the live objects register the looks;
`on_missing` names the function that loads the module which registers the look of a class.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Look(NamedTuple):
    """How the objects of a class look: as text, and as static HTML that needs neither a script nor a kernel."""

    text: Callable[[Any], str]
    html: Callable[[Any], str]


_LOOKS: dict[type, Look] = {}
_LOADERS: list[Callable[[type], None]] = []


def register(kind: type, text: Callable[[Any], str], html: Callable[[Any], str]) -> None:
    """Registers the look of a class and of the classes below it."""
    _LOOKS[kind] = Look(text, html)


def on_missing(load: Callable[[type], None]) -> Callable[[type], None]:
    """Registers a function that is called with a class whose look is missing, to load what registers it."""
    _LOADERS.append(load)
    return load


def look_of(kind: type) -> Look:
    """The look of a class, or of the nearest class above it that has one; LookupError where there is none."""
    for load in (None, *_LOADERS):
        if load is not None:
            load(kind)
        for above in kind.__mro__:
            if above in _LOOKS:
                return _LOOKS[above]
    raise LookupError(f"Nothing registers how {kind.__module__}.{kind.__qualname__} looks.")


def text(shown: object) -> str:
    """An object as text: what its class has registered."""
    return look_of(type(shown)).text(shown)


def html(shown: object) -> str:
    """An object as static HTML: what its class has registered."""
    return look_of(type(shown)).html(shown)


class Displayed:
    """A class whose objects print and render as their look says."""

    __slots__ = ()

    def __repr__(self) -> str:
        return text(self)

    def _repr_html_(self) -> str:
        return html(self)
