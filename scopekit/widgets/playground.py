"""The playground, live: the picker, the token, and the matrix, which follows every tick."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from scopekit.lab.playground import Playground
from scopekit.show import matrix_html, token_html
from scopekit.widgets.picker import ScopePickerView


class PlaygroundView(widgets.HBox):  # type: ignore[misc]
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
        super().__init__(
            [self.picker, found], layout=widgets.Layout(flex_flow="row wrap", width="100%", grid_gap="0 24px")
        )
        self.verify.on_click(lambda _: playground.verify())
        playground.watchers.append(self._show)
        self._show()

    def close_all(self) -> None:
        """Closes the view with all of its parts, and stops watching the playground."""
        if self._show in self.playground.watchers:
            self.playground.watchers.remove(self._show)
        for part in _with_parts(self):
            part.close()

    def _show(self) -> None:
        self.token.value = token_html(self.playground.token, self.playground.verified)
        self.matrix.value = matrix_html(self.playground.matrix)


def _with_parts(widget: Any) -> list[Any]:
    """A widget, all below it, and the layout and style that each has and does not close itself."""
    own = [part for part in (widget.layout, getattr(widget, "style", None)) if part is not None]
    return [widget, *own, *(each for child in getattr(widget, "children", ()) for each in _with_parts(child))]


def _part(flex: str) -> Any:
    """Beside the other part where there is room for both, below it where there is not."""
    return widgets.Layout(flex=flex, width="auto", min_width="0")


def _wide() -> Any:
    return widgets.Layout(width="auto", margin="0", overflow="visible")
