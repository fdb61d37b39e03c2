"""The guard: it runs the checks. A decision stops at the first that says no, and an explanation goes on."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Sequence

from scopekit.cache import TokenCache
from scopekit.clock import Clock, SystemClock
from scopekit.decision import Decision, Refusal, Step
from scopekit.errors import PolicyError, one_of
from scopekit.issuer import RFC9068, Profile
from scopekit.keys import KeySet
from scopekit.ladder import CHECK_NAMES, CHECKS, Check, Run
from scopekit.requirements import NO_SCOPE, OwnerBound, Requirement
from scopekit.revocation import Denylist, MemoryDenylist
from scopekit.scopes import ANY_SCOPE, Vocabulary
from scopekit.trial import Trial
from scopekit.unsafe import CARELESS

MAX_LEEWAY_SECONDS = 300

Plan = tuple[tuple[Check, Run], ...]


class Guard:
    """A resource server's gatekeeper: it takes tokens of one profile, for one audience, signed with its keys.

    `issuer` owns those keys that have no owner yet. `leeway_seconds` is what clocks may differ by, 300 at most.
    `cache_size` tokens are kept whose signature was verified. PolicyError where the guard could not be safe.
    """

    def __init__(
        self,
        keys: KeySet,
        *,
        audience: str | Collection[str] | None = None,
        issuer: str | None = None,
        profile: Profile = RFC9068,
        vocabulary: Vocabulary = ANY_SCOPE,
        denylist: Denylist | None = None,
        clock: Clock | None = None,
        leeway_seconds: float = 60,
        cache_size: int = 1024,
    ) -> None:
        self.keys = keys.owned_by(issuer) if issuer else keys
        self.audiences = frozenset([audience] if isinstance(audience, str) else audience or ())
        self.audience: str | None = next(iter(self.audiences)) if len(self.audiences) == 1 else None
        self.profile = profile
        self.vocabulary = vocabulary
        self.denylist = MemoryDenylist() if denylist is None else denylist
        self.clock = clock or SystemClock()
        self.leeway_seconds = leeway_seconds
        self.cache_size = cache_size
        self._refuse_unsafe()
        self._switch_off(profile.waives & set(CHECK_NAMES))

    def decide(
        self,
        authorization: str | Sequence[str] | None,
        requirement: Requirement | OwnerBound = NO_SCOPE,
        *,
        query_token: str | None = None,
    ) -> Decision:
        """The decision over one request, without steps; it stops at the first check that says no.

        `authorization` is the value of the Authorization header, or of each where there are several; `query_token` is
        a token found in the address, which is refused.
        """
        trial = Trial(self, authorization, query_token, requirement)
        known = self._cache.recall(trial)
        allowed = known.allowed.get(id(requirement)) if known else None
        if allowed is not None:
            found = _first(self._of_moment, trial)
            return allowed if found is None else self._refused(trial, *found)
        found = None if known else _first(self._of_sent, trial)
        if found is None:
            found = _first(self._of_moment, trial) or _first(self._of_call, trial)
            known = known or self._cache.remember(trial)
        if found is not None:
            return self._refused(trial, *found)
        decision = self._allowed(trial)
        if known:
            known.keep(decision)
        return decision

    def explain(
        self,
        authorization: str | Sequence[str] | None,
        requirement: Requirement | OwnerBound = NO_SCOPE,
        *,
        query_token: str | None = None,
    ) -> Decision:
        """The same decision with a step for every check; it goes on after the first refusal where that is safe."""
        trial, steps = Trial(self, authorization, query_token, requirement), list[Step]()
        first: tuple[Check, Refusal] | None = None
        failed: set[str] = set()
        for check, run in (*self._of_sent, *self._of_moment, *self._of_call):
            if missing := check.needs & failed:
                failed.add(check.name)
                steps.append(check.skipped(missing))
                continue
            if refusal := run(trial):
                first = first or (check, refusal)
                failed.add(check.name)
            steps.append(check.step(trial, refusal, off=check.name in self.off))
        return self._allowed(trial, steps) if first is None else self._refused(trial, *first, steps)

    @property
    def waits(self) -> bool:
        """Whether a decision may wait for another machine, as keys or a denylist in `scopekit.stores` do."""
        return getattr(self.keys, "waits", False) or getattr(self.denylist, "waits", False)

    def without(self, *names: str) -> Guard:
        """A copy of this guard with checks switched off, for lessons; it says so in `repr` and in every answer."""
        if unknown := [name for name in names if name not in CHECK_NAMES]:
            raise PolicyError(one_of("A check", unknown[0], CHECK_NAMES))
        weakened = copy.copy(self)
        weakened._switch_off({*self.off, *names})
        return weakened

    def _allowed(self, trial: Trial, steps: Sequence[Step] = ()) -> Decision:
        needed, granted = trial.requirement, trial.granted or frozenset()
        return Decision(
            True, 200, needed=needed, token=trial.token, granted=granted, off=self._off, steps=tuple(steps)
        )  # fmt: skip

    def _refused(self, trial: Trial, check: Check, refusal: Refusal, steps: Sequence[Step] = ()) -> Decision:
        judged = check.name == "scopes"  # before that check nobody's record has an owner
        needed = trial.bound.anyone if trial.bound and not judged else trial.requirement
        least = needed.least(self.vocabulary) if judged else ()
        told = (refusal.status, check.name, refusal.error, refusal.description)
        return Decision(False, *told, needed, least, off=self._off, steps=tuple(steps))

    def _switch_off(self, names: Iterable[str]) -> None:
        self.off = frozenset(names)
        self._off = tuple(name for name in CHECK_NAMES if name in self.off)
        self._cache = TokenCache(self.cache_size)
        self._of_sent, self._of_moment, self._of_call = map(self._plan, ("sent", "moment", "call"))

    def _plan(self, depends_on: str) -> Plan:
        """The checks whose verdict depends on what was sent, on the moment or on the call, in their order."""
        return tuple(
            (check, CARELESS[check.name] if check.name in self.off else check.run)
            for check in CHECKS if check.depends_on == depends_on
        )  # fmt: skip

    def _refuse_unsafe(self) -> None:
        if not (self.audiences and all(self.audiences)) and "audience" not in self.profile.waives:
            raise PolicyError("A guard needs an audience: the name of this API (RFC 8725 section 3.9).")
        if "issuer" not in self.profile.waives and (orphans := [key.kid for key in self.keys.of_issuer(None)]):
            raise PolicyError(f"A key belongs to an issuer; {orphans[0]!r} has none. Give the guard an issuer.")
        if not 0 <= self.leeway_seconds <= MAX_LEEWAY_SECONDS:
            raise PolicyError(f"The leeway is from 0 to {MAX_LEEWAY_SECONDS} s; found {self.leeway_seconds}.")

    def __repr__(self) -> str:
        warning = f", CHECKS OFF: {', '.join(self._off)}" if self.off else ""
        named = f"{len(self.audiences)} audiences" if len(self.audiences) > 1 else repr(self.audience)
        return f"<Guard of {named}, profile {self.profile.name}{warning}>"


def _first(plan: Plan, trial: Trial) -> tuple[Check, Refusal] | None:
    """The first check of these that says no, and its refusal."""
    for check, run in plan:
        if refusal := run(trial):
            return check, refusal
    return None
