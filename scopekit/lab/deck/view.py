"""The live view of a deck: one slide at a time, in the notebook or on the full screen, with working controls."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import traitlets

from scopekit.lab.deck.look import content_html, title_html
from scopekit.lab.deck.model import Deck, Slide
from scopekit.lab.live import Live
from scopekit.lab.views import Drawn, View
from scopekit.render.markdown import plain

TITLE = 80
"""The maximum length of a title that is shown beside the slide's number."""


class DeckView(View):
    """The slides of a deck, with a navigation bar below. `view.bar.number = 2` shows the second slide."""

    def __init__(self, deck: Deck) -> None:
        self.bar = DeckBar(deck)
        self.stage = widgets.VBox([_slide(each) for each in deck])
        self.stage.add_class("scopekit-deck-stage")
        super().__init__(deck, [self.stage, self.bar])
        self.add_class("scopekit-deck")

    def show(self) -> None:
        """Does nothing, because the navigation bar chooses which slide is shown."""


class DeckBar(Drawn):
    """The buttons and shortcut keys of a deck. They change slides in the browser, even while the kernel is busy."""

    SCRIPT, STYLES = "deck.js", "deck.css"

    number = traitlets.Int(1).tag(sync=True)

    def __init__(self, deck: Deck) -> None:
        self.deck = deck
        super().__init__(deck)
        self.observe(lambda change: deck.go(change["new"]), "number")

    def show(self) -> None:
        """Sends all slide titles and the current slide's number to the page."""
        self.state = {"titles": [plain(each.title, TITLE) for each in self.deck]}
        self.number = self.deck.number

    @traitlets.validate("number")
    def _within(self, proposed: dict[str, Any]) -> int:
        """Returns the proposed slide number, or the nearest number that the deck has."""
        return max(1, min(int(proposed["value"]), len(self.deck)))


def _slide(slide: Slide) -> Any:
    """Builds the widgets of a slide. A live object gets a new view. All other content becomes static HTML."""
    parts = [_html(title_html(slide))]
    parts += [each.new_view() if isinstance(each, Live) else _html(content_html(each)) for each in slide.content]
    box = widgets.VBox(parts, layout=widgets.Layout(width="auto"))
    box.add_class("scopekit-deck-slide")
    return box


def _html(html: str) -> Any:
    return widgets.HTML(f"<div class='scopekit'>{html}</div>", layout=widgets.Layout(width="auto", margin="0 2px"))
