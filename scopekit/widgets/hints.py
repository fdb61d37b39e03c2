"""Hints, live: a button gives the next one."""

from __future__ import annotations

import ipywidgets as widgets

from scopekit.lab.hints import Hints
from scopekit.show.quiz import hints_left, hints_part
from scopekit.widgets.status import Status
from scopekit.widgets.view import View

NO_MORE = "There is no further hint."


class HintsView(View):
    """The hints given so far, and a button for the next; `view.more.click()` gives one."""

    def __init__(self, hints: Hints) -> None:
        self.hints = hints
        self.more = widgets.Button(layout=widgets.Layout(width="auto"))
        self.more.on_click(lambda _: self._give())
        self.status = Status()
        self.given = widgets.HTML(layout=widgets.Layout(width="auto", min_width="0", margin="0"))
        row = widgets.Layout(align_items="center", flex_flow="row wrap", grid_gap="0 8px")
        super().__init__(hints, [widgets.HBox([self.more, self.status], layout=row), self.given])

    def show(self) -> None:
        """Shows the hints given, and never more."""
        left = self.hints.given < len(self.hints)
        self.more.description = f"Give me hint {self.hints.given + 1}" if left else "No further hint"
        self.given.value = (
            f"<div class='scopekit' style='overflow-wrap:anywhere'>{hints_part(self.hints)}</div>"
            if self.hints.given
            else ""
        )
        self.status.text = hints_left(self.hints)

    def _give(self) -> None:
        if self.hints.given < len(self.hints):
            self.hints.next()
        else:
            self.status.text = NO_MORE
