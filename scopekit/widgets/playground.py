"""The playground, live: the picker, the token, the panels on it, and the matrix, which follows every tick."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from scopekit.errors import ScopeKitError
from scopekit.lab.playground import Playground
from scopekit.show import matrix_html
from scopekit.show.playground import since_issue, token_in_place
from scopekit.widgets.controls import button, part, wide
from scopekit.widgets.panels import PanelsView
from scopekit.widgets.picker import ScopePickerView
from scopekit.widgets.status import Status
from scopekit.widgets.view import View

LATER = (("+ 1 min", 60), ("+ 1 h", 3600))


class PlaygroundView(View):
    """A Playground to tick scopes in: `view.picker`, `view.token`, `view.panels`, `view.matrix` and its buttons."""

    def __init__(self, playground: Playground) -> None:
        self.playground = playground
        self.picker = ScopePickerView(playground.picker, part("1 1 200px"), tools=False)
        self.token, self.matrix, self.time = widgets.HTML(layout=wide()), widgets.HTML(layout=wide()), Status()
        self.verify = button(
            "Verify the signature", playground.verify, "Has the API's guard check the signature with its own key"
        )
        self.revoke = button("Take it back", playground.revoke, "Revokes the token; to tick a scope mints a new one")
        self.later = [button(text, self._later(each), "Moves the clock on") for text, each in LATER]
        self.undo = button("Undo", playground.undo, "Takes the last change back")
        self.reset = button("Reset", playground.reset, "Shows what there was to see at first")
        self.share = ScenarioView(playground)
        acts = widgets.Box([self.verify, self.revoke, *self.later, self.undo, self.reset], layout=_in_a_row())
        self.panels = PanelsView(playground)
        shown = [self.token, acts, self.time, self.panels, self.matrix, self.share]
        found = widgets.VBox(shown, layout=part("9 1 350px"))
        beside = widgets.Layout(flex_flow="row wrap", width="100%", grid_gap="0 24px")
        super().__init__(playground, [self.picker, found], beside)

    def show(self) -> None:
        """Shows the token, and what it opens."""
        playground = self.playground
        self.token.value = token_in_place(playground)
        self.time.say(since_issue(playground))
        self.matrix.value = matrix_html(playground.matrix)
        self.matrix.layout.display = "none" if playground.opened == "table" else None  # it has the same cells
        self.revoke.disabled, self.undo.disabled = playground.revoked, not playground.can_undo

    def _later(self, seconds: float) -> Callable[[], None]:
        return lambda: self.playground.advance(seconds)


class ScenarioView(View):
    """What was done as a text to share: `view.text` is the JSON, and `view.play` shows what was put there."""

    def __init__(self, playground: Playground) -> None:
        self.playground = playground
        self.text = widgets.Textarea(
            description="Scenario", rows=3, layout=widgets.Layout(width="100%"), continuous_update=False,
            tooltip="Copy it for somebody else, or put somebody else's here",
        )  # fmt: skip
        self.play = button("Play it", self._play, "Shows the scenario that this text tells")
        self.told = Status()
        super().__init__(playground, [self.text, self.play, self.told])

    def show(self) -> None:
        """Shows the scenario as it is now."""
        self.text.value = str(self.playground.scenario)
        self.told.say("")

    def _play(self) -> None:
        try:
            self.playground.play(self.text.value)
        except ScopeKitError as error:
            self.told.say(str(error), "failed")


def _in_a_row() -> Any:
    return widgets.Layout(flex_flow="row wrap", grid_gap="6px", margin="0 0 12px")
