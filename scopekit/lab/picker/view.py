"""The scope picker, live: checkboxes in groups, tools to tick several at once, and the smallest sets for some calls."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import Any

import ipywidgets as widgets

from scopekit.audit.least import MAX_SETS
from scopekit.lab.picker.look import enough_status, picker_status, ways_in_words
from scopekit.lab.picker.model import ScopePicker
from scopekit.lab.views import Status, View, button, in_a_row
from scopekit.render.markdown import plain

CALL_NAME = 120
"""The maximum length of a call's name on the page."""
DESCRIPTION = 160
"""The maximum length of a description beside a scope. The tooltip shows the whole description."""
NO_PRESET = "choose a preset"

_WIDE = {"width": "auto", "flex": "1 1 200px", "min_width": "0"}
_BOXED = {"width": "auto", "overflow": "auto", "border": "1px solid var(--jp-border-color1, #767676)"}


class EnoughView(View):
    """Checkboxes to request calls, and a button for each smallest set of scopes that opens them.

    `view["list SSH keys"].value = True` requests a call, and `view.ways[0].click()` ticks the first set.
    """

    def __init__(self, picker: ScopePicker) -> None:
        self.picker, self.status = picker, Status()
        self._boxes: dict[str, Any] = {}
        for name, call in picker.calls.items():
            self._boxes[name] = box = widgets.Checkbox(
                description=plain(name, CALL_NAME), indent=False, tooltip=plain(f"{call}", 400),
                layout=widgets.Layout(width="auto", margin="0", flex="1 1 300px", min_width="0"),
            )  # fmt: skip
            box.observe(partial(self._want, name), "value")
        ways = (partial(picker.choose, number) for number in range(MAX_SETS))
        self.ways = [button("", partial(self.status.attempt, way, ""), max_width="100%") for way in ways]
        self.clear = button("Clear calls", picker.enough_for)
        title = widgets.HTML("<div class='scopekit'><b>Just enough for these calls</b></div>")
        calls = in_a_row("0 16px", max_height="12em", padding="4px 8px", margin="0 0 8px", **_BOXED)
        buttons = widgets.Box([*self.ways, self.clear], layout=widgets.Layout(flex_flow="row wrap", width="100%"))
        super().__init__(picker, [title, widgets.Box([*self._boxes.values()], layout=calls), self.status, buttons])

    def __getitem__(self, name: str) -> Any:
        """The checkbox of a call."""
        return self._boxes[name]

    def show(self) -> None:
        """Ticks the requested calls, and shows a button for each smallest set of scopes."""
        for name, box in self._boxes.items():
            box.value = name in self.picker.wanted
        self.status.text = enough_status(self.picker)
        words = ways_in_words(self.picker)
        for number, way in enumerate(self.ways):
            way.layout.display = None if number < len(words) else "none"
            way.description = f"Tick just {words[number]}" if number < len(words) else ""
        self.clear.layout.display = None if self.picker.wanted else "none"

    def _want(self, name: str, change: dict[str, Any]) -> None:
        wanted = change["new"]
        if wanted != (name in self.picker.wanted):
            others = [each for each in self.picker.wanted if each != name]
            self.picker.enough_for(*others, *([name] if wanted else []))


class PickingTools(View):
    """A search box, buttons that tick or untick all shown scopes, and a list of the presets if there are any."""

    def __init__(self, picker: ScopePicker) -> None:
        self.picker, self.status = picker, Status()
        style = {"description_width": "initial"}
        self.search = widgets.Text(
            description="Search scopes", placeholder="a word of a name or description", style=style,
            layout=widgets.Layout(**_WIDE),
        )  # fmt: skip
        self.search.observe(lambda change: picker.search(change["new"]), "value")
        self.all = button("Tick all", picker.all, "Ticks every scope that is shown")
        self.none = button("Tick none", picker.none, "Unticks every scope that is shown")
        self.presets = widgets.Dropdown(
            options=[(NO_PRESET, ""), *((label, label) for label in picker.presets)], description="Preset",
            style=style, layout=widgets.Layout(**_WIDE, display=None if picker.presets else "none"),
        )  # fmt: skip
        self.presets.observe(self._choose, "value")
        row = widgets.Box(
            [self.search, self.all, self.none, self.presets],
            layout=widgets.Layout(
                display="flex", flex_flow="row wrap", width="100%", grid_gap="0 8px", align_items="center"
            ),
        )
        super().__init__(picker, [row, self.status])

    def show(self) -> None:
        """Shows the search, the matching preset, and how many scopes are ticked."""
        self.search.value = self.picker.sought
        self.presets.value = self.picker.matching or ""
        every = len(self.picker.found) == len(self.picker.vocabulary)
        self.all.description = "Tick all" if every else "Tick shown"
        self.none.description = "Tick none" if every else "Untick shown"
        self.status.text = picker_status(self.picker)

    def _choose(self, change: dict[str, Any]) -> None:
        if change["new"] and change["new"] != self.picker.matching:
            self.picker.preset(change["new"])


class ScopePickerView(View):
    """Checkboxes for a ScopePicker; `view["repo"].value = True` ticks the scope `repo`.

    With `tools`, the view also has `search`, `all`, `none` and `presets`, and shows each scope's description. If the
    picker has calls, `enough` is an EnoughView for these calls. Without `tools`, the view has only the checkboxes.
    """

    def __init__(self, picker: ScopePicker, layout: Any = None, *, tools: bool = True) -> None:
        self.picker, self._tools = picker, tools
        self._boxes: dict[str, Any] = {}
        for name in picker.vocabulary:
            self._boxes[name] = box = widgets.Checkbox(
                value=picker[name], description=name, indent=False, tooltip=picker.vocabulary.descriptions[name],
                layout=widgets.Layout(width="auto", max_width="100%", margin="0"),
            )  # fmt: skip
            box.observe(partial(self._tick, name), "value")
        self._beside = {
            name: widgets.HTML(layout=widgets.Layout(margin="0", min_width="0")) for name in picker.vocabulary
        }
        self._rows: list[tuple[str, Any]] = []
        self._groups = {root: self._group(root) for root in picker.vocabulary.roots()}
        listed = {"width": "100%", "grid_gap": "0 8px"}
        if tools:
            boxed = {"max_height": "22em", "padding": "4px 8px", "align_items": "flex-start", "margin": "0 0 12px"}
            listed = {"grid_gap": "8px 16px", **boxed, **_BOXED}
        parts = [
            widgets.Box([*self._groups.values()], layout=widgets.Layout(display="flex", flex_flow="row wrap", **listed))
        ]
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

    def show(self) -> None:
        """Ticks the selected scopes, marks the implied ones, and hides those that do not match the search."""
        matches = {*self.picker.found}
        for name, box in self._boxes.items():
            box.value = self.picker[name]
            self._beside[name].value = self._note(name)
        for name, row in self._rows:
            row.layout.display = None if name in matches else "none"
        for root, group in self._groups.items():
            below = self.picker.vocabulary.expand([root])
            group.layout.display = None if below & matches else "none"

    def _group(self, root: str) -> Any:
        """The checkboxes of `root` and, indented, of all scopes that it implies. A scope may be in several groups."""
        rows = []
        for depth, name in self.picker.vocabulary.tree([root]):
            layout = widgets.Layout(
                margin=f"0 0 0 {16 * depth}px", align_items="baseline", flex_flow="row wrap", grid_gap="0 6px"
            )
            rows.append(widgets.HBox([self._boxes[name], self._beside[name]], layout=layout))
            self._rows.append((name, rows[-1]))
        flex, min_width = ("1 1 340px", "0") if self._tools else ("1 1 178px", None)
        return widgets.VBox(rows, layout=widgets.Layout(width="auto", flex=flex, min_width=min_width))

    def _tick(self, name: str, change: dict[str, Any]) -> None:
        self.picker[name] = change["new"]

    def _note(self, name: str) -> str:
        """The note beside a scope: the description if the view has tools, otherwise at most the word "implied"."""
        by = self.picker.through(name)
        if self._tools:
            implied = f"<b>implied by {by}</b> " if by else ""
            note = implied + escape(plain(self.picker.vocabulary.descriptions[name], DESCRIPTION))
        elif by:
            note = f"<span title='through {by}'>implied</span>"
        else:
            return ""
        style = "display:inline-block; line-height:1.35; overflow-wrap:anywhere"
        return f"<span class='scopekit'><small class='soft' style='{style}'>{note}</small></span>"
