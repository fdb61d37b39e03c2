"""The widget of the playground: scope picker, token, panels and matrix. Ticking a scope updates all of them."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

import ipywidgets as widgets

from scopekit.errors import ScopeKitError
from scopekit.lab.picker.view import ScopePickerView
from scopekit.lab.playground.look import since_issue, token_in_place
from scopekit.lab.playground.model import Playground
from scopekit.lab.views import Drawn, Status, View, button, part, wide
from scopekit.render.audit import matrix_table
from scopekit.render.markup import page


class PanelsView(View):
    """The panels of a playground, of which at most one is open. `view["ladder"]` is the view of the panel `ladder`.

    `view.tabs.receive({"panel": "ladder"})` acts like a press of that panel's button. The panel's view is made when
    the panel is first opened, and is hidden while the panel is shut.
    """

    def __init__(self, playground: Playground) -> None:
        self.playground = playground
        self._views: dict[str, Any] = {}
        self.tabs, self.problem, self.place = Tabs(playground), Status(), widgets.VBox(layout=wide())
        super().__init__(playground, [self.tabs, self.problem, self.place])

    def __getitem__(self, name: str) -> Any:
        """The view of the panel `name`. Raises KeyError if that panel has no view yet."""
        return self._views[name]

    def show(self) -> None:
        """Shows the open panel, or the reason why that panel cannot use the token."""
        playground, opened = self.playground, self.playground.opened
        self.problem.say(playground.problem, "off" if playground.problem else "")
        self.problem.layout.display = None if playground.problem else "none"
        if playground.panel is not None and opened not in self._views:
            self._views[opened] = playground.panel.new_view()
            self.place.children = (*self.place.children, self._views[opened])
        for name, view in self._views.items():
            view.layout.display = None if name == opened and not playground.problem else "none"


class Tabs(Drawn):
    """One button for each panel. A press opens a shut panel, and shuts an open one."""

    SCRIPT, STYLES = "panels.js", "panels.css"

    def __init__(self, playground: Playground) -> None:
        self.playground = playground
        super().__init__(playground)

    def receive(self, message: dict[str, Any]) -> None:
        """Opens the panel that the message names, or shuts that panel if it is open. An error is shown on the page."""
        name = message.get("panel")
        if name == self.playground.opened:
            self.playground.shut()
        elif isinstance(name, str):
            with suppress(ScopeKitError):
                self.playground.open(name)

    def show(self) -> None:
        """Sends the panels' titles and the open panel's name to the page."""
        self.state = {"panels": list(self.playground.panels.items()), "opened": self.playground.opened}


LATER = (("+ 1 min", 60), ("+ 1 h", 3600))


class PlaygroundView(View):
    """Shows a Playground. The parts are `view.picker`, `view.token`, `view.panels`, `view.matrix` and the buttons."""

    def __init__(self, playground: Playground) -> None:
        self.playground = playground
        self.picker = ScopePickerView(playground.picker, part("1 1 200px"), tools=False)
        self.token, self.matrix, self.time = widgets.HTML(layout=wide()), widgets.HTML(layout=wide()), Status()
        self.verify = button(
            "Verify the signature", playground.verify, "Has the API's guard check the signature with its own key"
        )
        self.revoke = button("Revoke", playground.revoke, "Revokes the token; ticking a scope mints a new one")
        self.later = [
            button(text, partial(playground.advance, seconds), "Moves the clock on") for text, seconds in LATER
        ]
        self.undo = button("Undo", playground.undo, "Undoes the last change")
        self.reset = button("Reset", playground.reset, "Returns to the first scenario")
        self.share = ScenarioView(playground)
        row = widgets.Layout(flex_flow="row wrap", grid_gap="6px", margin="0 0 12px")
        acts = widgets.Box([self.verify, self.revoke, *self.later, self.undo, self.reset], layout=row)
        self.panels = PanelsView(playground)
        shown = [self.token, acts, self.time, self.panels, self.matrix, self.share]
        beside_picker = widgets.VBox(shown, layout=part("9 1 350px"))
        beside = widgets.Layout(flex_flow="row wrap", width="100%", grid_gap="0 24px")
        super().__init__(playground, [self.picker, beside_picker], beside)

    def show(self) -> None:
        """Shows the token, and the calls that the token opens."""
        playground = self.playground
        self.token.value = token_in_place(playground)
        self.time.say(since_issue(playground))
        self.matrix.value = page(matrix_table(playground.matrix))
        self.matrix.layout.display = "none" if playground.opened == "table" else None  # the panel shows the same cells
        self.revoke.disabled, self.undo.disabled = playground.revoked, not playground.can_undo


class ScenarioView(View):
    """The scenario as JSON in a text field, `view.text`, and a button that plays that scenario, `view.play`."""

    def __init__(self, playground: Playground) -> None:
        self.playground = playground
        self.text = widgets.Textarea(
            description="Scenario", rows=3, layout=widgets.Layout(width="100%"), continuous_update=False,
            tooltip="Copy this scenario to share it, or paste another one here",
        )  # fmt: skip
        self.play = button("Play it", self._play, "Shows the scenario in this text")
        self.status = Status()
        super().__init__(playground, [self.text, self.play, self.status])

    def show(self) -> None:
        """Shows the playground's current scenario as JSON."""
        self.text.value = str(self.playground.scenario)
        self.status.say("")

    def _play(self) -> None:
        self.status.attempt(partial(self.playground.play, self.text.value))
