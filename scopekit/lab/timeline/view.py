"""The widget of a time line. A slider moves the lab's clock, and the calls change when the clock passes an event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scopekit.errors import ScopeKitError
from scopekit.lab.timeline.look import call_reason, life_label, life_rows, life_segment, life_verdict
from scopekit.lab.timeline.model import Life, Timeline
from scopekit.lab.views import Drawn


class TimelineView(Drawn):
    """Shows a Timeline. `view.receive({"do": "now", "seconds": 1416929109})` moves the clock as the slider does.

    `{"do": "step", "seconds": 60}` acts like the button "+1 min". `{"do": "to_the_end", "token": 0}` acts like the
    button that moves the clock to the end of the first token. The actions `to_issue` and `to_just_before_the_end`
    name a token in the same way.
    """

    SCRIPT, STYLES = "timeline.js", "timeline.css"

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self._problem = ""
        super().__init__(timeline)

    def receive(self, message: dict[str, Any]) -> None:
        """Moves the clock as the page asks. If that fails, the page shows the error as a sentence."""
        timeline, value = self.timeline, message.get("seconds", message.get("token", 0))
        moves: dict[str, Callable[[Any], None]] = {
            "now": lambda seconds: setattr(timeline, "now", seconds),
            "step": timeline.step,
            "to_issue": timeline.to_issue,
            "to_just_before_the_end": timeline.to_just_before_the_end,
            "to_the_end": timeline.to_the_end,
        }
        self._problem = ""
        try:
            moves[message["do"]](value)
        except ScopeKitError as error:
            self._problem = str(error)
            self.show()

    def show(self) -> None:
        """Sends the clock's time, and each token's validity and calls at that time, to the page."""
        start, end = self.timeline.span
        self.state = {
            "now": self.timeline.now, "start": start, "end": end, "news": self.timeline.news,
            "problem": self._problem, "lives": [self._life(life) for life in self.timeline.lives],
        }  # fmt: skip

    def _life(self, life: Life) -> dict[str, Any]:
        timeline = self.timeline
        kind, verdict, why = life_verdict(life)
        start, end = life_segment(timeline, life)
        return {
            "label": life_label(life), "kind": kind, "verdict": verdict, "why": why, "from": start, "to": end,
            "ends": life.ends is not None, "starts": life.starts is not None,
            "marks": [[event.name, timeline.place(event.seconds)] for event in life.events if event.drawable],
            "events": [list(row) for row in life_rows(life, timeline.now)],
            "calls": [[name, each.allowed, call_reason(each)] for name, each in life.calls.items()],
        }  # fmt: skip
