"""Just enough for these calls: calls to tick, and the smallest sets of scopes that open all of them."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from scopekit.errors import ScopeKitError
from scopekit.lab.picker import ScopePicker
from scopekit.show.picker import enough_status, ways_in_words
from scopekit.show.prose import plain
from scopekit.survey.advice.least import MAX_SETS
from scopekit.widgets.status import Status
from scopekit.widgets.view import View

CALL_NAME = 120
"""How many characters of a call's name are shown."""


class EnoughView(View):
    """Checkboxes for the picker's calls, and a button for each way.

    `view["list SSH keys"].value = True` wants a call, and `view.ways[0].click()` chooses a way.
    """

    def __init__(self, picker: ScopePicker) -> None:
        self.picker = picker
        self._boxes = {name: self._box(name) for name in picker.calls}
        self.ways = [self._way(number) for number in range(MAX_SETS)]
        self.status = Status()
        self.clear = widgets.Button(description="Want no call", layout=widgets.Layout(width="auto"))
        self.clear.on_click(lambda _: picker.enough_for())
        title = widgets.HTML("<div class='scopekit'><b>Just enough for these calls</b></div>")
        buttons = widgets.Box([*self.ways, self.clear], layout=widgets.Layout(flex_flow="row wrap", width="100%"))
        super().__init__(
            picker, [title, widgets.Box(tuple(self._boxes.values()), layout=_list()), self.status, buttons]
        )

    def __getitem__(self, name: str) -> Any:
        """The checkbox of a call."""
        return self._boxes[name]

    def show(self) -> None:
        """Ticks the calls wanted, and shows a button for each way."""
        for name, box in self._boxes.items():
            box.value = name in self.picker.wanted
        self.status.text = enough_status(self.picker)
        told = ways_in_words(self.picker)
        for number, button in enumerate(self.ways):
            button.layout.display = None if number < len(told) else "none"
            button.description = f"Tick just {told[number]}" if number < len(told) else ""
        self.clear.layout.display = None if self.picker.wanted else "none"

    def _box(self, name: str) -> Any:
        call = self.picker.calls[name]
        box = widgets.Checkbox(
            description=plain(name, CALL_NAME), indent=False, tooltip=plain(f"{call}", 400),
            layout=widgets.Layout(width="auto", margin="0", flex="1 1 300px", min_width="0"),
        )  # fmt: skip
        box.observe(lambda change: self._want(name, change["new"]), "value")
        return box

    def _want(self, name: str, wanted: bool) -> None:
        if wanted != (name in self.picker.wanted):
            others = [each for each in self.picker.wanted if each != name]
            self.picker.enough_for(*others, *([name] if wanted else []))

    def _way(self, number: int) -> Any:
        button = widgets.Button(layout=widgets.Layout(width="auto", max_width="100%"))
        button.on_click(lambda _: self._choose(number))
        return button

    def _choose(self, number: int) -> None:
        try:
            self.picker.choose(number)
        except ScopeKitError as error:
            self.status.say(str(error))


def _list() -> Any:
    return widgets.Layout(
        display="flex", flex_flow="row wrap", width="auto", max_height="12em", overflow="auto", grid_gap="0 16px",
        border="1px solid var(--jp-border-color1, #767676)", padding="4px 8px",
        margin="0 0 8px",
    )  # fmt: skip
