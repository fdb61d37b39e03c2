"""The guard's switches, live: a checkbox for each check, and what gets in without it."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from scopekit.checks import CHECK_NAMES
from scopekit.lab.switches.look import banner, meaning, switches_table
from scopekit.lab.switches.model import GuardSwitches
from scopekit.lab.views import Status, View, part
from scopekit.render.markup import page


class GuardSwitchesView(View):
    """A checkbox for each check of GuardSwitches; `view["signature"].value = False` switches one off."""

    def __init__(self, switches: GuardSwitches) -> None:
        self.switches = switches
        self._boxes = {name: self._box(number, name) for number, name in enumerate(CHECK_NAMES, 1)}
        self._meanings = {name: widgets.HTML(layout=widgets.Layout(margin="0")) for name in CHECK_NAMES}
        self.all_on = widgets.Button(
            description="All on", icon="check-square", tooltip="Switches every check on",
            layout=widgets.Layout(width="auto", margin="8px 0", align_self="flex-start"),
        )  # fmt: skip
        self.all_on.on_click(lambda _: switches.all_on())
        self.banner = Status()
        self.table = widgets.HTML(layout=part("5 1 420px"))
        rows = [_row(self._boxes[name], self._meanings[name]) for name in CHECK_NAMES]
        beside = widgets.Layout(display="flex", flex_flow="row wrap", width="100%", grid_gap="0 32px")
        checks = widgets.VBox([*rows, self.all_on], layout=part("1 1 250px"))
        super().__init__(switches, [self.banner, widgets.Box([checks, self.table], layout=beside)])

    def __getitem__(self, check: str) -> Any:
        """The checkbox of a check."""
        return self._boxes[check]

    def show(self) -> None:
        """Ticks what is on, and shows what gets in."""
        self.banner.say(banner(self.switches)[2:], "off" if self.switches.off else "passed")
        for name, box in self._boxes.items():
            box.value = self.switches[name]
            self._meanings[name].value = f"<div class='scopekit'>{meaning(self.switches, name)}</div>"
        self.table.value = page(switches_table(self.switches))

    def _box(self, number: int, name: str) -> Any:
        box = widgets.Checkbox(
            value=self.switches[name], description=f"{number} {name}", indent=False,
            layout=widgets.Layout(width="auto", margin="0"),
        )  # fmt: skip
        box.observe(lambda change: self.switches.__setitem__(name, change["new"]), "value")
        return box


def _row(*parts: Any) -> Any:
    layout = widgets.Layout(align_items="baseline", flex_flow="row wrap", grid_gap="0 6px", margin="0")
    return widgets.HBox(parts, layout=layout)
