"""The decision ladder, live: choose a call and a token, and see each check decide."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from scopekit.decision import MARKS
from scopekit.lab.ladder.look import ladder_wire, rungs_of
from scopekit.lab.ladder.model import DecisionLadder
from scopekit.lab.views import Drawn, Status, View, part
from scopekit.render.markup import page


class DecisionLadderView(View):
    """A DecisionLadder to ask with: `view.call.value = ...`, `view.token.value = ...`, `view.again.click()`."""

    def __init__(self, ladder: DecisionLadder) -> None:
        self.ladder = ladder
        self.call, self.token = _select("call"), _select("token")
        self.again = widgets.Button(
            description="Ask again", icon="refresh", layout=widgets.Layout(width="auto"),
            tooltip="Asks the guard anew: time may have passed, or the token been taken back",
        )  # fmt: skip
        self.status = Status()
        self.rungs, self.wire = Rungs(ladder), widgets.HTML(layout=part("2 1 260px"))
        self._shown = False
        self.call.observe(lambda change: self._ask("call", change["new"]), "value")
        self.token.observe(lambda change: self._ask("token", ladder.choices.get(change["new"])), "value")
        self.again.on_click(lambda _: ladder.again())
        asked = widgets.Box([self.call, self.token, self.again], layout=_in_a_row())
        beside = widgets.Box([self.rungs, self.wire], layout=_in_a_row("0 32px"))
        super().__init__(ladder, [asked, self.status, beside])

    def show(self) -> None:
        """Shows what is asked, and the decision."""
        ladder, decision = self.ladder, self.ladder.decision
        self._shown = False
        _choose(self.call, ladder.calls, ladder.call)
        _choose(self.token, tuple(ladder.choices), ladder.chosen)
        self._shown = True
        self.status.say(decision.verdict[2:], "allowed" if decision else "denied")
        self.wire.value = page(ladder_wire(decision, ladder.wire(decision)))

    def _ask(self, what: str, value: Any) -> None:
        if self._shown:
            setattr(self.ladder, what, value)


class Rungs(Drawn):
    """The checks of a ladder, each folded until a person unfolds it, and then unfolded as long as the call is that."""

    SCRIPT = "ladder.js"
    STYLES = "ladder.css"

    def __init__(self, ladder: DecisionLadder) -> None:
        self.ladder = ladder
        super().__init__(ladder, part("3 1 400px"))

    def show(self) -> None:
        """Shows each check's step, and says which call they are of."""
        rungs = [{**each._asdict(), "mark": MARKS[each.verdict]} for each in rungs_of(self.ladder.decision)]
        self.state = {"call": self.ladder.call, "rungs": rungs}


def _choose(select: Any, options: tuple[str, ...], chosen: str) -> None:
    if select.options != options:
        select.options = options
    select.value = chosen


def _select(description: str) -> Any:
    layout = widgets.Layout(flex="1 1 260px", width="auto", max_width="440px", min_width="0")
    return widgets.Dropdown(description=description, layout=layout, style={"description_width": "44px"})


def _in_a_row(gap: str = "4px 12px") -> Any:
    return widgets.Layout(display="flex", flex_flow="row wrap", width="100%", grid_gap=gap, overflow="visible")
