"""The playground: scopes to tick, a token with these scopes, the calls that it opens, and panels that show it."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, NamedTuple

from scopekit.audit import Matrix
from scopekit.clock import CALENDAR_END
from scopekit.decision import Decision
from scopekit.errors import LabError
from scopekit.lab.editor.model import TokenEditor
from scopekit.lab.ladder.model import DecisionLadder
from scopekit.lab.live import Live
from scopekit.lab.mint.model import MintForm
from scopekit.lab.picker.model import ScopePicker
from scopekit.lab.revocations.model import Revocations
from scopekit.lab.switches.model import GuardSwitches
from scopekit.lab.table.model import MatrixTable
from scopekit.lab.timeline.model import Timeline
from scopekit.lab.world.world import World
from scopekit.revocation import RevocationQuery
from scopekit.scopes import Scopes
from scopekit.tokens import Token
from scopekit.wording import one_of, shortened

NAME = "playground"
"""The lab keeps the panels' objects under this name, separate from the objects that a lesson makes."""


class Panel(NamedTuple):
    """The title of a panel on the page, and a function that makes the live object that the panel shows."""

    title: str
    make: Callable[[Playground], Live]


def _ladder(playground: Playground) -> DecisionLadder:
    """Makes a ladder for the first call that the token does not open. If the token opens all, takes the first call."""
    calls = [row[0] for row in playground.matrix.rows]
    first = next((cell for cell in calls if cell.observed != "allowed"), calls[0])
    return DecisionLadder(playground.lab, first.call.name, playground.token, name=NAME)


PANELS: Mapping[str, Panel] = MappingProxyType({
    "editor": Panel("Look inside", lambda on: TokenEditor(on.lab, on.token, NAME)),
    "ladder": Panel("Why?", _ladder),
    "timeline": Panel("Clock", lambda on: Timeline(on.lab, on.token, name=NAME)),
    "revocations": Panel("Revocations", lambda on: Revocations(on.lab, on.token, name=NAME)),
    "switches": Panel("Switch checks off", lambda on: GuardSwitches(on.lab, on.token, NAME)),
    "table": Panel("Every cell", lambda on: MatrixTable(on.lab, on.token, name=NAME)),
    "mint_form": Panel("Mint another", lambda on: MintForm(on.lab, on.token.scopes, NAME)),
})  # fmt: skip


class Panels:
    """The panels of one playground. At most one panel is open.

    `opened` is the name of the open panel, and `live` is the object that it shows. If that object cannot use the
    playground's token, `problem` says why in a sentence, and `live` is None until the playground has a suitable token.
    """

    def __init__(self, playground: Playground) -> None:
        self._playground = playground
        self._made: dict[str, Any] = {}
        self.opened, self.problem = "", ""

    @property
    def live(self) -> Live | None:
        """The object that the open panel shows; None if no panel is open, or if there is a `problem`."""
        return None if self.problem else self._made.get(self.opened)

    @property
    def title(self) -> str:
        """The open panel's title; empty if none is open."""
        return PANELS[self.opened].title if self.opened else ""

    def open(self, name: str) -> None:
        """Opens a panel and shuts the one that was open; raises LabError if no panel has that name."""
        if name not in PANELS:
            raise LabError(one_of("A panel", name, PANELS))
        self.opened = name
        self.follow()

    def shut(self) -> None:
        """Shuts the open panel, and keeps its object for the next time."""
        self.opened, self.problem = "", ""

    def follow(self) -> None:
        """Gives the playground's token to the open panel. The other panels get the token when they are opened."""
        self.problem = ""
        if not self.opened:
            return
        playground, name = self._playground, self.opened
        try:
            if name not in self._made:
                self._made[name] = PANELS[name].make(playground)
            if name == "table":
                self._made[name].take(playground.matrix)
            else:
                self._made[name].follow(playground.token)
        except LabError as error:
            self.problem = str(error)

    def close(self) -> None:
        """Closes the live views of all panels."""
        for live in self._made.values():
            live.close()


MAX_CHARACTERS = 10_000


class Scenario(NamedTuple):
    """A state of the playground: the ticked scopes, two times in seconds since 1970, and whether the token is revoked.

    `str(scenario)` returns JSON, which holds no part of the token.
    """

    scopes: Scopes
    issued: float
    now: float
    revoked: bool = False

    @classmethod
    def read(cls, text: str) -> Scenario:
        """Reads a scenario from JSON text. If the text is not a scenario, raises a LabError that says why."""
        try:
            fields = json.loads(text) if len(text) <= MAX_CHARACTERS else None
        except (ValueError, RecursionError):
            fields = None
        if not isinstance(fields, dict) or not fields.keys() <= set(cls._fields):
            raise LabError(f"A scenario must be a JSON object with {', '.join(cls._fields)}; found {shortened(text)}.")
        scopes = fields.get("scopes")
        if not isinstance(scopes, list) or not all(isinstance(name, str) for name in scopes):
            raise LabError(f"A scenario's scopes must be a list of names; found {shortened(scopes)}.")
        issued = _moment("issued", fields.get("issued"))
        now = _moment("now", fields.get("now", issued))
        if not isinstance(revoked := fields.get("revoked", False), bool):
            raise LabError(f"A scenario's 'revoked' must be true or false; found {shortened(revoked)}.")
        return cls(tuple(scopes), issued, now, revoked)

    def __str__(self) -> str:
        return json.dumps({**self._asdict(), "scopes": list(self.scopes)})


def _moment(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < CALENDAR_END:
        raise LabError(f"A scenario's {name!r} must be a time in seconds since 1970; found {shortened(value)}.")
    return value


MOST_UNDONE = 100
"""The maximum number of changes that can be undone."""


class Playground(Live):
    """Mints a token for the ticked scopes and tries it on every call of the API.

    Each change of `picker` makes a new `token`, and a new `matrix` of the calls that the token opens. If the token is
    revoked or the lab's clock moves, only `matrix` is made again. Every change can be undone; `scenario` is the
    current state. `panels` names other live objects that can show the token: `open("ladder")` opens the ladder. The
    open panel follows each new token.
    """

    def __init__(self, lab: World, ticked: Iterable[str]) -> None:
        self.lab: World = lab
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
        """The current state. Another playground that plays this scenario shows the same state."""
        return Scenario(self.picker.selected, self.token.claims["iat"], self.lab.clock.now(), self.revoked)

    @property
    def revoked(self) -> bool:
        """Whether the token has been revoked: by its id, or because all tokens issued before some time were revoked."""
        claims = self.token.claims
        asked = RevocationQuery(claims["iss"], claims["jti"], None, claims["sub"], claims["iat"])
        return self.lab.denylist.find(asked) is not None

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to undo."""
        return bool(self._past)

    def verify(self) -> Decision:
        """Lets the API's guard check the token, regardless of its scopes, and returns the guard's decision."""
        self.verified = self.lab.guard_of(self.token).explain(f"Bearer {self.token}")
        self.changed()
        return self.verified

    def revoke(self) -> None:
        """Revokes the token. If the token is already revoked, nothing changes."""
        if not self.revoked:
            with self._at_once():
                self.lab.revoke(self.token)
                self._observe()
            self._remember()

    def advance(self, seconds: float) -> None:
        """Moves the lab's clock forward or back; raises LabError if the new time is outside the calendar."""
        with self._at_once():
            self.lab.clock.advance(seconds)
            self._observe()
        self._remember()

    def moved(self) -> None:
        """Tries the token on every call again if something outside the playground moved the clock or revoked tokens."""
        if not self._acting:
            with self._at_once():
                self._observe()
            self._remember(drifting=True)

    def play(self, scenario: Scenario | str) -> None:
        """Shows a scenario with a new token. Raises LabError if `scenario` is text, but not the JSON of a scenario."""
        self._play(Scenario.read(scenario) if isinstance(scenario, str) else scenario)
        self._remember()

    def undo(self) -> None:
        """Undoes the last change, if there is one."""
        if self._past:
            self._last = self._past.pop()
            self._play(self._last)
            self.changed()

    def reset(self) -> None:
        """Returns to the first scenario. `undo` can undo this too."""
        self.play(self._first)

    # The panels

    @property
    def panels(self) -> Mapping[str, str]:
        """Maps each panel's name to its title on the page."""
        return {name: panel.title for name, panel in PANELS.items()}

    @property
    def opened(self) -> str:
        """The name of the open panel; empty if none is open."""
        return self._panels.opened

    @property
    def panel(self) -> Live | None:
        """The object that the open panel shows; None if no panel is open, or if there is a `problem`."""
        return self._panels.live

    @property
    def problem(self) -> str:
        """A sentence that says why the open panel cannot use the playground's token; otherwise empty."""
        return self._panels.problem

    def open(self, name: str) -> Live:
        """Opens a panel, shuts the one that was open, and returns the object that the panel shows.

        Raises LabError if no panel has that name, or if the panel cannot use the playground's token. In the second
        case, the panel stays open and waits for the next token.
        """
        with self.lab.turn:
            self._panels.open(name)
        self.changed()
        if self.panel is None:
            raise LabError(self.problem)
        return self.panel

    def shut(self) -> None:
        """Shuts the open panel, if there is one, and keeps its content for the next time."""
        self._panels.shut()
        self.changed()

    def close(self) -> None:
        """Closes the playground's live view and the live views of its panels."""
        self._panels.close()
        super().close()

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
            if scenario.revoked and not self.revoked:
                self.lab.revoke(self.token)
            elif not scenario.revoked:  # removes the cut-offs that would refuse the token
                claims, (ids, cut_offs, kept, pruned_until) = self.token.claims, self.lab.denylist.snapshot()
                ours = {(claims["iss"], ""), (claims["iss"], claims["sub"])}
                others = {who: before for who, before in cut_offs.items() if who not in ours or before <= claims["iat"]}
                self.lab.denylist.restore((ids, others, {who: kept[who] for who in others}, pruned_until))
        self._observe()

    def _observe(self) -> None:
        """Tries the token on every call, marks it as not verified, and passes it to the open panel."""
        self.verified = None
        self.matrix = self.lab.matrix(self.token)
        self._panels.follow()

    def _remember(self, drifting: bool = False) -> None:
        """Keeps the previous scenario for `undo`. A drag of the clock on the timeline counts as one change."""
        before, now = self._last, self.scenario
        drifting = drifting and now == before._replace(now=now.now)
        if now != before:
            if not (drifting and self._drifting):
                self._past.append(before)
            self._last, self._drifting = now, drifting
        self.changed()

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """Delays the notification of watchers: they are notified once, when the `with` block ends."""
        self._acting = True
        try:
            with self.lab.at_once():
                yield
        finally:
            self._acting = False
