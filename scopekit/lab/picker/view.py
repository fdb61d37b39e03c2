"""Just enough for these calls: calls to tick, and the smallest sets of scopes that open all of them.

What stands above the checkboxes of a scope picker: a search, all and none, presets, and what is ticked in words.

The scope picker, live: a checkbox for each scope, below the scope that implies it.
"""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as widgets

from scopekit.audit.least import MAX_SETS
from scopekit.errors import ScopeKitError
from scopekit.lab.picker.look import enough_status, picker_status, ways_in_words
from scopekit.lab.picker.model import ScopePicker
from scopekit.lab.views import Status, View, button
from scopekit.render.markdown import plain

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
        for number, way in enumerate(self.ways):
            way.layout.display = None if number < len(told) else "none"
            way.description = f"Tick just {told[number]}" if number < len(told) else ""
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


DESCRIPTION = 160
"""How many characters of a scope's description stand beside it; its tooltip holds all of them."""


class ScopePickerView(View):
    """Checkboxes for a ScopePicker; `view["repo"].value = True` ticks one.

    With its `tools` it also has `search`, `all`, `none` and `presets`, each scope's description, and what is `enough`
    for the picker's calls; without them it is the checkboxes alone.
    """

    def __init__(self, picker: ScopePicker, layout: Any = None, *, tools: bool = True) -> None:
        self.picker, self._tools = picker, tools
        self._boxes = {name: self._box(name) for name in picker.vocabulary}
        self._beside = {
            name: widgets.HTML(layout=widgets.Layout(margin="0", min_width="0")) for name in picker.vocabulary
        }
        self._rows: list[tuple[str, Any]] = []
        groups = {root: self._group(root) for root in picker.vocabulary.roots()}
        self._groups = {root: widgets.VBox(rows, layout=_column(tools)) for root, rows in groups.items()}
        parts = [widgets.Box(tuple(self._groups.values()), layout=_scrolling() if tools else _in_columns())]
        if tools:
            before = PickingTools(picker)
            self.search, self.all, self.none, self.presets = before.search, before.all, before.none, before.presets
            self.status = before.status
            parts = [before, *parts]
        if tools and picker.calls:
            self.enough = EnoughView(picker)
            parts = [*parts, self.enough]
        super().__init__(picker, parts, layout)

    def __getitem__(self, name: str) -> Any:
        """The checkbox of a scope."""
        return self._boxes[name]

    def _group(self, root: str) -> list[Any]:
        """A scope that no other implies, and all below it, each a step further in."""
        rows = [
            (name, widgets.HBox([self._boxes[name], self._beside[name]], layout=_row(depth)))
            for depth, name in self.picker.vocabulary.tree([root])
        ]
        self._rows += rows
        return [row for _, row in rows]

    def _box(self, name: str) -> Any:
        box = widgets.Checkbox(
            value=self.picker[name], description=name, indent=False,
            layout=widgets.Layout(width="auto", max_width="100%", margin="0"),
            tooltip=self.picker.vocabulary.descriptions[name],
        )  # fmt: skip
        box.observe(lambda change: self.picker.__setitem__(name, change["new"]), "value")
        return box

    def show(self) -> None:
        """Ticks the boxes as the picker has them, marks what is implied, and hides what the search does not find."""
        found = {*self.picker.found}
        for name, box in self._boxes.items():
            box.value = self.picker[name]
            self._beside[name].value = self._said(name)
        for name, row in self._rows:
            row.layout.display = None if name in found else "none"
        for root, group in self._groups.items():
            below = self.picker.vocabulary.expand([root])
            group.layout.display = None if below & found else "none"

    def _said(self, name: str) -> str:
        """What stands beside a scope: with the tools in words, else in one word."""
        by = self.picker.through(name)
        if not self._tools:
            return _small(f"<span title='through {by}'>implied</span>") if by else ""
        implied = f"<b>implied by {by}</b> " if by else ""
        return _small(implied + escape(plain(self.picker.vocabulary.descriptions[name], DESCRIPTION)))


def _small(html: str) -> str:
    style = "display:inline-block; line-height:1.35; overflow-wrap:anywhere"
    return f"<span class='scopekit'><small class='soft' style='{style}'>{html}</small></span>"


def _row(depth: int) -> Any:
    margin = f"0 0 0 {16 * depth}px"
    return widgets.Layout(margin=margin, align_items="baseline", flex_flow="row wrap", grid_gap="0 6px")


def _in_columns() -> Any:
    return widgets.Layout(display="flex", flex_flow="row wrap", width="100%", grid_gap="0 8px")


def _scrolling() -> Any:
    return widgets.Layout(
        display="flex", flex_flow="row wrap", width="auto", grid_gap="8px 16px", max_height="22em", overflow="auto",
        border="1px solid var(--jp-border-color1, #767676)", padding="4px 8px", align_items="flex-start",
        margin="0 0 12px",
    )  # fmt: skip


def _column(tools: bool) -> Any:
    return widgets.Layout(width="auto", flex="1 1 340px" if tools else "1 1 178px", min_width="0" if tools else None)
