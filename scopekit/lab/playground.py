"""The playground as plain objects: scopes ticked, the token minted for them, and what it opens."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

from scopekit.decision import Decision
from scopekit.lab.live import Live
from scopekit.lab.picker import ScopePicker
from scopekit.lab.scenario import Scenario
from scopekit.survey import Matrix
from scopekit.tokens import Token

if TYPE_CHECKING:
    from scopekit.lab.world import Lab


MOST_UNDONE = 100
"""How many changes can be undone."""


class Playground(Live):
    """Tick scopes, and a token is minted for them and tried on every call of the API.

    `token` and `matrix` are made anew after each change of `picker`. The same token may be taken back, and the lab's
    clock moved on: then `matrix` alone is made anew. Every change can be undone; `scenario` is all that was done.
    """

    VIEW = "PlaygroundView"

    def __init__(self, lab: Lab, ticked: Iterable[str]) -> None:
        super().__init__(lab)
        self.lab = lab
        self.picker = ScopePicker(lab.vocabulary, ticked)
        self.token: Token
        self.matrix: Matrix
        self.verified: Decision | None = None
        self.revoked = False
        self._past: deque[Scenario] = deque(maxlen=MOST_UNDONE)
        self._mint()
        self._first = self._last = self.scenario
        self.picker.watchers.append(self._ticked)

    @property
    def scenario(self) -> Scenario:
        """What was done: play it in another playground, and that one shows the same."""
        return Scenario(self.picker.selected, self.token.claims["iat"], self.lab.clock.now(), self.revoked)

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to undo."""
        return bool(self._past)

    def verify(self) -> Decision:
        """Has the API's guard check the token, whatever scopes it holds; until then it counts as not verified."""
        self.verified = self.lab.guard_of(self.token).explain(f"Bearer {self.token}")
        self.changed()
        return self.verified

    def revoke(self) -> None:
        """Takes the token back; to do so twice changes nothing."""
        if not self.revoked:
            self.lab.revoke(self.token)
            self.revoked = True
            self._observe()
            self._remember()

    def advance(self, seconds: float) -> None:
        """Moves the lab's clock on, or back; LabError where no calendar has the time."""
        self.lab.clock.advance(seconds)
        self._observe()
        self._remember()

    def play(self, scenario: Scenario | str) -> None:
        """Shows a scenario, or the one in a JSON text, with a token minted for it; LabError where it is none."""
        self._play(Scenario.read(scenario) if isinstance(scenario, str) else scenario)
        self._remember()

    def undo(self) -> None:
        """Takes the last change back, if there is one."""
        if self._past:
            self._last = self._past.pop()
            self._play(self._last)
            self.changed()

    def reset(self) -> None:
        """Shows what there was to see at first; this too can be undone."""
        self.play(self._first)

    def __repr__(self) -> str:
        from scopekit.show import playground_text

        return playground_text(self)

    def _repr_html_(self) -> str:
        from scopekit.show import playground_html

        return playground_html(self)

    def _play(self, scenario: Scenario) -> None:
        self.picker.vocabulary.check(scenario.scopes)
        self.picker.watchers.remove(self._ticked)
        for name in self.picker.vocabulary:
            self.picker[name] = name in scenario.scopes
        self.picker.watchers.append(self._ticked)
        self.lab.clock.set(scenario.issued)
        self._mint(scenario)

    def _ticked(self) -> None:
        self._mint()
        self._remember()

    def _mint(self, scenario: Scenario | None = None) -> None:
        self.token, self.verified, self.revoked = self.lab.mint(self.picker.selected), None, False
        if scenario:
            self.lab.clock.set(scenario.now)
            self.revoked = scenario.revoked
        if self.revoked:
            self.lab.revoke(self.token)
        self._observe()

    def _observe(self) -> None:
        """Tries the token on every call; what was verified before a change is to be verified again."""
        self.verified = None
        self.matrix = self.lab.matrix(self.token)

    def _remember(self) -> None:
        if self.scenario != self._last:
            self._past.append(self._last)
            self._last = self.scenario
        self.changed()
