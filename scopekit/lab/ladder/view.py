"""The decision ladder, live: choose a call and a token, and see each check decide."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from scopekit.decision import MARKS
from scopekit.lab.ladder.look import ladder_wire, rungs_of
from scopekit.lab.ladder.model import DecisionLadder
from scopekit.lab.views import Drawn, Status, View, button, in_a_row, part
from scopekit.render.markup import page


class DecisionLadderView(View):
    """A DecisionLadder with controls: `view.call.value = ...`, `view.token.value = ...`, `view.again.click()`."""

    def __init__(self, ladder: DecisionLadder) -> None:
        self.ladder = ladder
        self.call, self.token = (
            widgets.Dropdown(
                description=name, style={"description_width": "44px"},
                layout=widgets.Layout(flex="1 1 260px", width="auto", max_width="440px", min_width="0"),
            )
            for name in ("call", "token")
        )  # fmt: skip
        tooltip = "Asks the guard again: time may have passed, or the token may have been revoked"
        self.again = button("Ask again", ladder.changed, tooltip, "refresh")
        self.status = Status()
        self.rungs, self.wire = Rungs(ladder), widgets.HTML(layout=part("2 1 260px"))
        self._shown = False
        self.call.observe(lambda change: self._ask("call", change["new"]), "value")
        self.token.observe(lambda change: self._ask("token", ladder.choices.get(change["new"])), "value")
        asked = widgets.Box([self.call, self.token, self.again], layout=in_a_row("4px 12px"))
        beside = widgets.Box([self.rungs, self.wire], layout=in_a_row("0 32px"))
        super().__init__(ladder, [asked, self.status, beside])

    def show(self) -> None:
        """Shows the question and the decision."""
        ladder, decision = self.ladder, self.ladder.decision
        self._shown = False
        for select, options, value in (
            (self.call, ladder.calls, ladder.call),
            (self.token, tuple(ladder.choices), ladder.chosen),
        ):
            if select.options != options:
                select.options = options
            select.value = value
        self._shown = True
        self.status.say(decision.verdict[2:], "allowed" if decision else "denied")
        self.wire.value = page(ladder_wire(decision, ladder.wire(decision)))

    def _ask(self, name: str, value: Any) -> None:
        """Asks about the call or token that a person chose; ignores the values that `show` sets."""
        if self._shown:
            setattr(self.ladder, name, value)


class Rungs(Drawn):
    """Draws a rung for each check. A rung that a person unfolds stays unfolded until the call changes."""

    SCRIPT = "ladder.js"
    STYLES = "ladder.css"

    def __init__(self, ladder: DecisionLadder) -> None:
        self.ladder = ladder
        super().__init__(ladder, part("3 1 400px"))

    def show(self) -> None:
        """Sends the name of the call and the rungs to the page."""
        rungs = [{**each._asdict(), "mark": MARKS[each.verdict]} for each in rungs_of(self.ladder.decision)]
        self.state = {"call": self.ladder.call, "rungs": rungs}
