"""The widget of a guard's switches: a checkbox for each check, and a table that shows which requests get in."""

from __future__ import annotations

from functools import partial
from typing import Any

import ipywidgets as widgets

from scopekit.checks import CHECK_NAMES
from scopekit.lab.switches.look import banner, meaning, switches_table
from scopekit.lab.switches.model import GuardSwitches
from scopekit.lab.views import Status, View, button, in_a_row, part
from scopekit.render.markup import page


class GuardSwitchesView(View):
    """Shows GuardSwitches. `view["signature"].value = False` unticks the checkbox of the signature check."""

    def __init__(self, switches: GuardSwitches) -> None:
        self.switches = switches
        self._boxes: dict[str, Any] = {}
        self._meanings: dict[str, Any] = {}
        rows = []
        for number, name in enumerate(CHECK_NAMES, 1):
            self._boxes[name] = box = widgets.Checkbox(
                value=switches[name], description=f"{number} {name}", indent=False,
                layout=widgets.Layout(width="auto", margin="0"),
            )  # fmt: skip
            box.observe(partial(self._switch, name), "value")
            self._meanings[name] = widgets.HTML(layout=widgets.Layout(margin="0"))
            layout = widgets.Layout(align_items="baseline", flex_flow="row wrap", grid_gap="0 6px", margin="0")
            rows.append(widgets.HBox([box, self._meanings[name]], layout=layout))
        self.all_on = button(
            "All on", switches.all_on, "Switches every check on", "check-square",
            margin="8px 0", align_self="flex-start",
        )  # fmt: skip
        self.banner, self.table = Status(), widgets.HTML(layout=part("5 1 420px"))
        checks = widgets.VBox([*rows, self.all_on], layout=part("1 1 250px"))
        super().__init__(switches, [self.banner, widgets.Box([checks, self.table], layout=in_a_row("0 32px"))])

    def __getitem__(self, check: str) -> Any:
        """The checkbox of a check."""
        return self._boxes[check]

    def show(self) -> None:
        """Ticks the checkboxes of the checks that are on, and shows which requests get in."""
        self.banner.say(banner(self.switches)[2:], "off" if self.switches.off else "passed")
        for name, box in self._boxes.items():
            box.value = self.switches[name]
            self._meanings[name].value = f"<div class='scopekit'>{meaning(self.switches, name)}</div>"
        self.table.value = page(switches_table(self.switches))

    def _switch(self, name: str, change: dict[str, Any]) -> None:
        self.switches[name] = change["new"]
