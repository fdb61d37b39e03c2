"""The playground's panels: the other objects of the kit, each on the playground's own token, made when first opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from scopekit.errors import LabError, shortened
from scopekit.lab.editor import TokenEditor
from scopekit.lab.ladder import DecisionLadder
from scopekit.lab.live import Live
from scopekit.lab.minting import MintForm
from scopekit.lab.revocations import Revocations
from scopekit.lab.switches import GuardSwitches
from scopekit.lab.table import MatrixTable
from scopekit.lab.timeline import Timeline

if TYPE_CHECKING:
    from scopekit.lab.playground import Playground

NAME = "playground"
"""By this name the lab keeps the objects in the panels, beside those that a lesson makes itself."""


class Panel(NamedTuple):
    """A panel: what it is called on the page, and how its object is made for a playground."""

    title: str
    make: Callable[[Playground], Live]


def _ladder(playground: Playground) -> DecisionLadder:
    """Starts with the first call that the token does not open: there is the most to ask."""
    calls = [row[0] for row in playground.matrix.rows]
    first = next((cell for cell in calls if cell.observed != "allowed"), calls[0])
    return DecisionLadder(playground.lab, first.call.name, playground.token, name=NAME)


PANELS: Mapping[str, Panel] = MappingProxyType({
    "editor": Panel("Look inside", lambda on: TokenEditor(on.lab, on.token, NAME)),
    "ladder": Panel("Why?", _ladder),
    "timeline": Panel("Clock", lambda on: Timeline(on.lab, on.token, name=NAME)),
    "revocations": Panel("Take back", lambda on: Revocations(on.lab, on.token, name=NAME)),
    "switches": Panel("Switch checks off", lambda on: GuardSwitches(on.lab, on.token, NAME)),
    "table": Panel("Every cell", lambda on: MatrixTable(on.lab, on.token, name=NAME)),
    "mint_form": Panel("Mint another", lambda on: MintForm(on.lab, on.token.scopes, NAME)),
})  # fmt: skip


class Panels:
    """The panels of one playground, of which one is open, or none.

    `opened` is its name, and `live` its object. Where that object cannot be on the playground's token, `problem` is the
    sentence that says why, and `live` is None until a token comes with which it can.
    """

    def __init__(self, playground: Playground) -> None:
        self._playground = playground
        self._made: dict[str, Any] = {}
        self.opened, self.problem = "", ""

    @property
    def live(self) -> Live | None:
        """The object of the panel that is open."""
        return None if self.problem else self._made.get(self.opened)

    @property
    def title(self) -> str:
        """What the panel that is open is called; empty where none is."""
        return PANELS[self.opened].title if self.opened else ""

    def open(self, name: str) -> None:
        """Opens a panel, and shuts the one before; LabError where there is none of that name."""
        if name not in PANELS:
            close = get_close_matches(str(name), PANELS, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else "."
            raise LabError(f"A panel is one of {', '.join(PANELS)}; found {shortened(name)}{hint}")
        self.opened = name
        self.follow()

    def shut(self) -> None:
        """Shuts the panel that is open; its object stays for when it is opened again."""
        self.opened, self.problem = "", ""

    def follow(self) -> None:
        """Puts what is open on the playground's token; what is not open waits until it is."""
        self.problem = ""
        if self.opened:
            try:
                self._put(self.opened)
            except LabError as error:
                self.problem = str(error)

    def close(self) -> None:
        """Closes the live views of all of them."""
        for live in self._made.values():
            live.close()

    def _put(self, name: str) -> None:
        playground = self._playground
        if name not in self._made:
            self._made[name] = PANELS[name].make(playground)
        if name == "table":
            self._made[name].take(playground.matrix)
        else:
            self._made[name].follow(playground.token)
