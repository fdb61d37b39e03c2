"""The scope picker, live: a checkbox for each scope, below the scope that implies it."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as widgets

from scopekit.lab.picker import ScopePicker
from scopekit.show.prose import plain
from scopekit.widgets.enough import EnoughView
from scopekit.widgets.picking import PickingTools
from scopekit.widgets.view import View

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
