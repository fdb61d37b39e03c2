"""Parts that views share: base classes that follow a live object, layouts, buttons, a status line, radio buttons."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import anywidget
import ipywidgets as widgets
import traitlets

from scopekit.decision import MARKS
from scopekit.errors import ScopeKitError
from scopekit.lab.live import Live
from scopekit.render.markup import CSS

_HERE = Path(__file__).parent
COMMON = (_HERE / "common.js").read_text(encoding="utf-8")
"""The JavaScript that all views share."""


class Following:
    """Base class of views. A view follows a live object: `show` runs at once, and after each change of the object."""

    live: Live

    def follow(self, live: Live) -> None:
        """Shows the object now, and again after each change."""
        self.live = live
        live.watchers.append(self.show)
        self.show()

    def show(self) -> None:
        """Puts the object's state on the page."""
        raise NotImplementedError

    def close(self) -> None:
        """Closes the view, and stops following the object."""
        if self.show in self.live.watchers:
            self.live.watchers.remove(self.show)
        super().close()  # type: ignore[misc]

    def close_all(self) -> None:
        """Closes the view and all of its parts."""
        for part in with_parts(self):
            part.close()


class View(Following, widgets.VBox):  # type: ignore[misc]
    """A view made of ipywidgets that stand one below the other."""

    def __init__(self, live: Live, parts: Iterable[Any], layout: Any = None) -> None:
        super().__init__(list(parts), layout=layout or widgets.Layout(width="100%"))
        self.add_class("scopekit-view")
        self.follow(live)


class Drawn(Following, anywidget.AnyWidget):
    """A view that one of the kit's scripts draws on the page. Python sends the state, and receives the user's actions.

    `state` holds the data to draw, and may be saved in a notebook. Data that must not be saved goes through `send`
    instead. The script inserts every string as text, never as HTML.
    """

    SCRIPT: str
    """The script that draws the view: a file in the folder of the view's module."""

    STYLES: str = ""
    """The view's own style sheet, if it has one: a file in the same folder."""

    state = traitlets.Dict().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    def __init__(self, live: Live, layout: Any = None) -> None:
        beside = Path(sys.modules[type(self).__module__].__file__ or "").parent
        styles = CSS + ((beside / self.STYLES).read_text(encoding="utf-8") if self.STYLES else "")
        script = COMMON + (beside / self.SCRIPT).read_text(encoding="utf-8")
        super().__init__(_esm=script, _css=styles, layout=layout or widgets.Layout())
        self.on_msg(lambda _, message, __: self.receive(message))
        self.follow(live)

    def receive(self, message: dict[str, Any]) -> None:
        """Carries out the user's action, which `message` describes."""
        raise NotImplementedError


def with_parts(widget: Any) -> list[Any]:
    """A widget, all widgets inside it, and their layouts and styles: everything that must be closed together."""
    own = [part for name in ("layout", "style") if (part := getattr(widget, name, None)) is not None]
    return [widget, *own, *(each for child in getattr(widget, "children", ()) for each in with_parts(child))]


def part(flex: str) -> Any:
    """The layout of a part that stands beside its neighbour if both fit, and below its neighbour otherwise."""
    return widgets.Layout(flex=flex, width="auto", min_width="0", margin="0", overflow="visible")


def wide() -> Any:
    """The layout of a part that has a row to itself."""
    return widgets.Layout(width="auto", margin="0", overflow="visible")


def in_a_row(gap: str = "4px 8px", align: str = "", **layout: str) -> Any:
    """The layout of a row of parts, with `gap` between them. The row wraps if the parts do not fit."""
    aligned = {"align_items": align} if align else {}
    row = {"display": "flex", "flex_flow": "row wrap", "width": "100%", "grid_gap": gap, "overflow": "visible"}
    return widgets.Layout(**{**row, **aligned, **layout})


def button(text: str, act: Callable[[], object], tooltip: str = "", icon: str = "", **layout: str) -> Any:
    """A button as wide as its text. A click on it calls `act`."""
    made = widgets.Button(
        description=text, tooltip=tooltip, icon=icon, layout=widgets.Layout(**{"width": "auto", **layout})
    )
    made.on_click(lambda _: act())
    return made


_STATUS_STYLES = """
.scopekit-status { margin: 0; min-height: 1.5em; overflow-wrap: anywhere; }
"""


class Status(anywidget.AnyWidget):
    """A line of text that a screen reader also announces. `kind` is a verdict such as `failed`, or empty."""

    _esm = COMMON + (_HERE / "status.js").read_text(encoding="utf-8")
    _css = CSS + _STATUS_STYLES
    text = traitlets.Unicode().tag(sync=True)
    kind = traitlets.Unicode().tag(sync=True)

    def __init__(self) -> None:
        super().__init__(layout=widgets.Layout(width="auto", margin="0 2px"))

    def say(self, text: str, kind: str = "") -> None:
        """Shows the text. If `kind` is a verdict, the verdict's mark comes first."""
        self.kind, self.text = kind, f"{MARKS[kind]} {text}" if kind else text

    def attempt(self, act: Callable[[], object], kind: str = "failed") -> None:
        """Calls `act`. If `act` raises a ScopeKitError, the line shows the error's message."""
        try:
            act()
        except ScopeKitError as error:
            self.say(str(error), kind)


T = TypeVar("T")

_CHOICE_STYLES = """
.scopekit-choice { border: 0; margin: 0 0 8px; padding: 0; min-width: 0; }
.scopekit-choice legend { padding: 0; }
.scopekit-choice label { display: flex; gap: 8px; align-items: baseline; min-height: 24px; padding-left: 4px; }
.scopekit-choice span { overflow-wrap: anywhere; min-width: 0; }
.scopekit-choice input { margin: 0; flex: none; }
.scopekit-choice input:focus-visible { outline: 2px solid var(--jp-brand-color1, Highlight); outline-offset: 2px; }
"""
NONE = -1


class Choice(anywidget.AnyWidget, Generic[T]):
    """Radio buttons under a legend, for mouse and arrow keys. `value` is None until the user chooses."""

    _esm = COMMON + (_HERE / "choice.js").read_text(encoding="utf-8")
    _css = CSS + _CHOICE_STYLES
    legend = traitlets.Unicode().tag(sync=True)
    options = traitlets.List(traitlets.Unicode()).tag(sync=True)
    index = traitlets.Int(NONE).tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)

    def __init__(self, legend: str, answers: Sequence[tuple[str, T]]) -> None:
        self._answers = [answer for _, answer in answers]
        layout = widgets.Layout(width="auto", min_width="0", max_width="100%")
        super().__init__(legend=legend, options=[text for text, _ in answers], layout=layout)
        self.on_msg(lambda _, message, __: self.receive(message))

    def receive(self, message: dict[str, int]) -> None:
        """Records the answer that the user chose on the page. Ignores a choice that does not exist."""
        at = message.get("choose")
        if isinstance(at, int) and 0 <= at < len(self._answers) and not self.disabled:
            with self._lock_property(index=at):
                self.index = at

    @property
    def value(self) -> T | None:
        """The chosen answer, or None. Setting a value that is not one of the answers raises ValueError."""
        return None if self.index == NONE else self._answers[self.index]

    @value.setter
    def value(self, answer: T) -> None:
        self.index = self._answers.index(answer)
