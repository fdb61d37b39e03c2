"""Objects that announce their changes, and have an interactive view if the widget libraries are installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scopekit.display import Displayed
from scopekit.lab.world.world import World

_LOADERS: list[Callable[[], Mapping[type, Callable[[Any], Any]]]] = []


def register_views(load: Callable[[], Mapping[type, Callable[[Any], Any]]]) -> None:
    """Registers a function that returns a map from classes to views. The function may raise ImportError."""
    _LOADERS.append(load)


class Live(Displayed):
    """A plain object that calls its `watchers` after each change. A separate view shows the object on a page.

    Without a view, the object displays as text and static HTML. The view is made when the object is first shown. A
    `lab` keeps only the newest object of each class and `name`, and closes the one before. So a cell can run again
    without leaving anything behind.
    """

    def __init__(self, lab: World | None = None, name: str = "") -> None:
        self.watchers: list[Callable[[], None]] = []
        self._view: Any = None
        if lab is not None:
            lab.keep(self, name)

    def view(self) -> Any:
        """The live view, made on first use, or None if the widget libraries are not installed."""
        if self._view is None:
            try:
                self._view = self.new_view()
            except ImportError:
                return None
        return self._view

    def new_view(self) -> Any:
        """A new live view, which the caller must close. Raises ImportError without the widget libraries."""
        views = {kind: view for load in _LOADERS for kind, view in load().items()}
        return views[type(self)](self)

    def close(self) -> None:
        """Closes the live view, if there is one."""
        if self._view is not None:
            self._view.close_all()
            self._view = None

    def moved(self) -> None:
        """Reacts to a change of the lab's clock or denylist. The default does nothing."""

    def changed(self) -> None:
        """Calls the watchers, because the object has changed."""
        for watcher in tuple(self.watchers):
            watcher()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The formats that a notebook can display: text, static HTML, and the live view if there is one."""
        bundle: dict[str, Any] = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if (view := self.view()) is not None:
            live = view._repr_mimebundle_()
            data = live[0] if isinstance(live, tuple) else live or {}  # anywidget returns data and metadata
            bundle |= {kind: each for kind, each in data.items() if kind.endswith("widget-view+json")}
        return bundle
