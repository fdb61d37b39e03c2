"""Rotation: keys that take turns, by the clock.

A key is published before it signs, so that every verifier has it by then, and goes on verifying after the next one
signs, until the last token it signed has ended. Nothing runs in the background: the clock alone decides the turn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from scopekit.clock import Clock, SystemClock
from scopekit.errors import KeyRefused
from scopekit.keys import Key, KeySet


class Turn(NamedTuple):
    """A key, when it begins to sign, and when it is retired: in seconds since 1970."""

    key: Key
    signs_from: float
    retired_from: float


class Rotation(KeySet):
    """One issuer's keys in turn: the key set of a guard, and what an issuer asks for its signing key.

    A key signs `publish_seconds` after it was added: longer than any verifier keeps a key set before it fetches it
    again. It is retired `lifetime_seconds` after the next one begins to sign: the longest lifetime of a token, leeway
    included. KeyRefused for a key that cannot sign or belongs to no issuer, or to another.
    """

    def __init__(
        self, first: Key, *, lifetime_seconds: float, publish_seconds: float = 300, clock: Clock | None = None
    ) -> None:
        self._lifetime = lifetime_seconds
        self._publish = publish_seconds
        self._clock = clock or SystemClock()
        self._turns: tuple[Turn, ...] = ()
        self._append(first, -math.inf)

    def add(self, key: Key) -> None:
        """Publishes the next key, which signs after `publish_seconds`, and forgets the keys that are retired."""
        self._append(key, self._clock.now() + self._publish)

    def signing_key(self) -> Key:
        """The key whose turn it is to sign."""
        now = self._clock.now()
        return next((turn.key for turn in reversed(self._turns) if turn.signs_from <= now), self._turns[0].key)

    @property
    def version(self) -> object:
        """Another value means other keys: those that are published just now."""
        return tuple(self)

    def owned_by(self, issuer: str) -> KeySet:
        """This rotation itself: its keys have an owner."""
        return self

    def get(self, kid: str) -> Key | None:
        """The key of that `kid`, if it is published and not retired."""
        return next((key for key in self if key.kid == kid), None)

    def of_issuer(self, issuer: object) -> tuple[Key, ...]:
        """The keys that `issuer` owns, of those published and not retired."""
        return tuple(key for key in self if key.issuer == issuer)

    def __iter__(self) -> Iterator[Key]:
        now = self._clock.now()
        return (turn.key for turn in self._turns if now < turn.retired_from)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _append(self, key: Key, signs_from: float) -> None:
        KeySet([*(turn.key for turn in self._turns), key])  # refuses a kid that is there, and another kind of key
        owner = self._turns[-1].key.issuer if self._turns else key.issuer
        if key.issuer is None or key.issuer != owner:
            raise KeyRefused(f"A rotation has the keys of one issuer, {owner!r}; {key.kid!r} is of {key.issuer!r}.")
        if key.verify_only:
            raise KeyRefused(f"A key in a rotation signs when its turn comes; {key.kid!r} only verifies.")
        now, retired_from = self._clock.now(), signs_from + self._lifetime
        current = [turn for turn in self._turns if now < turn.retired_from]
        if current:
            current[-1] = current[-1]._replace(retired_from=retired_from)
        self._turns = (*current, Turn(key, signs_from, math.inf))
