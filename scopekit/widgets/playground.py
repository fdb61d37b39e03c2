"""The playground, live: the picker, the token, and the matrix, which follows every tick."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from scopekit.errors import ScopeKitError
from scopekit.lab.playground import Playground
from scopekit.show import matrix_html, token_html
from scopekit.show.pieces import page
from scopekit.show.playground import since_issue
from scopekit.widgets.picker import ScopePickerView
from scopekit.widgets.view import View

LATER = (("+ 1 min", 60), ("+ 1 h", 3600))


class PlaygroundView(View):
    """A Playground to tick scopes in; `view.picker`, `view.token`, `view.matrix` and each button are parts of it."""

    def __init__(self, playground: Playground) -> None:
        self.playground = playground
        self.picker = ScopePickerView(playground.picker, _part("1 1 200px"), tools=False)
        self.token, self.matrix, self.time = (widgets.HTML(layout=_wide()) for _ in range(3))
        self.verify = _button(
            "Verify the signature", "Has the API's guard check the signature with its own key", playground.verify
        )
        self.revoke = _button("Take it back", "Revokes the token; to tick a scope mints a new one", playground.revoke)
        self.later = [_button(text, "Moves the clock on", self._later(each)) for text, each in LATER]
        self.undo = _button("Undo", "Takes the last change back", playground.undo)
        self.reset = _button("Reset", "Shows what there was to see at first", playground.reset)
        self.share = ScenarioView(playground)
        acts = widgets.Box([self.verify, self.revoke, *self.later, self.undo, self.reset], layout=_in_a_row())
        found = widgets.VBox([self.token, acts, self.time, self.matrix, self.share], layout=_part("9 1 350px"))
        beside = widgets.Layout(flex_flow="row wrap", width="100%", grid_gap="0 24px")
        super().__init__(playground, [self.picker, found], beside)

    def show(self) -> None:
        """Shows the token, and what it opens."""
        playground = self.playground
        self.token.value = token_html(playground.token, playground.verified)
        self.time.value = page(f"<p role='status'>{escape(since_issue(playground))}</p>")
        self.matrix.value = matrix_html(playground.matrix)
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
        self.play = _button("Play it", "Shows the scenario that this text tells", self._play)
        self.told = widgets.HTML(layout=_wide())
        super().__init__(playground, [self.text, self.play, self.told])

    def show(self) -> None:
        """Shows the scenario as it is now."""
        self.text.value, self.told.value = str(self.playground.scenario), ""

    def _play(self) -> None:
        try:
            self.playground.play(self.text.value)
        except ScopeKitError as error:
            self.told.value = page(f"<p role='alert' class='denied'>✗ {escape(str(error))}</p>")


def _button(text: str, tooltip: str, act: Callable[[], object]) -> Any:
    button = widgets.Button(description=text, tooltip=tooltip, layout=widgets.Layout(width="auto", margin="0"))
    button.on_click(lambda _: act())
    return button


def _in_a_row() -> Any:
    return widgets.Layout(flex_flow="row wrap", grid_gap="6px", margin="0 0 12px")


def _part(flex: str) -> Any:
    """Beside the other part where there is room for both, below it where there is not."""
    return widgets.Layout(flex=flex, width="auto", min_width="0")


def _wide() -> Any:
    return widgets.Layout(width="auto", margin="0", overflow="visible")
