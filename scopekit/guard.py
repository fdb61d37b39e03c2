"""The guard, which runs the checks: `decide` stops at the first check that fails, and `explain` runs them all.

A guard remembers each header whose token it has verified. For a known header, the guard repeats only the checks that
depend on time. If the call is new, the guard also checks the scopes.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from scopekit.checks import CHECK_NAMES, CHECKS, Check, Policy, RequestContext, Run
from scopekit.clock import Clock, SystemClock
from scopekit.decision import Decision, Refusal, Step
from scopekit.errors import PolicyError, one_of
from scopekit.issuer import RFC9068, Profile
from scopekit.keys import KeySet
from scopekit.requirements import NO_SCOPE, OwnerBound, Requirement
from scopekit.revocation import Denylist, MemoryDenylist
from scopekit.scopes import ANY_SCOPE, Vocabulary
from scopekit.tokens import MAX_TOKEN_BYTES
from scopekit.unsafe import UNSAFE

MAX_LEEWAY_SECONDS = 300
MOST_CHARACTERS = len("Bearer ") + MAX_TOKEN_BYTES
"""The longest header that the cache looks up. A longer header is refused by its length and never hashed."""
MOST_CALLS = 32
"""The cache keeps at most this many decisions for one token, one for each call. Then it drops them all."""

Plan = tuple[tuple[Check, Run], ...]


class Guard:
    """Decides whether an API allows a request. Accepts only tokens of one profile, for one API, signed with `keys`.

    `issuer` becomes the owner of keys that have no owner. `leeway_seconds` is the tolerated clock difference, at most
    300. Up to `cache_size` verified tokens are remembered. Raises PolicyError if the guard would not be safe.
    """

    __slots__ = ("_cache", "_of_call", "_of_moment", "_of_sent", "_off", "_policy", "cache_size")

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
        self.cache_size = cache_size
        self._obey(
            Policy(
                keys=keys.owned_by(issuer) if issuer else keys,
                audiences=frozenset([audience] if isinstance(audience, str) else audience or ()),
                profile=profile,
                vocabulary=vocabulary,
                denylist=MemoryDenylist() if denylist is None else denylist,
                clock=clock or SystemClock(),
                leeway_seconds=leeway_seconds,
                off=profile.waives & set(CHECK_NAMES),
            )
        )

    def decide(
        self,
        authorization: str | Sequence[str] | None,
        requirement: Requirement | OwnerBound = NO_SCOPE,
        *,
        query_token: str | None = None,
    ) -> Decision:
        """Decides about one request. Stops at the first check that fails, and records no steps.

        `authorization` is the value of the Authorization header, or a list if there are several. `query_token` is the
        token in the request's address, if there is one. The guard refuses a request with a token in its address.
        """
        context = RequestContext(self._policy, authorization, query_token, requirement)
        known = self._cache.recall(context)
        allowed = known.allowed.get(id(requirement)) if known else None
        if allowed is not None:
            refused = _first(self._of_moment, context)
            return allowed if refused is None else self._refused(context, *refused)
        refused = None if known else _first(self._of_sent, context)
        if refused is None:
            refused = _first(self._of_moment, context) or _first(self._of_call, context)
            known = known or self._cache.remember(context)
        if refused is not None:
            return self._refused(context, *refused)
        decision = self._allowed(context)
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
        """Makes the same decision as `decide`, with a step for every check. Skips a check that needs a failed check."""
        context, steps = RequestContext(self._policy, authorization, query_token, requirement), list[Step]()
        first: tuple[Check, Refusal] | None = None
        failed: set[str] = set()
        for check, run in (*self._of_sent, *self._of_moment, *self._of_call):
            missing = check.needs & failed
            refusal = None if missing else run(context)
            if refusal:
                first = first or (check, refusal)
            if missing or refusal:
                failed.add(check.name)
            steps.append(check.step(context, refusal, missing))
        return self._allowed(context, steps) if first is None else self._refused(context, *first, steps)

    @property
    def policy(self) -> Policy:
        """The guard's settings: its keys, audiences, profile, vocabulary, denylist, clock and leeway."""
        return self._policy

    @property
    def waits(self) -> bool:
        """Whether a decision may have to wait for another machine, such as a key server or a Redis server."""
        return getattr(self.policy.keys, "waits", False) or getattr(self.policy.denylist, "waits", False)

    def replace(self, **changes: Any) -> Guard:
        """A copy of this guard, with an empty cache and with `changes` made to the fields of its Policy."""
        other = copy.copy(self)
        other._obey(replace(self.policy, **changes))
        return other

    def without(self, *names: str) -> Guard:
        """A copy of this guard without the checks `names`, for lessons. Its `repr` and responses list these checks."""
        if unknown := [name for name in names if name not in CHECK_NAMES]:
            raise PolicyError(one_of("A check", unknown[0], CHECK_NAMES))
        return self.replace(off=self.policy.off.union(names))

    def _obey(self, policy: Policy) -> None:
        """Adopts a policy and empties the cache. Raises PolicyError if the policy is not safe."""
        if not (policy.audiences and all(policy.audiences)) and "audience" not in policy.profile.waives:
            raise PolicyError("A guard needs an audience: the name of this API (RFC 8725 section 3.9).")
        if "issuer" not in policy.profile.waives and (orphans := [key.kid for key in policy.keys.of_issuer(None)]):
            raise PolicyError(f"A guard's keys need an issuer; key {orphans[0]!r} has none. Give the guard an issuer.")
        if not 0 <= policy.leeway_seconds <= MAX_LEEWAY_SECONDS:
            raise PolicyError(f"The leeway must be from 0 to {MAX_LEEWAY_SECONDS} s; found {policy.leeway_seconds}.")
        self._policy = policy
        self._off = tuple(name for name in CHECK_NAMES if name in policy.off)
        self._cache = TokenCache(self.cache_size)
        plan = [(check, UNSAFE[check.name] if check.name in policy.off else check.run) for check in CHECKS]
        self._of_sent, self._of_moment, self._of_call = (
            tuple((check, run) for check, run in plan if check.depends_on == each)
            for each in ("sent", "moment", "call")
        )

    def _allowed(self, context: RequestContext, steps: Sequence[Step] = ()) -> Decision:
        granted = context.granted or frozenset()
        return Decision(
            True, 200, needed=context.requirement, token=context.token, granted=granted, off=self._off,
            steps=tuple(steps),
        )  # fmt: skip

    def _refused(self, context: RequestContext, check: Check, refusal: Refusal, steps: Sequence[Step] = ()) -> Decision:
        judged = check.name == "scopes"  # only that check knows whether the token's subject owns the record
        needed = context.bound.anyone if context.bound and not judged else context.requirement
        least = needed.least(self.policy.vocabulary) if judged else ()
        return Decision(
            False, refusal.status, check.name, refusal.error, refusal.description, needed, least, off=self._off,
            steps=tuple(steps),
        )  # fmt: skip

    def __repr__(self) -> str:
        policy = self.policy
        warning = f", CHECKS OFF: {', '.join(self._off)}" if self._off else ""
        name = f"{len(policy.audiences)} audiences" if len(policy.audiences) > 1 else repr(policy.audience)
        return f"<Guard of {name}, profile {policy.profile.name}{warning}>"


def _first(plan: Plan, context: RequestContext) -> tuple[Check, Refusal] | None:
    """The first check that fails, with its refusal. None if all checks pass."""
    for check, run in plan:
        if refusal := run(context):
            return check, refusal
    return None


class KnownToken:
    """A verified token. `allowed` maps `id(requirement)` to the decision that allowed a call with this requirement."""

    __slots__ = ("allowed", "granted", "key", "query", "span", "token")

    def __init__(self, context: RequestContext) -> None:
        self.token, self.key, self.span = context.token, context.key, context.span
        self.query, self.granted = context.query, context.granted
        self.allowed: dict[int, Decision] = {}

    def keep(self, decision: Decision) -> None:
        """Keeps a decision under the `id` of its requirement. Nothing else gets this `id` while the decision lives."""
        if len(self.allowed) >= MOST_CALLS:
            self.allowed.clear()
        self.allowed[id(decision.needed)] = decision


class TokenCache:
    """Remembers up to `size` verified tokens by the exact header in which they came. A full cache is emptied.

    The cache holds no refusals, and nothing that changes with time: every request checks time and revocation again, and
    each new call checks the scopes. A change of keys empties the cache. Each guard has its own cache.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._version: object = None
        self._known: dict[str, KnownToken] = {}

    def recall(self, context: RequestContext) -> KnownToken | None:
        """Finds the verified token of the request's header, and stores it in the context. None if the header is new.

        Also stores the cache's current dict as `context.memory`. If another thread then replaces the cache's dict,
        because the keys changed, `remember` still writes to the old dict, which nobody reads any more.
        """
        if not _may_be_known(context):
            return None
        version = context.policy.keys.version
        if version != self._version:
            self._known, self._version = {}, version
        context.memory = self._known
        known = context.memory.get(context.authorization[0])
        if known is not None:
            context.token, context.claims, context.key = known.token, known.token._claims, known.key
            context.span, context.query, context.granted = known.span, known.query, known.granted
        return known

    def remember(self, context: RequestContext) -> KnownToken | None:
        """Remembers the token of a request that passed all checks that depend only on what was sent."""
        if not (self._size and _may_be_known(context)):
            return None
        if len(context.memory) >= self._size:
            context.memory.clear()
        known = context.memory[context.authorization[0]] = KnownToken(context)
        return known

    def __len__(self) -> int:
        return len(self._known)


def _may_be_known(context: RequestContext) -> bool:
    """Whether a request has exactly one Authorization header, within the size limit, and no token in its address."""
    headers = context.authorization
    return len(headers) == 1 and context.query_token is None and len(headers[0]) <= MOST_CHARACTERS
