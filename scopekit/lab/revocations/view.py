"""The widget of revocations. Its buttons revoke tokens, move the clock, and renew the lagging server's copy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import ipywidgets as widgets

from scopekit.lab.revocations.look import answers_block, denylist_block
from scopekit.lab.revocations.model import LONGEST_LAG_SECONDS, Revocations
from scopekit.lab.views import Status, View, button, in_a_row, part
from scopekit.lab.world.credentials import token_name
from scopekit.render.markup import page, tag


class RevocationsView(View):
    """Shows Revocations. `view[1, "revoke"].click()` revokes token 1. `view.hour.click()` moves the clock one hour on.

    `view[1, "subject"]` is a button that revokes all tokens of token 1's subject. The button `view[1, "before"]`
    revokes token 1 and all earlier tokens of its issuer. `view.lag.value = 120` sets the lag in seconds.
    """

    def __init__(self, revocations: Revocations) -> None:
        self.revocations, self.status = revocations, Status()
        self._buttons: dict[tuple[int, str], Any] = {}
        self._names = [_label("") for _ in revocations.tokens]
        rows = []
        for number, name in enumerate(self._names, 1):
            for action, text, act in (
                ("revoke", f"Revoke token {number}", revocations.revoke),
                ("subject", f"Cut off subject of {number}", revocations.cut_off_subject),
                ("before", f"Cut off all up to {number}", revocations.cut_off_up_to),
            ):
                revoke = partial(lambda act, index: act(revocations.tokens[index]), act, number - 1)
                self._buttons[number, action] = self._button(text, revoke)
            buttons = [each for (row, _), each in self._buttons.items() if row == number]
            rows.append(widgets.Box([name, *buttons], layout=in_a_row(align="center")))
        self.minute = self._button("+1 min", lambda: revocations.advance(60))
        self.hour = self._button("+1 h", lambda: revocations.advance(3600))
        self.expiry = self._button("To after expiry", revocations.after_expiry, "step-forward")
        self.refresh = self._button("Refresh the copy", revocations.refresh, "refresh")
        self.lag = widgets.BoundedIntText(
            value=int(revocations.lag_seconds), min=0, max=LONGEST_LAG_SECONDS, description="lag in seconds",
            layout=widgets.Layout(width="190px"), style={"description_width": "95px"}, continuous_update=False,
        )  # fmt: skip
        self.lag.observe(
            lambda change: self.status.attempt(partial(setattr, revocations, "lag_seconds", change["new"])), "value"
        )
        self.asked, self.denylist = (widgets.HTML(layout=part(flex)) for flex in ("3 1 420px", "2 1 320px"))
        clock = [_label("the lab's clock"), self.minute, self.hour, self.expiry, self.lag, self.refresh]
        super().__init__(revocations, [
            *rows,
            widgets.Box(clock, layout=in_a_row(align="center")),
            self.status,
            widgets.Box([self.asked, self.denylist], layout=in_a_row("0 32px", "flex-start")),
        ])  # fmt: skip

    def __getitem__(self, which: tuple[int, str]) -> Any:
        """The button for a pair of a token's number and an action, such as `(1, "revoke")`."""
        return self._buttons[which]

    def show(self) -> None:
        """Shows the last event, which server accepts which token, and the denylist."""
        revocations = self.revocations
        for number, (name, token) in enumerate(zip(self._names, revocations.tokens, strict=True), 1):
            name.value = _wrapping(token_name(number, token))
        self.status.say(revocations.said)
        self.lag.value = int(revocations.lag_seconds)
        self.asked.value = page(answers_block(revocations).html)
        self.denylist.value = page(denylist_block(revocations).html)

    def _button(self, description: str, act: Callable[[], object], icon: str = "") -> Any:
        return button(description, lambda: self.status.attempt(act), icon=icon)


def _label(text: str) -> Any:
    layout = widgets.Layout(flex="0 1 auto", min_width="150px", width="auto", margin="2px")
    return widgets.HTML(_wrapping(text), layout=layout)


def _wrapping(text: str) -> str:
    return tag.div(text, class_="scopekit", style="overflow-wrap:anywhere")
