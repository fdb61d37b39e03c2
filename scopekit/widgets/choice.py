"""One answer of several, by mouse or by the arrow keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

import anywidget
import ipywidgets as widgets
import traitlets

from scopekit.show.pieces import CSS
from scopekit.widgets.view import script

T = TypeVar("T")

STYLES = """
.scopekit-choice { border: 0; margin: 0 0 8px; padding: 0; min-width: 0; }
.scopekit-choice legend { padding: 0; }
.scopekit-choice label { display: flex; gap: 8px; align-items: baseline; min-height: 24px; padding-left: 4px; }
.scopekit-choice span { overflow-wrap: anywhere; min-width: 0; }
.scopekit-choice input { margin: 0; flex: none; }
.scopekit-choice input:focus-visible { outline: 2px solid var(--jp-brand-color1, Highlight); outline-offset: 2px; }
"""
NONE = -1


class Choice(anywidget.AnyWidget, Generic[T]):
    """Radio buttons under a legend; `value` is the answer that is chosen, and None before one is."""

    _esm = script("choice.js")
    _css = CSS + STYLES
    legend = traitlets.Unicode().tag(sync=True)
    options = traitlets.List(traitlets.Unicode()).tag(sync=True)
    index = traitlets.Int(NONE).tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)

    def __init__(self, legend: str, answers: Sequence[tuple[str, T]]) -> None:
        self._answers = [answer for _, answer in answers]
        layout = widgets.Layout(width="auto", min_width="0", max_width="100%")
        super().__init__(legend=legend, options=[text for text, _ in answers], layout=layout)
        self.on_msg(lambda _, message, __: self.told(message))

    def told(self, message: dict[str, int]) -> None:
        """Chooses what a person chose on the page, which shows it already; what is not there is left alone."""
        at = message.get("choose")
        if isinstance(at, int) and 0 <= at < len(self._answers) and not self.disabled:
            with self._lock_property(index=at):
                self.index = at

    @property
    def value(self) -> T | None:
        """The answer that is chosen; one that is not among the answers is a ValueError."""
        return None if self.index == NONE else self._answers[self.index]

    @value.setter
    def value(self, answer: T) -> None:
        self.index = self._answers.index(answer)
