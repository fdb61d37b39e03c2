"""What the views are put together from: parts beside each other, and buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets


def part(flex: str) -> Any:
    """The layout of a part: beside the other one where there is room for both, below it where there is not."""
    return widgets.Layout(flex=flex, width="auto", min_width="0", margin="0", overflow="visible")


def wide() -> Any:
    """The layout of a part that has a row to itself."""
    return widgets.Layout(width="auto", margin="0", overflow="visible")


def button(text: str, act: Callable[[], object], tooltip: str = "", icon: str = "") -> Any:
    """A button as wide as its text, which does this."""
    made = widgets.Button(description=text, tooltip=tooltip, icon=icon, layout=widgets.Layout(width="auto"))
    made.on_click(lambda _: act())
    return made
