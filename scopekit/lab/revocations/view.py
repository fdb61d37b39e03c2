"""Revocations, live: take tokens back, move the clock, and watch a server that hears of it later."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from scopekit.errors import ScopeKitError
from scopekit.lab.revocations.look import asked_table, denylist_table
from scopekit.lab.revocations.model import LONGEST_LAG_SECONDS, Revocations
from scopekit.lab.token_names import token_name
from scopekit.lab.views import Status, View, button, part
from scopekit.render.markup import page
from scopekit.tokens import Token

ACTIONS = ("revoke", "subject", "before")
"""What `view[number, action].click()` does to a token: takes it back, or its subject's, or all issued up to it."""


class RevocationsView(View):
    """Revocations to act on: `view[1, "revoke"].click()`, `view.hour.click()`, `view.lag.value = 120`."""

    def __init__(self, revocations: Revocations) -> None:
        self.revocations = revocations
        self._buttons: dict[tuple[int, str], Any] = {}
        self._names = [_label("") for _ in revocations.tokens]
        rows = [self._row(number, name) for number, name in enumerate(self._names, 1)]
        self.minute = self._button("+1 min", lambda: revocations.advance(60))
        self.hour = self._button("+1 h", lambda: revocations.advance(3600))
        self.expiry = self._button("To after expiry", revocations.after_expiry, icon="step-forward")
        self.refresh = self._button("Refresh the copy", revocations.refresh, icon="refresh")
        self.lag = widgets.BoundedIntText(
            value=int(revocations.lag_seconds), min=0, max=LONGEST_LAG_SECONDS, description="lag in seconds",
            layout=widgets.Layout(width="190px"), style={"description_width": "95px"}, continuous_update=False,
        )  # fmt: skip
        self.lag.observe(lambda change: self._do(lambda: _set_lag(revocations, change["new"])), "value")
        self.status = Status()
        self.asked, self.denylist = (widgets.HTML(layout=part(flex)) for flex in ("3 1 420px", "2 1 320px"))
        clock = _in_a_row([_label("the lab's clock"), self.minute, self.hour, self.expiry, self.lag, self.refresh])
        beside = _in_a_row([self.asked, self.denylist], "0 32px", "flex-start")
        super().__init__(revocations, [*rows, clock, self.status, beside])

    def __getitem__(self, which: tuple[int, str]) -> Any:
        """The button that does this to the token of that number."""
        return self._buttons[which]

    def show(self) -> None:
        """Shows what happened last, who takes the tokens, and the denylist."""
        revocations = self.revocations
        for number, (name, token) in enumerate(zip(self._names, revocations.tokens, strict=True), 1):
            name.value = _written(token_name(number, token))
        self.status.say(revocations.said)
        self.lag.value = int(revocations.lag_seconds)
        self.asked.value = page(asked_table(revocations))
        self.denylist.value = page(denylist_table(revocations))

    def _row(self, number: int, name: Any) -> Any:
        acts = {
            "revoke": (f"Revoke token {number}", self.revocations.revoke),
            "subject": (f"Cut off subject of {number}", self.revocations.cut_off_subject),
            "before": (f"Cut off all up to {number}", self.revocations.cut_off_up_to),
        }
        for action, (description, act) in acts.items():
            self._buttons[number, action] = self._button(description, self._to(number, act))
        return _in_a_row([name, *(self._buttons[number, action] for action in ACTIONS)])

    def _to(self, number: int, act: Callable[[Token], None]) -> Callable[[], None]:
        """Does this to the token that has the number by then."""
        return lambda: act(self.revocations.tokens[number - 1])

    def _button(self, description: str, act: Callable[[], None], icon: str = "") -> Any:
        return button(description, lambda: self._do(act), icon=icon)

    def _do(self, act: Callable[[], None]) -> None:
        """Does it; a mistake is told in the status line."""
        try:
            act()
        except ScopeKitError as error:
            self.status.say(str(error), "failed")


def _set_lag(revocations: Revocations, seconds: int) -> None:
    revocations.lag_seconds = seconds


def _label(text: str) -> Any:
    return widgets.HTML(
        _written(text), layout=widgets.Layout(flex="0 1 auto", min_width="150px", width="auto", margin="2px")
    )


def _written(text: str) -> str:
    return f"<div class='scopekit' style='overflow-wrap:anywhere'>{escape(text)}</div>"


def _in_a_row(parts: list[Any], gap: str = "4px 8px", align: str = "center") -> Any:
    layout = widgets.Layout(
        display="flex", flex_flow="row wrap", width="100%", grid_gap=gap, align_items=align, overflow="visible"
    )
    return widgets.Box(parts, layout=layout)
