"""What stands above the checkboxes of a scope picker: a search, all and none, presets, and what is ticked in words."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from scopekit.lab.picker import ScopePicker
from scopekit.show.picker import picker_status
from scopekit.widgets.controls import button
from scopekit.widgets.status import Status
from scopekit.widgets.view import View

NO_PRESET = "choose a preset"


class PickingTools(View):
    """A search box, two buttons, and a select of the presets where there are some."""

    def __init__(self, picker: ScopePicker) -> None:
        self.picker = picker
        self.search = widgets.Text(
            description="Search scopes", placeholder="a word of a name or description",
            style={"description_width": "initial"}, layout=_wide(),
        )  # fmt: skip
        self.search.observe(lambda change: picker.search(change["new"]), "value")
        self.all = button("Tick all", picker.all, "Ticks every scope that is shown")
        self.none = button("Tick none", picker.none, "Takes the tick from every scope that is shown")
        self.presets = widgets.Dropdown(
            options=[(NO_PRESET, ""), *((label, label) for label in picker.presets)], description="Preset",
            style={"description_width": "initial"}, layout=_wide(),
        )  # fmt: skip
        self.presets.observe(self._choose, "value")
        self.presets.layout.display = None if picker.presets else "none"
        self.status = Status()
        row = widgets.Layout(display="flex", flex_flow="row wrap", width="100%", grid_gap="0 8px", align_items="center")
        super().__init__(
            picker, [widgets.Box([self.search, self.all, self.none, self.presets], layout=row), self.status]
        )

    def show(self) -> None:
        """Shows the search, the preset that is ticked just now, and what is ticked in words."""
        self.search.value = self.picker.sought
        self.presets.value = self.picker.matching or ""
        every = len(self.picker.found) == len(self.picker.vocabulary)
        self.all.description, self.none.description = (
            ("Tick all", "Tick none") if every else ("Tick shown", "Untick shown")
        )
        self.status.text = picker_status(self.picker)

    def _choose(self, change: dict[str, Any]) -> None:
        if change["new"] and change["new"] != self.picker.matching:
            self.picker.preset(change["new"])


def _wide() -> Any:
    return widgets.Layout(width="auto", flex="1 1 200px", min_width="0")
