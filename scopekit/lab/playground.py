"""The playground as plain objects: scopes ticked, the token minted for them, and what it opens."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scopekit.decision import Decision
from scopekit.errors import LabError
from scopekit.lab.live import Live
from scopekit.lab.panels import PANELS, Panels
from scopekit.lab.picker import ScopePicker
from scopekit.lab.scenario import Scenario
from scopekit.revocation import Asked
from scopekit.survey import Matrix
from scopekit.tokens import Token

if TYPE_CHECKING:
    from scopekit.lab.world import Lab


MOST_UNDONE = 100
"""How many changes can be undone."""


class Playground(Live):
    """Tick scopes, and a token is minted for them and tried on every call of the API.

    `token` and `matrix` are made anew after each change of `picker`. The same token may be taken back, and the lab's
    clock moved on, here or by anything else on the lab: then `matrix` alone is made anew. Every change can be undone;
    `scenario` is all that was done. `panels` names the other objects of the kit: `open("ladder")` is one of them on
    this token, and stays on it as long as it is open.
    """

    VIEW = "PlaygroundView"

    def __init__(self, lab: Lab, ticked: Iterable[str]) -> None:
        self.lab: Lab = lab
        self.picker = ScopePicker(lab.vocabulary, ticked)
        self.token: Token
        self.matrix: Matrix
        self.verified: Decision | None = None
        self._panels = Panels(self)
        self._past: deque[Scenario] = deque(maxlen=MOST_UNDONE)
        self._acting = self._drifting = False
        self._mint()
        self._first = self._last = self.scenario
        self.picker.watchers.append(self._ticked)
        super().__init__(lab)

    @property
    def scenario(self) -> Scenario:
        """What was done: play it in another playground, and that one shows the same."""
        return Scenario(self.picker.selected, self.token.claims["iat"], self.lab.clock.now(), self.revoked)

    @property
    def revoked(self) -> bool:
        """Whether the token was taken back, by whatever way."""
        claims = self.token.claims
        asked = Asked(claims["iss"], claims["jti"], None, claims["sub"], claims["iat"])
        return self.lab.denylist.find(asked) is not None

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
            with self._at_once():
                self.lab.revoke(self.token)
                self._observe()
            self._remember()

    def advance(self, seconds: float) -> None:
        """Moves the lab's clock on, or back; LabError where no calendar has the time."""
        with self._at_once():
            self.lab.clock.advance(seconds)
            self._observe()
        self._remember()

    def moved(self) -> None:
        """Tries the token again after anything else on the lab has moved its clock, or taken something back."""
        if not self._acting:
            with self._at_once():
                self._observe()
            self._remember(drifting=True)

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

    # The other objects, on this token

    @property
    def panels(self) -> Mapping[str, str]:
        """The names of the panels, each with what it is called on the page."""
        return {name: panel.title for name, panel in PANELS.items()}

    @property
    def opened(self) -> str:
        """The name of the panel that is open; empty where none is."""
        return self._panels.opened

    @property
    def panel(self) -> Live | None:
        """The object of the panel that is open; None where none is, or where there is a `problem`."""
        return self._panels.live

    @property
    def problem(self) -> str:
        """Why the panel that is open cannot be on this token, in a sentence; empty where it is."""
        return self._panels.problem

    def open(self, name: str) -> Live:
        """Opens a panel in place of the one that was open, and gives its object, made when it is first opened.

        LabError where there is no such panel, or where it cannot be on this token: it stays open for one that will do.
        """
        with self.lab.turn:
            self._panels.open(name)
        self.changed()
        if self.panel is None:
            raise LabError(self.problem)
        return self.panel

    def shut(self) -> None:
        """Shuts the panel that is open, if one is; what was done in it is there when it is opened again."""
        self._panels.shut()
        self.changed()

    def close(self) -> None:
        """Closes the live view, and those of the objects in its panels."""
        self._panels.close()
        super().close()

    def __repr__(self) -> str:
        from scopekit.show import playground_text

        return playground_text(self)

    def _repr_html_(self) -> str:
        from scopekit.show import playground_html

        return playground_html(self)

    def _play(self, scenario: Scenario) -> None:
        self.picker.vocabulary.check(scenario.scopes)
        with self._at_once():
            for name in self.picker.vocabulary:
                self.picker[name] = name in scenario.scopes
            self.lab.clock.set(scenario.issued)
            self._mint(scenario)

    def _ticked(self) -> None:
        if not self._acting:
            with self._at_once():
                self._mint()
            self._remember()

    def _mint(self, scenario: Scenario | None = None) -> None:
        self.token = self.lab.mint(self.picker.selected)
        if scenario:
            self.lab.clock.set(scenario.now)
            if not scenario.revoked:
                self._let_in()
            elif not self.revoked:
                self.lab.revoke(self.token)
        self._observe()

    def _let_in(self) -> None:
        """Lifts the cut-offs that would refuse the token: by its scenario it was not taken back."""
        claims, (ids, cut_offs) = self.token.claims, self.lab.denylist.snapshot()
        ours = {(claims["iss"], ""), (claims["iss"], claims["sub"])}
        kept = {who: before for who, before in cut_offs.items() if who not in ours or before <= claims["iat"]}
        self.lab.denylist.restore((ids, kept))

    def _observe(self) -> None:
        """Tries the token on every call; what was verified before a change is to be verified again."""
        self.verified = None
        self.matrix = self.lab.matrix(self.token)
        self._panels.follow()

    def _remember(self, drifting: bool = False) -> None:
        """Notes what `undo` takes back; a clock that somebody drags along the line is one change."""
        before, now = self._last, self.scenario
        drifting = drifting and now == before._replace(now=now.now)
        if now != before:
            if not (drifting and self._drifting):
                self._past.append(before)
            self._last, self._drifting = now, drifting
        self.changed()

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """What happens in here is of our own doing, and told of at its end."""
        self._acting = True
        try:
            with self.lab.at_once():
                yield
        finally:
            self._acting = False
