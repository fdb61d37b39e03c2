"""The playground, live: the picker, the token, and the matrix, which follows every tick."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from scopekit.lab.playground import Playground
from scopekit.show import matrix_html, token_html
from scopekit.widgets.picker import ScopePickerView
from scopekit.widgets.view import View


class PlaygroundView(View):
    """A Playground to tick scopes in; `view.picker`, `view.token`, `view.verify` and `view.matrix` are its parts."""

    def __init__(self, playground: Playground) -> None:
        self.playground = playground
        self.picker = ScopePickerView(playground.picker, _part("1 1 200px"))
        self.token = widgets.HTML(layout=_wide())
        self.verify = widgets.Button(
            description="Verify the signature", icon="check", layout=widgets.Layout(width="auto", margin="0 0 12px"),
            tooltip="Has the API's guard check the signature with its own key",
        )  # fmt: skip
        self.matrix = widgets.HTML(layout=_wide())
        found = widgets.VBox([self.token, self.verify, self.matrix], layout=_part("9 1 350px"))
        self.verify.on_click(lambda _: playground.verify())
        beside = widgets.Layout(flex_flow="row wrap", width="100%", grid_gap="0 24px")
        super().__init__(playground, [self.picker, found], beside)

    def show(self) -> None:
        """Shows the token, and what it opens."""
        self.token.value = token_html(self.playground.token, self.playground.verified)
        self.matrix.value = matrix_html(self.playground.matrix)


def _part(flex: str) -> Any:
    """Beside the other part where there is room for both, below it where there is not."""
    return widgets.Layout(flex=flex, width="auto", min_width="0")


def _wide() -> Any:
    return widgets.Layout(width="auto", margin="0", overflow="visible")
