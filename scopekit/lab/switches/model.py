"""Switches each of a guard's eleven checks on or off, and tries which requests then get in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from scopekit.checks import CHECK_NAMES
from scopekit.clock import LessonClock
from scopekit.decision import Decision
from scopekit.errors import LabError
from scopekit.guard import Guard
from scopekit.lab.grid.attack import Scene
from scopekit.lab.grid.attacks_on_claims import (
    another_issuers_name,
    expired_token,
    id_token,
    revoked_token,
    token_for_another_api,
    token_without_the_scope,
)
from scopekit.lab.grid.attacks_on_form import padding, token_in_the_address
from scopekit.lab.grid.attacks_on_keys import alg_none, embedded_jwk, one_flipped_bit, unverified_signature
from scopekit.lab.live import Live
from scopekit.lab.world.world import World
from scopekit.profiles import AUTH0_V2
from scopekit.requirements import any_of
from scopekit.stores.memory import MemoryDenylist
from scopekit.tokens import Token
from scopekit.wording import one_of

MISTAKES = {
    "credentials": "a token in the address will do",
    "form": "a lenient reader takes it: padding, spaces, any size",
    "key": "the token's own key is believed",
    "algorithm": "the token says how it is verified, if at all",
    "signature": "anyone may write anything",
    "type": "an ID token opens the API",
    "issuer": "one issuer speaks for another",
    "audience": "a token for another API opens this one",
    "time": "a token is for ever",
    "revocation": "nothing can be revoked",
    "scopes": "an API key as of old: all or nothing",
}
"""Maps each check to what happens when it is off."""

ATTACKS_ON_ANY_TOKEN = (
    token_in_the_address, padding, embedded_jwk, alg_none, one_flipped_bit, unverified_signature, id_token,
    another_issuers_name, token_for_another_api, expired_token, revoked_token, token_without_the_scope,
)  # fmt: skip
"""The attacks that can be made from a token of any API, in the order of the checks that stop them."""


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """A request to try on a guard. `kept_out_by` names the only check that refuses the request.

    `kept_out_by` is None if the request is good, or if the guard refuses the request whichever check is off.
    """

    name: str
    what: str
    kept_out_by: str | None
    authorization: str | None = field(repr=False)
    query_token: str | None = field(default=None, repr=False)
    good: bool = False


class ProbeResult(NamedTuple):
    """A request with two decisions: by the whole guard, and by a weakened guard, which lacks some checks."""

    request: ProbeRequest
    whole: Decision
    weakened: Decision

    @property
    def gets_in(self) -> bool:
        """Whether the whole guard refuses the request but the weakened guard allows it."""
        return self.weakened.allowed and not self.whole.allowed


class GuardSwitches(Live):
    """Switches for the checks of a guard: `switches["signature"] = False` turns the signature check off.

    The guard is a copy, with a stopped clock, of the guard that checks `token`. The running API keeps all its checks
    and its denylist. The default token is a new one with the scope `public_repo`. Raises LabError if the token has no
    scope or is a tenant's, or if the whole guard refuses the token.
    """

    token: Token
    guard: Guard
    needed: str
    requests: tuple[ProbeRequest, ...]

    def __init__(self, lab: World, token: Token | None = None, name: str = "") -> None:
        self.lab = lab
        self._off: set[str] = set()
        self._start_from(lab.mint(["public_repo"]) if token is None else token)
        super().__init__(lab, name)

    def __getitem__(self, check: str) -> bool:
        """Whether a check is on."""
        if check not in CHECK_NAMES:
            raise LabError(one_of("A check", check, CHECK_NAMES))
        return check not in self._off

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
        """Starts again with `token` and the current time. Checks that are off stay off."""
        self._start_from(token)
        self.changed()

    @property
    def off(self) -> tuple[str, ...]:
        """The checks that are off, in the order in which a guard runs the checks."""
        return tuple(name for name in CHECK_NAMES if name in self._off)

    @property
    def weakened(self) -> Guard:
        """The guard without the checks that are off."""
        return self.guard.without(*self.off)

    @property
    def tried(self) -> tuple[ProbeResult, ...]:
        """Every request with two decisions: by the whole guard, and by the weakened guard."""
        requirement, guards = any_of(self.needed), (self.guard, self.weakened)
        return tuple(
            ProbeResult(
                each,
                *(guard.explain(each.authorization, requirement, query_token=each.query_token) for guard in guards),
            )
            for each in self.requests
        )

    def _start_from(self, token: Token) -> None:
        """Copies the guard that checks the token, stops the copy's clock, and makes the requests from the token."""
        if not isinstance(token, Token) or not token.scopes:
            raise LabError("The switches start from a token with a scope, as lab.mint makes it; found something else.")
        guard, needed = self.lab.guard_of(token), token.scopes[0]
        if guard.policy.profile is AUTH0_V2:
            raise LabError("The switches cannot start from a tenant's token; give a token for another API.")
        denylist = MemoryDenylist()
        denylist.restore(self.lab.denylist.snapshot())
        guard = guard.replace(denylist=denylist, clock=LessonClock(self.lab.clock.now()))
        if refusal := guard.decide(f"Bearer {token}", any_of(needed)).description:
            raise LabError(
                f"The switches start from a token that the guard lets in; the guard refuses this token. {refusal}"
            )
        self.token, self.guard, self.needed = token, guard, needed
        self.requests = _probe_requests(token, guard, needed)


def _probe_requests(token: Token, guard: Guard, needed: str) -> tuple[ProbeRequest, ...]:
    """Makes a good request with `token`, and then bad requests in the order of the checks that refuse them.

    Some bad requests must be signed with the issuer's key, which is among the keys of `guard`.
    """
    scene = Scene(token, next(key for key in guard.policy.keys if key.kid == token.header["kid"]), guard, needed)
    requests = [
        ProbeRequest("the good token", "as the issuer gave it", None, f"Bearer {token}", good=True),
        ProbeRequest("no token at all", "there is nothing to let in", None, None),
    ]
    for attack in ATTACKS_ON_ANY_TOKEN:
        sent = attack.request(scene)
        authorization = sent.authorization[0] if sent.authorization else None
        requests.append(ProbeRequest(attack.name, attack.sentence, attack.check, authorization, sent.query_token))
    return tuple(requests)
