"""Key rotation: an issuer's keys take turns to sign.

A key is published before it signs, so that verifiers know it in time. After the next key takes over, the old key
still verifies until its last token has expired. Nothing runs in the background: the clock alone selects the key.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from scopekit.arguments import Seconds, checked
from scopekit.clock import Clock, SystemClock
from scopekit.errors import KeyRefused
from scopekit.keys import Key, KeySet
from scopekit.wording import shortened


class Turn(NamedTuple):
    """A key, with the times when it starts to sign and when it is retired, in seconds since 1970."""

    key: Key
    signs_from: float
    retired_from: float


class Rotation(KeySet):
    """One issuer's keys, which take turns to sign. Works as the key set of a guard and as the key of an Issuer.

    A key that is added is published at once, and starts to sign `publish_seconds` later: by then, every verifier must
    have fetched the key set again. From then on, the key before it only verifies, for another `lifetime_seconds`, which
    must be the longest lifetime of a token plus the leeway. Raises KeyRefused for a key that cannot sign, has no
    issuer, or has a different one.
    """

    @checked(KeyRefused)
    def __init__(
        self, first: Key, *, lifetime_seconds: Seconds, publish_seconds: Seconds = 300, clock: Clock | None = None
    ) -> None:
        self._lifetime = lifetime_seconds
        self._publish = publish_seconds
        self._clock = SystemClock() if clock is None else clock
        self._turns: tuple[Turn, ...] = ()
        self._append(first, -math.inf)

    @checked(KeyRefused)
    def add(self, key: Key) -> None:
        """Publishes the next key, which starts to sign after `publish_seconds`, and drops retired keys."""
        self._append(key, self._clock.now() + self._publish)

    @checked(KeyRefused)
    def withdraw(self, kid: str) -> None:
        """Ends a key at once, for example a stolen one: its tokens are refused, and the next key signs from now on.

        Raises KeyRefused if there is no such key, or if it is the only one; then add another key first.
        """
        now = self._clock.now()
        turns = [turn for turn in self._turns if now < turn.retired_from]
        left = [turn for turn in turns if turn.key.kid != kid]
        if len(left) == len(turns):
            raise KeyRefused(f"Only a published key can be withdrawn; this rotation has no key {shortened(kid)}.")
        if not left:
            raise KeyRefused(f"A rotation needs a key; {kid!r} is its only one, so add another before withdrawing it.")
        if self.signing_key().kid == kid and (later := [turn for turn in left if turn.signs_from > now]):
            left[left.index(later[0])] = later[0]._replace(signs_from=now)
        for at, (turn, follower) in enumerate(pairwise(left)):
            if follower.signs_from > now:
                left[at] = turn._replace(retired_from=follower.signs_from + self._lifetime)
        left[-1] = left[-1]._replace(retired_from=math.inf)
        self._turns, self._change = tuple(left), object()

    def signing_key(self) -> Key:
        """The key whose turn it is to sign."""
        now = self._clock.now()
        return next((turn.key for turn in reversed(self._turns) if turn.signs_from <= now), self._turns[0].key)

    @property
    def version(self) -> object:
        """A value that changes when the keys change, and at each `add` and `withdraw`."""
        return self._change, *self

    def owned_by(self, issuer: str) -> KeySet:
        """Returns this rotation unchanged, because its keys already have an owner."""
        return self

    def get(self, kid: str, issuer: object = None, *, wait: bool = True) -> Key | None:
        """The key with this `kid`, or None if the key is unknown, retired or withdrawn."""
        return next((key for key in self if key.kid == kid), None)

    def of_issuer(self, issuer: object, *, wait: bool = True) -> tuple[Key, ...]:
        """The published keys of `issuer` that are not retired."""
        return tuple(key for key in self if key.issuer == issuer)

    def __iter__(self) -> Iterator[Key]:
        now = self._clock.now()
        return (turn.key for turn in self._turns if now < turn.retired_from)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _append(self, key: Key, signs_from: float) -> None:
        KeySet([*(turn.key for turn in self._turns), key])  # refuses a repeated kid, and secrets beside key pairs
        owner = self._turns[-1].key.issuer if self._turns else key.issuer
        if key.issuer is None or key.issuer != owner:
            raise KeyRefused(f"A rotation holds one issuer's keys, {owner!r}; {key.kid!r} belongs to {key.issuer!r}.")
        if key.verify_only:
            raise KeyRefused(f"A key in a rotation must be able to sign; {key.kid!r} only verifies.")
        now, retired_from = self._clock.now(), signs_from + self._lifetime
        current = [turn for turn in self._turns if now < turn.retired_from]
        if current:
            current[-1] = current[-1]._replace(retired_from=retired_from)
        self._turns, self._change = (*current, Turn(key, signs_from, math.inf)), object()
