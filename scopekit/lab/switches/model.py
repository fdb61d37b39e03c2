"""The guard's switches: each of the eleven checks on or off, and what gets in where one is off."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from scopekit.checks import CHECK_NAMES
from scopekit.clock import LessonClock
from scopekit.decision import Decision
from scopekit.errors import LabError, one_of
from scopekit.guard import Guard
from scopekit.lab.live import Live
from scopekit.lab.probe_requests import TellingRequest, telling_requests
from scopekit.profiles import AUTH0_V2
from scopekit.requirements import any_of
from scopekit.revocation import MemoryDenylist
from scopekit.tokens import Token

if TYPE_CHECKING:
    from scopekit.lab.world.world import World

MISTAKES = {
    "credentials": "a token in the address will do",
    "form": "a careless reader takes it: padding, spaces, any size",
    "key": "the token's own key is believed",
    "algorithm": "the token says how it is verified, if at all",
    "signature": "anyone may write anything",
    "type": "an ID token opens the API",
    "issuer": "one issuer speaks for another",
    "audience": "a token for another API opens this one",
    "time": "a token is for ever",
    "revocation": "nothing can be taken back",
    "scopes": "an API key as of old: all or nothing",
}
"""What it means that a check is off."""


class Tried(NamedTuple):
    """A request, and the decision over it by the whole guard and by the weakened one."""

    request: TellingRequest
    whole: Decision
    weakened: Decision

    @property
    def gets_in(self) -> bool:
        """Whether the whole guard keeps it out and the weakened one lets it in."""
        return self.weakened.allowed and not self.whole.allowed


class GuardSwitches(Live):
    """The checks of a guard, on or off: `switches["signature"] = False` switches one off.

    The guard is like the one that meets `token` (a new one with the scope `public_repo` where none is given), at the
    moment of the making. It is a copy: the running API keeps all its checks, and its denylist is left alone. LabError
    for a token that the whole guard refuses, that holds no scope, or that is a tenant's.
    """

    VIEW = "GuardSwitchesView"

    token: Token
    guard: Guard
    needed: str
    requests: tuple[TellingRequest, ...]

    def __init__(self, lab: World, token: Token | None = None, name: str = "") -> None:
        self.lab = lab
        self._off: set[str] = set()
        self._start_from(lab.mint(["public_repo"]) if token is None else token)
        super().__init__(lab, name)

    def __getitem__(self, check: str) -> bool:
        """Whether a check is on."""
        return _known(check) not in self._off

    def __setitem__(self, check: str, on: bool) -> None:
        """Switches a check on or off."""
        if self[check] == on:
            return
        (self._off.remove if on else self._off.add)(check)
        self.changed()

    def all_on(self) -> None:
        """Switches every check on."""
        if self._off:
            self._off.clear()
            self.changed()

    def follow(self, token: Token) -> None:
        """Starts from a token in place of the one before, and from this moment; what is off stays off."""
        self._start_from(token)
        self.changed()

    @property
    def off(self) -> tuple[str, ...]:
        """The checks that are off, in their order."""
        return tuple(name for name in CHECK_NAMES if name in self._off)

    @property
    def weakened(self) -> Guard:
        """The guard without the checks that are off."""
        return self.guard.without(*self.off)

    @property
    def tried(self) -> tuple[Tried, ...]:
        """Every request, decided on by the whole guard and by the weakened one."""
        weakened = self.weakened
        return tuple(Tried(each, self._ask(self.guard, each), self._ask(weakened, each)) for each in self.requests)

    def _start_from(self, token: Token) -> None:
        self.guard = _copy_of_guard(self.lab, token)
        self.token, self.needed = token, token.scopes[0]
        self.requests = telling_requests(self.token, self.guard, self.needed)

    def _ask(self, guard: Guard, request: TellingRequest) -> Decision:
        return guard.explain(request.authorization, any_of(self.needed), query_token=request.query_token)


def _known(check: str) -> str:
    if check in CHECK_NAMES:
        return check
    raise LabError(one_of("A check", check, CHECK_NAMES))


def _copy_of_guard(lab: World, token: object) -> Guard:
    """A guard like the API's, with a clock that stands still and a denylist of its own."""
    if not isinstance(token, Token) or not token.scopes:
        raise LabError("The switches start from a token with a scope, as lab.mint makes it; found something else.")
    guard = lab.guard_of(token)
    if guard.policy.profile is AUTH0_V2:
        raise LabError("The switches start from a token of an API with an issuer of its own; found a tenant's.")
    denylist = MemoryDenylist()
    denylist.restore(lab.denylist.snapshot())
    guard = guard.replace(denylist=denylist, clock=LessonClock(lab.clock.now()))
    if refused := guard.decide(f"Bearer {token}", any_of(token.scopes[0])).description:
        raise LabError(f"The switches start from a token that the guard lets in; found one that it refuses. {refused}")
    return guard
