"""A line that says what has changed, on the page and to a screen reader."""

from __future__ import annotations

import anywidget
import ipywidgets as widgets
import traitlets

from scopekit.show.pieces import CSS, MARKS
from scopekit.widgets.view import script

STYLES = """
.scopekit-status { margin: 0; min-height: 1.5em; overflow-wrap: anywhere; }
"""


class Status(anywidget.AnyWidget):
    """A status line; `text` is what it says, as text, and `kind` the verdict that it tells, if it is one."""

    _esm = script("status.js")
    _css = CSS + STYLES
    text = traitlets.Unicode().tag(sync=True)
    kind = traitlets.Unicode().tag(sync=True)

    def __init__(self) -> None:
        super().__init__(layout=widgets.Layout(width="auto", margin="0 2px"))

    def say(self, text: str, kind: str = "") -> None:
        """Says this; a verdict with its mark before it."""
        self.kind, self.text = kind, f"{MARKS[kind]} {text}" if kind else text
