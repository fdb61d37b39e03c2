"""The playground's panels, live: a button for each, and below them the one that is open."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import Any

import ipywidgets as widgets

from scopekit.errors import ScopeKitError
from scopekit.lab.playground import Playground
from scopekit.widgets.controls import wide
from scopekit.widgets.status import Status
from scopekit.widgets.view import Drawn, View


class PanelsView(View):
    """A playground's panels; `view.tabs.told({"panel": "ladder"})` presses a button, `view["ladder"]` is what opens.

    A panel's view is made when it is first opened, and hidden while another one is open.
    """

    def __init__(self, playground: Playground) -> None:
        self.playground = playground
        self._views: dict[str, Any] = {}
        self.tabs, self.problem, self.place = Tabs(playground), Status(), widgets.VBox(layout=wide())
        super().__init__(playground, [self.tabs, self.problem, self.place])

    def __getitem__(self, name: str) -> Any:
        """The view of a panel that was opened."""
        return self._views[name]

    def show(self) -> None:
        """Shows the panel that is open, or why it cannot be."""
        playground, opened = self.playground, self.playground.opened
        self.problem.say(playground.problem, "off" if playground.problem else "")
        self.problem.layout.display = None if playground.problem else "none"
        if playground.panel is not None and opened not in self._views:
            views = import_module("scopekit.widgets")
            self._views[opened] = getattr(views, playground.panel.VIEW)(playground.panel)
            self.place.children = (*self.place.children, self._views[opened])
        for name, view in self._views.items():
            view.layout.display = None if name == opened and not playground.problem else "none"


class Tabs(Drawn):
    """A button for each panel, which opens it, or shuts it where it is open."""

    SCRIPT, STYLES = "panels.js", "panels.css"

    def __init__(self, playground: Playground) -> None:
        self.playground = playground
        super().__init__(playground)

    def told(self, message: dict[str, Any]) -> None:
        """Opens a panel, or shuts it; what it cannot be on is told where it would be."""
        name = message.get("panel")
        if name == self.playground.opened:
            self.playground.shut()
        elif isinstance(name, str):
            with suppress(ScopeKitError):
                self.playground.open(name)

    def show(self) -> None:
        """Says which panels there are, and which of them is open."""
        self.state = {"panels": list(self.playground.panels.items()), "opened": self.playground.opened}
