"""A time line: shows when tokens begin and end, and which calls they open while the lab's clock moves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from scopekit.clock import CALENDAR_END
from scopekit.decision import Decision
from scopekit.errors import LabError
from scopekit.lab.live import Live
from scopekit.lab.world.world import World
from scopekit.requirements import NO_SCOPE, Requirement
from scopekit.tokens import Token, is_numeric_date
from scopekit.wording import human_time, shortened

EVENTS = {"iat": "issued", "nbf": "not before", "exp": "expires"}
MOST_OPENED = 3
"""By default, at most this many calls that a token opens are shown, and one call that it does not open."""
MARGIN = 0.06
"""The margin before the first event and after the last one, as a share of the time between them."""


class Event(NamedTuple):
    """An event in a token's life, such as `expires`, and the time of the event in seconds since 1970."""

    name: str
    seconds: float

    @property
    def drawable(self) -> bool:
        """Whether the line can show the event. The time in a token may be too late: after the year 9999."""
        return self.seconds < CALENDAR_END


class Life:
    """One token on the line, with the token's events and the guard's decisions at the time of the lab's clock."""

    def __init__(self, lab: World, token: Token, number: int) -> None:
        self.token, self.number, self.guard = token, number, lab.guard_of(token)
        self.needed: dict[str, Requirement] = {}
        """Maps each shown call to its requirement."""
        self._authorization = f"Bearer {token}"
        claims = token.claims
        events = [Event(EVENTS[name], claims[name]) for name in EVENTS if is_numeric_date(claims.get(name))]
        if token.expires is not None and self.guard.policy.leeway_seconds:
            events.append(Event("leeway ends", token.expires + self.guard.policy.leeway_seconds))
        self.events = tuple(sorted(events, key=lambda event: event.seconds))

    @property
    def starts(self) -> float | None:
        """The second at which the token begins: the later of `iat` and `nbf`. None if the token has neither."""
        times = [event.seconds for event in self.events if event.name in ("issued", "not before")]
        return max(times, default=None)

    @property
    def ends(self) -> int | None:
        """The first second at which the guard refuses the token as expired. None if the token never expires."""
        ends = self.token.expires
        return None if ends is None else math.ceil(ends + self.guard.policy.leeway_seconds)

    @property
    def decision(self) -> Decision:
        """The guard's decision on the token at the lab's time, regardless of the token's scopes."""
        return self.guard.explain(self._authorization)

    @property
    def why_not(self) -> str:
        """Why the token is not valid at this moment, or an empty string if the token is valid."""
        decision = self.decision
        if decision.allowed or decision.check is None:
            return ""
        return f"{decision.description.rstrip('.')}: {decision.step(decision.check).found}."

    @property
    def revoked(self) -> bool:
        """Whether the token is on the denylist. The denylist does not record when a token was revoked."""
        return self.decision.step("revocation").verdict == "failed"

    @property
    def calls(self) -> dict[str, Decision]:
        """The guard's decision on each call at this moment."""
        return {name: self.guard.decide(self._authorization, needed) for name, needed in self.needed.items()}


class Timeline(Live):
    """Tokens on a time line. `timeline.now = seconds` moves the lab's clock, and thereby changes which calls they open.

    `calls` names the calls to show. By default, a few calls with different requirements are shown. `timeline[0]` is the
    life of the first token.
    """

    def __init__(self, lab: World, *tokens: Token | str, calls: Iterable[str] = (), name: str = "") -> None:
        if not tokens:
            raise LabError("A time line needs at least one token.")
        parsed = [token if isinstance(token, Token) else Token.parse(str(token)) for token in tokens]
        self.lives = tuple(Life(lab, token, number) for number, token in enumerate(parsed, 1))
        self.lab, self.news = lab, ""
        self._names = tuple(calls)
        self._find_calls()
        super().__init__(lab, name)

    def __getitem__(self, index: int) -> Life:
        """The Life of the token with this index. The first token has the index 0."""
        return self.lives[index]

    # The clock

    @property
    def now(self) -> float:
        """The time of the lab's clock, in seconds since 1970; setting it moves the clock."""
        return self.lab.clock.now()

    @now.setter
    def now(self, seconds: float) -> None:
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise LabError(f"A time must be a number of seconds since 1970; found {shortened(seconds)}.")
        before = self._valid_and_open()
        self.lab.clock.set(seconds)
        after = self._valid_and_open()
        flips = [
            *self._in_words("valid", "allowed", after - before),
            *self._in_words("no longer valid", "denied", before - after),
        ]
        if flips:
            self.news = f"At {human_time(seconds)}: {'; '.join(flips)}."
        self.changed()

    def step(self, seconds: float) -> None:
        """Moves the clock forward, or back if `seconds` is negative."""
        self.now += seconds

    def to_issue(self, index: int = 0) -> None:
        """Moves the clock to the first second of a token's life."""
        if (starts := self.lives[index].starts) is None:
            raise LabError("The clock cannot move to the start of this token: the token does not say when it begins.")
        self.now = starts

    def to_just_before_the_end(self, index: int = 0) -> None:
        """Moves the clock to the last second of a token's life."""
        self.to_the_end(index, seconds=-1)

    def to_the_end(self, index: int = 0, *, seconds: int = 0) -> None:
        """Moves the clock to the first second after a token's life, or `seconds` later than that."""
        if (ends := self.lives[index].ends) is None:
            raise LabError("The clock cannot move to the end of this token: the token never ends.")
        self.now = ends + seconds

    def moved(self) -> None:
        """Redraws the time line, because the lab's clock or denylist has changed."""
        self.changed()

    # The line

    def follow(self, token: Token) -> None:
        """Replaces the first token with `token`."""
        if token != self.lives[0].token:
            self.lives, self.news = (Life(self.lab, token, 1), *self.lives[1:]), ""
            self._find_calls()
            self.changed()

    @property
    def span(self) -> tuple[int, int]:
        """The start and end of the line. The line always includes the clock's time.

        The line begins a little before the first event, and ends a little after the last.
        """
        events = [event.seconds for life in self.lives for event in life.events if event.drawable]
        first, last = min(events, default=self.now), max(events, default=self.now)
        margin = max(60.0, (last - first) * MARGIN) if last > first else 3600.0
        start, end = min(first - margin, self.now), max(last + margin, self.now)
        return max(0, math.floor(start)), min(CALENDAR_END - 1, math.ceil(end))

    def place(self, seconds: float) -> float:
        """The position of a time on the line, from 0 to 1."""
        start, end = self.span
        return min(1.0, max(0.0, (seconds - start) / (end - start)))

    def _find_calls(self) -> None:
        """Finds the requirements of the calls to show: the named calls, or a few different calls if none were named."""
        unknown: dict[str, LabError] = {}
        for life in self.lives:
            for name in self._names or _calls_that_differ(self.lab, life):
                try:
                    life.needed[name] = self.lab.explain(name, life.token).needed
                except LabError as error:
                    unknown[name] = error
        for name, mistake in unknown.items():
            if not any(name in life.needed for life in self.lives):
                raise mistake

    def _valid_and_open(self) -> set[tuple[int, str]]:
        """Returns (token number, "") for each valid token, and (token number, call name) for each call it opens."""
        valid = {(life.number, "") for life in self.lives if not life.why_not}
        return valid | {
            (life.number, name) for life in self.lives for name, decision in life.calls.items() if decision.allowed
        }

    def _in_words(self, validity: str, verdict: str, flipped: set[tuple[int, str]]) -> Iterator[str]:
        """Says for each token whether its validity changed, and for which calls the decision changed."""
        for number in sorted({number for number, _ in flipped}):
            names = sorted(name for each, name in flipped if each == number and name)
            if (number, "") in flipped:
                yield f"{f'token {number}' if len(self.lives) > 1 else 'the token'} is {validity}"
            if names:
                yield f"now {verdict}: {', '.join(names)}"


def _calls_that_differ(lab: World, life: Life) -> list[str]:
    """Chooses a few calls that the token's scopes open, and one that they do not. No two have the same requirement."""
    granted = life.guard.policy.vocabulary.expand(life.token.scopes)
    subject = life.token.claims.get("sub")
    opened: dict[Requirement, str] = {}
    shut: dict[Requirement, str] = {}
    for call in lab.calls_for(life.token):
        needed = call.needed_by(subject) or NO_SCOPE
        (opened if needed.satisfied_by(granted) else shut).setdefault(needed, call.name)
    return [*list(opened.values())[:MOST_OPENED], *list(shut.values())[:1]]
