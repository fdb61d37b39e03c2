"""What every view has: it follows its plain object until it is closed, and then leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets

from scopekit.lab.live import Live
from scopekit.show.pieces import CSS

_HERE = Path(__file__).parent


class Following:
    """A view of a live object, whose `show` is called at once and after each change."""

    live: Live

    def follow(self, live: Live) -> None:
        """Shows the object, and again whenever it changes."""
        self.live = live
        live.watchers.append(self.show)
        self.show()

    def show(self) -> None:
        """Puts the object's state on the page."""
        raise NotImplementedError

    def close(self) -> None:
        """Closes the view, and stops watching."""
        if self.show in self.live.watchers:
            self.live.watchers.remove(self.show)
        super().close()  # type: ignore[misc]

    def close_all(self) -> None:
        """Closes the view with all of its parts."""
        for part in with_parts(self):
            part.close()


class View(Following, widgets.VBox):  # type: ignore[misc]
    """A view made of ipywidgets, one below the other."""

    def __init__(self, live: Live, parts: Iterable[Any], layout: Any = None) -> None:
        super().__init__(list(parts), layout=layout or widgets.Layout(width="100%"))
        self.add_class("scopekit-view")
        self.follow(live)


class Drawn(Following, anywidget.AnyWidget):
    """A view drawn by a script of the kit's own: Python tells what there is to see, and is told what a person did.

    `state` holds what is drawn. What must not be saved in a notebook goes by `send` and is no part of it. The script
    puts every text on the page as text.
    """

    SCRIPT: str
    """The file beside this one that draws it."""

    STYLES: str = ""
    """The file beside it with the styles that it has of its own, if it has any."""

    state = traitlets.Dict().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    def __init__(self, live: Live, layout: Any = None) -> None:
        styles = CSS + (_read(self.STYLES) if self.STYLES else "")
        super().__init__(_esm=script(self.SCRIPT), _css=styles, layout=layout or widgets.Layout())
        self.on_msg(lambda _, message, __: self.told(message))
        self.follow(live)

    def told(self, message: dict[str, Any]) -> None:
        """Passes on what a person did on the page."""
        raise NotImplementedError


def with_parts(widget: Any) -> list[Any]:
    """A widget, all below it, and the layout and style that each has and does not close itself."""
    own = [part for name in ("layout", "style") if (part := getattr(widget, name, None)) is not None]
    return [widget, *own, *(each for child in getattr(widget, "children", ()) for each in with_parts(child))]


def script(name: str) -> str:
    """A script beside this file, after what all of them share."""
    return _read("common.js") + _read(name)


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
