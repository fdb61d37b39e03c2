"""The scope picker, live: a checkbox for each scope, below the scope that implies it."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from scopekit.lab.playground import ScopePicker
from scopekit.widgets.view import View


class ScopePickerView(View):
    """Checkboxes for a ScopePicker; `view["repo"].value = True` ticks one."""

    def __init__(self, picker: ScopePicker, layout: Any = None) -> None:
        self.picker = picker
        self._boxes = {name: self._box(name) for name in picker.vocabulary}
        self._implied = {name: widgets.HTML(layout=widgets.Layout(margin="0")) for name in picker.vocabulary}
        groups = [widgets.VBox(self._group(root), layout=_column()) for root in picker.vocabulary.roots()]
        super().__init__(picker, [widgets.Box(groups, layout=_in_columns())], layout)

    def __getitem__(self, name: str) -> Any:
        """The checkbox of a scope."""
        return self._boxes[name]

    def _group(self, root: str) -> list[Any]:
        """A scope that no other implies, and all below it, each a step further in."""
        tree = self.picker.vocabulary.tree([root])
        return [widgets.HBox([self._boxes[name], self._implied[name]], layout=_row(depth)) for depth, name in tree]

    def _box(self, name: str) -> Any:
        box = widgets.Checkbox(
            value=self.picker[name], description=name, indent=False, layout=widgets.Layout(width="auto", margin="0"),
            tooltip=self.picker.vocabulary.descriptions[name],
        )  # fmt: skip
        box.observe(lambda change: self.picker.__setitem__(name, change["new"]), "value")
        return box

    def show(self) -> None:
        """Ticks the boxes as the picker has them, and marks what is implied."""
        for name, box in self._boxes.items():
            box.value = self.picker[name]
            self._implied[name].value = _implied(self.picker.through(name))


def _implied(by: str | None) -> str:
    return f"<span class='scopekit'><small class='soft' title='through {by}'>implied</small></span>" if by else ""


def _row(depth: int) -> Any:
    margin = f"0 0 0 {16 * depth}px"
    return widgets.Layout(margin=margin, align_items="baseline", flex_flow="row wrap", grid_gap="0 6px")


def _in_columns() -> Any:
    return widgets.Layout(display="flex", flex_flow="row wrap", width="100%", grid_gap="0 8px")


def _column() -> Any:
    return widgets.Layout(width="auto", flex="1 1 178px")
