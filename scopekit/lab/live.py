"""Live objects: plain objects that tell of their changes, and that a person can touch where the kit's widgets are."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from scopekit.display import Displayed

if TYPE_CHECKING:
    from scopekit.lab.world.world import World


class Live(Displayed):
    """A plain object whose `watchers` are called after a change, and which has a view beside it.

    It is text and static HTML by itself; the view is made when it is first shown. A `lab` keeps the last of each kind,
    or of each `name` among them, and closes the one before it: a cell that is run again leaves nothing behind.
    """

    VIEW: ClassVar[str]
    """The name of its view, in the module `view` beside its own."""

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
        """A live view of its own for whoever shows it; ImportError where the libraries for widgets are missing."""
        beside = import_module(f"{type(self).__module__.rpartition('.')[0]}.view")
        return getattr(beside, self.VIEW)(self)

    def close(self) -> None:
        """Closes the live view, if there was one."""
        if self._view is not None:
            self._view.close_all()
            self._view = None

    def moved(self) -> None:
        """Hears that its lab's clock or denylist has changed; what shows neither need not care."""

    def changed(self) -> None:
        """Tells whoever watches."""
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
