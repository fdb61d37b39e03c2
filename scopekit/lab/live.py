"""Live objects: plain objects that announce their changes, with a view to touch where the widget libraries are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scopekit.display import Displayed
from scopekit.lab.world.world import World

_LOADERS: list[Callable[[], Mapping[type, Callable[[Any], Any]]]] = []


def register_views(load: Callable[[], Mapping[type, Callable[[Any], Any]]]) -> None:
    """Registers a function that loads views, by the class that each shows; ImportError without the widget libraries."""
    _LOADERS.append(load)


class Live(Displayed):
    """A plain object whose `watchers` are called after a change, and which has a view beside it.

    It is text and static HTML by itself; the view is made when it is first shown. A `lab` keeps the last of each kind,
    or of each `name` among them, and closes the one before it: a cell that is run again leaves nothing behind.
    """

    def __init__(self, lab: World | None = None, name: str = "") -> None:
        self.watchers: list[Callable[[], None]] = []
        self._view: Any = None
        if lab is not None:
            lab.keep(self, name)

    def view(self) -> Any:
        """The live view, made on first use; None where the libraries for widgets are not installed."""
        if self._view is None:
            try:
                self._view = self.new_view()
            except ImportError:
                return None
        return self._view

    def new_view(self) -> Any:
        """Another live view, to be closed by its owner; ImportError where the libraries for widgets are missing."""
        views = {kind: view for load in _LOADERS for kind, view in load().items()}
        return views[type(self)](self)

    def close(self) -> None:
        """Closes the live view, if there is one."""
        if self._view is not None:
            self._view.close_all()
            self._view = None

    def moved(self) -> None:
        """Called after its lab's clock or denylist has changed; an object that shows neither does nothing."""

    def changed(self) -> None:
        """Calls the watchers."""
        for watcher in tuple(self.watchers):
            watcher()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """Text and static HTML, and the live view where there is one."""
        bundle: dict[str, Any] = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if (view := self.view()) is not None:
            live = view._repr_mimebundle_()
            data = live[0] if isinstance(live, tuple) else live or {}  # anywidget gives metadata beside the data
            bundle |= {kind: each for kind, each in data.items() if kind.endswith("widget-view+json")}
        return bundle
