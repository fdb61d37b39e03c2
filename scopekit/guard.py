"""The guard, which runs the checks: `decide` stops at the first check that fails, and `explain` runs them all.

A guard remembers each header whose token it has verified. For a known header, the guard repeats only the checks that
depend on time. If the call is new, the guard also checks the scopes.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields, replace
from time import perf_counter
from typing import Any

from scopekit.arguments import checked
from scopekit.checks import CHECK_NAMES, CHECKS, Check, Policy, RequestContext, Run
from scopekit.clock import Clock, SystemClock
from scopekit.decision import Allowed, Decision, Denied, Refusal, Step
from scopekit.errors import PolicyError, ScopeError
from scopekit.keys import KeySet, WouldWait, is_id
from scopekit.log import logger
from scopekit.profile import RFC9068, Profile
from scopekit.requirements import NO_SCOPE, OwnerBound, Requirement, any_of
from scopekit.revocation import Denylist
from scopekit.scopes import ANY_SCOPE, Vocabulary
from scopekit.stores.memory import MemoryDenylist
from scopekit.token_cache import TokenCache
from scopekit.tokens import MAX_TOKEN_BYTES
from scopekit.unsafe import UNSAFE
from scopekit.wording import named, no_such, one_of, shortened
from scopekit.workers import warn_of_others

MAX_LEEWAY_SECONDS = 300
MOST_TOKEN_BYTES = 64 * 1024  # servers refuse longer headers anyway
MOST_REQUIREMENTS = 1024  # of those that a guard has made of strings

Plan = tuple[tuple[Check, Run], ...]
OnDecision = Callable[[Decision, float], object]
Needed = str | Requirement | OwnerBound


@checked(PolicyError, "A guard's", "discover", when="last")
class Guard:
    """Decides whether an API allows a request. Accepts only tokens of one profile, for one API, signed with `keys`.

    `issuer` becomes the owner of keys that have no owner. `leeway_seconds` is the tolerated clock difference, at most
    300. Up to `cache_size` verified tokens are remembered. `max_token_bytes` is the longest accepted token, at most
    64 KiB. After each decision of `decide`, `on_decision` is called with the decision and how many seconds it took; an
    error that it raises is logged and does not change the response. Raises PolicyError if the guard would not be safe.
    """

    __slots__ = (
        "_cache", "_longest", "_of_call", "_of_moment", "_of_sent", "_off", "_policy", "_requirements",
        "cache_size", "on_decision",
    )  # fmt: skip

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
        max_token_bytes: int = MAX_TOKEN_BYTES,
        on_decision: OnDecision | None = None,
    ) -> None:
        if issuer is not None and not is_id(issuer):
            raise PolicyError(f"A guard's issuer must be text, the name of a token's issuer; found {named(issuer)}.")
        if type(cache_size) is not int or cache_size < 0:
            raise PolicyError(f"A guard's cache_size must be 0 or more; found {shortened(cache_size)}.")
        self.cache_size, self.on_decision = cache_size, on_decision
        keys = keys.owned_by(issuer) if issuer and isinstance(keys, KeySet) else keys
        if issuer and type(keys) is KeySet and not keys.speaks_for(issuer):
            raise PolicyError(f"A guard's issuer must own one of its keys; {shortened(issuer)} owns none.")
        denylist = MemoryDenylist(clock) if denylist is None else denylist
        self._obey(Policy(
            keys, _names(audience), profile, vocabulary, denylist, SystemClock() if clock is None else clock,
            leeway_seconds, max_token_bytes,
        ))  # fmt: skip

    @classmethod
    def discover(
        cls,
        issuer: str,
        *,
        audience: str | Collection[str] | None = None,
        profile: Profile = RFC9068,
        alg: str | Collection[str] | None = None,
        clock: Clock | None = None,
        **settings: Any,
    ) -> Guard:
        """A guard for the tokens of an issuer that publishes its keys (OpenID Discovery section 4, RFC 8414 section 3).

        Nothing is fetched before the first request. `alg` binds the keys whose JWK names no algorithm. `settings` are
        those of Guard. Raises PolicyError unless the issuer's address is `https://`, or `http://` on this machine.
        """
        from scopekit.stores.discovery import DiscoveredKeySet  # needs sockets, which some platforms lack

        keys = DiscoveredKeySet(issuer, alg=alg, clock=clock)
        return cls(keys, audience=audience, profile=profile, clock=clock, **settings)

    def decide(
        self,
        authorization: str | Sequence[str] | None,
        requirement: Needed = NO_SCOPE,
        *,
        query_token: str | None = None,
    ) -> Allowed | Denied:
        """Decides about one request. Stops at the first check that fails, and records no steps.

        `authorization` is the value of the Authorization header, or a list if there are several. `query_token` is the
        token in the request's address, if there is one. The guard refuses a request with a token in its address.
        """
        return self._timed(authorization, requirement, query_token, True)

    def decide_at_once(
        self,
        authorization: str | Sequence[str] | None,
        requirement: Needed = NO_SCOPE,
        *,
        query_token: str | None = None,
    ) -> Allowed | Denied | None:
        """Decides as `decide` does, but returns None if it would have to wait for another machine.

        An event loop uses this method, and calls `decide` in a thread only after it got None.
        """
        policy = self._policy
        if policy.keys.waits or getattr(policy.denylist, "waits", False):
            return None
        try:
            return self._timed(authorization, requirement, query_token, False)
        except WouldWait:  # for the key of a kid that has not been seen
            return None

    def _timed(
        self, authorization: str | Sequence[str] | None, requirement: Needed, query_token: str | None, wait: bool
    ) -> Allowed | Denied:
        if self.on_decision is None:
            return self._decided(authorization, requirement, query_token, wait)
        started = perf_counter()
        decision = self._decided(authorization, requirement, query_token, wait)
        try:
            self.on_decision(decision, perf_counter() - started)
        except Exception as error:  # a function of the application; its error must not become a 500
            logger().warning("on_decision failed: %s", type(error).__name__)
        return decision

    def _decided(
        self, authorization: str | Sequence[str] | None, requirement: Needed, query_token: str | None, wait: bool
    ) -> Allowed | Denied:
        if type(requirement) is not Requirement and type(requirement) is not OwnerBound:
            requirement = self.requirement(requirement)
        header = None if query_token is not None else self._only(authorization)
        memory = {} if header is None else self._cache.memory(self._policy.keys.version)
        known = None if header is None else memory.get(header)
        if known is not None:
            decided = known.decisions.get(id(requirement))
            if decided is not None and _first(self._of_moment, known.context) is None:
                return decided
        context = RequestContext(self._policy, authorization, query_token, requirement, wait)
        refused = None
        if known is None:
            refused = _first(self._of_sent, context)
        else:
            known.lend(context)
        if refused is None:
            refused = _first(self._of_moment, context) or _first(self._of_call, context)
            if known is None and header is not None:
                known = self._cache.remember(memory, header, context)
        decision = self._allowed(context) if refused is None else self._refused(context, *refused)
        if known is not None and (refused is None or refused[0].depends_on == "call"):
            known.keep(decision)
        return decision

    def _only(self, authorization: str | Sequence[str] | None) -> str | None:
        """The only header of a request, if it is short enough to be looked up. A longer one is never hashed."""
        if type(authorization) is list and len(authorization) == 1:
            authorization = authorization[0]
        return authorization if isinstance(authorization, str) and len(authorization) <= self._longest else None

    def explain(
        self,
        authorization: str | Sequence[str] | None,
        requirement: Needed = NO_SCOPE,
        *,
        query_token: str | None = None,
    ) -> Allowed | Denied:
        """Makes the same decision as `decide`, with a step for every check. Skips a check that needs a failed check."""
        needed = requirement if isinstance(requirement, Requirement | OwnerBound) else self.requirement(requirement)
        context, steps = RequestContext(self._policy, authorization, query_token, needed), list[Step]()
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

    def requirement(self, needed: Needed) -> Requirement | OwnerBound:
        """The requirement of a call, checked when it is written: a string is one scope.

        Raises VocabularyError if the guard's vocabulary has scopes but does not know one of these, and ScopeError for
        anything that is not a requirement.
        """
        if isinstance(needed, str) and needed in self._requirements:
            return self._requirements[needed]
        if not isinstance(needed, str | Requirement | OwnerBound):
            rule = "A requirement must be a scope, or any_of(...) or all_of(...) of scopes"
            raise ScopeError(f"{rule}; found {type(needed).__name__}.", value=needed)
        made = any_of(needed) if isinstance(needed, str) else needed
        parts = (any_of(made.anyone), any_of(made.own)) if isinstance(made, OwnerBound) else (made,)
        if len(self.policy.vocabulary):
            for alternative in sorted(sorted(each) for part in parts for each in part.alternatives):
                self.policy.vocabulary.check(alternative)
        if isinstance(needed, str) and len(self._requirements) < MOST_REQUIREMENTS:
            self._requirements[needed] = made
        return made

    def replace(self, **changes: Any) -> Guard:
        """A copy of this guard with an empty cache, and with changes to its audience or to the fields of its Policy."""
        for name in changes.keys() & {"audience", "audiences"}:
            changes["audiences"] = _names(changes.pop(name))
        settings = [each.name for each in fields(Policy) if each.name != "without"]
        if unknown := [name for name in changes if name not in settings]:
            raise PolicyError(no_such("A guard has no setting", unknown[0], settings))
        return self._under(replace(self.policy, **changes))

    def without(self, *names: str) -> Guard:
        """A copy of this guard without the checks `names`, for lessons. Its `repr` and responses list these checks."""
        if unknown := [name for name in names if name not in CHECK_NAMES]:
            raise PolicyError(one_of("A check", unknown[0], CHECK_NAMES))
        return self._under(replace(self.policy, without=self.policy.without.union(names)))

    def _under(self, policy: Policy) -> Guard:
        other = copy.copy(self)
        other._obey(policy)
        return other

    def _obey(self, policy: Policy) -> None:
        """Adopts a policy and empties the cache. Raises PolicyError if the policy is not safe."""
        if not (policy.audiences and all(policy.audiences)) and "audience" not in policy.profile.waives:
            raise PolicyError("A guard needs an audience: the name of this API (RFC 8725 section 3.9).")
        if "issuer" not in policy.profile.waives and (orphans := [key.kid for key in policy.keys.of_issuer(None)]):
            raise PolicyError(f"A guard's keys need an issuer; key {orphans[0]!r} has none. Give the guard an issuer.")
        if not 0 <= policy.leeway_seconds <= MAX_LEEWAY_SECONDS:
            raise PolicyError(f"The leeway must be from 0 to {MAX_LEEWAY_SECONDS} s; found {policy.leeway_seconds}.")
        if not 1 <= policy.max_token_bytes <= MOST_TOKEN_BYTES:
            rule = f"A guard's max_token_bytes must be from 1 to {MOST_TOKEN_BYTES}"
            raise PolicyError(f"{rule}; found {policy.max_token_bytes}.")
        self._policy = policy
        self._off = tuple(name for name in CHECK_NAMES if name in policy.off)
        self._cache = TokenCache(self.cache_size, functools.partial(warn_of_others, policy.denylist))
        self._requirements = dict[str, Requirement | OwnerBound]()
        self._longest = policy.max_token_bytes + len("Bearer ")
        plan = [(check, UNSAFE[check.name] if check.name in policy.off else check.run) for check in CHECKS]
        parts = (tuple(each for each in plan if each[0].depends_on == part) for part in ("sent", "moment", "call"))
        self._of_sent, self._of_moment, self._of_call = parts

    def _allowed(self, context: RequestContext, steps: Sequence[Step] = ()) -> Allowed:
        granted = context.granted or frozenset()
        needed, token = context.requirement, context.token
        return Allowed(True, 200, None, None, "", needed, (), token, granted, self._off, tuple(steps))

    def _refused(self, context: RequestContext, check: Check, refusal: Refusal, steps: Sequence[Step] = ()) -> Denied:
        judged = check.name == "scopes"  # only that check knows whether the token's subject owns the record
        needed = context.bound.of(None, None) if context.bound and not judged else context.requirement
        least = _least(needed, self.policy.vocabulary) if refusal.status in (401, 403) else ()
        told = refusal.status, check.name, refusal.error, refusal.description
        return Denied(False, *told, needed, least, off=self._off, steps=tuple(steps))

    def __repr__(self) -> str:
        policy = self.policy
        warning = f", CHECKS OFF: {', '.join(self._off)}" if self._off else ""
        several = f"{len(policy.audiences)} audiences" if len(policy.audiences) > 1 else repr(policy.audience)
        name = several if policy.profile.recipient == "aud" else f"{policy.profile.recipient} {several}"
        notice = getattr(policy.keys, "notice", "")
        return f"<Guard of {name}, profile {policy.profile.name}{warning}{notice}>"


_least = functools.lru_cache(maxsize=1024)(Requirement.least)  # the same calls are refused again and again


def _names(audience: Any) -> frozenset[str]:
    several = audience if isinstance(audience, Collection) and not isinstance(audience, str | Mapping) else [audience]
    for each in () if audience is None else several:
        if not isinstance(each, str):
            raise PolicyError(f"A guard's audience must be text, the name of this API; found {named(each)}.")
    return frozenset() if audience is None else frozenset(several)


def _first(plan: Plan, context: RequestContext) -> tuple[Check, Refusal] | None:
    """The first check that fails, with its refusal. None if all checks pass."""
    for check, run in plan:
        if refusal := run(context):
            return check, refusal
    return None
