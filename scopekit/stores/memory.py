"""The denylist in memory, and what every denylist requires of an entry.

A denylist drops an entry once its token would be refused as expired anyway. It remembers the latest `until` that it
has dropped, and from then on calls every token that ends no later revoked. So a clock that goes back revives nothing.
"""

from __future__ import annotations

import math
from _thread import allocate_lock  # threading is not available everywhere
from typing import Any

from scopekit.arguments import checked
from scopekit.clock import CALENDAR_END, Clock, SystemClock
from scopekit.errors import PolicyError
from scopekit.revocation import FOREVER, GRACE_SECONDS, Entries, RevocationQuery
from scopekit.wording import shortened

PRUNE_EVERY = 1000
"""How many writes go by until a denylist drops the entries of expired tokens by itself."""


NEVER_PRUNED = -1.0
"""The time up to which a new denylist has dropped entries: no token ends this early."""


def revoked_entry(issuer: object, jti: object, until: object) -> tuple[str, str, float]:
    """The issuer, id and end of an entry. Raises PolicyError for a value that no token could have."""
    return _text("an issuer", issuer, least=0), _text("an id", jti), _seconds(until)


def cut_off_entry(issuer: object, before: object, subject: object, until: object) -> tuple[str, str, float, float]:
    """The issuer, subject ("" for all), time and end of a cut-off. Raises PolicyError, for milliseconds too."""
    who = "" if subject is None else _text("a subject, or None for all subjects,", subject)
    return _text("an issuer", issuer, least=0), who, _seconds(before, CALENDAR_END), _seconds(until)


def _text(what: str, value: object, least: int = 1) -> str:
    if isinstance(value, str) and len(value) >= least and not any("\ud800" <= each <= "\udfff" for each in value):
        return value
    raise PolicyError(f"A denylist needs {what} as text; found {shortened(value)}.")


def _seconds(value: object, most: float = math.inf) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most:  # false for NaN
        return min(value, FOREVER)
    raise PolicyError(f"A denylist needs a time in seconds since 1970, not milliseconds; found {shortened(value)}.")


class MemoryDenylist:
    """A denylist in memory, for tests, lessons and APIs of a single process. The list is lost when the process ends.

    `clock` says which tokens have expired. It must be the guard's clock.
    """

    @checked(whose="A denylist's")
    def __init__(self, clock: Clock | None = None) -> None:
        self._clock, self._lock, self._writes = SystemClock() if clock is None else clock, allocate_lock(), 0
        self._pruned_until = NEVER_PRUNED
        self.restore(({}, {}, {}, NEVER_PRUNED))

    def revoke(self, issuer: str, jti: str, until: float = FOREVER) -> bool:
        """Revokes a token and says whether it was not revoked before. Of two `until`, the later one counts."""
        issuer, jti, until = revoked_entry(issuer, jti, until)
        entry = issuer, jti
        with self._lock:
            new = entry not in self._until and until > self._pruned_until
            self._until[entry] = max(until, self._until.get(entry, 0))
            self._prune_when_due()
        return new

    def cut_off(self, issuer: str, before: float, subject: str | None = None, until: float = FOREVER) -> None:
        """Revokes all tokens issued before the time `before`. Of two cut-offs, the later one counts."""
        issuer, who, before, until = cut_off_entry(issuer, before, subject, until)
        name = issuer, who
        with self._lock:
            self._kept[name] = max(until, self._kept.get(name, 0))
            self._before[name] = max(before, self._before.get(name, 0))
            self._prune_when_due()

    def find(self, query: RevocationQuery) -> str | None:
        """Says what was revoked, or returns None. Needs at most four look-ups in dicts."""
        issuer, jti, parent, subject, _, _, ends = query
        if (issuer, jti) in self._until or (ends is not None and ends <= self._pruned_until):
            return "itself"
        if parent is not None and (issuer, parent) in self._until:
            return "its parent"
        if not self._before:
            return None
        of_subject = 0 if subject is None else self._before.get((issuer, subject), 0)
        return query.cut_off_by(of_subject, self._before.get((issuer, ""), 0))

    def listed(self, issuer: str) -> Entries:
        """The revoked tokens of an issuer, sorted by id. Scans the whole list."""
        with self._lock:
            return tuple(sorted((jti, until) for (owner, jti), until in self._until.items() if owner == issuer))

    def prune(self, now: float) -> int:
        """Drops the entries of expired tokens and returns how many it dropped."""
        with self._lock:
            return self._prune(now)

    def _prune_when_due(self) -> None:
        self._writes += 1
        if self._writes >= max(PRUNE_EVERY, len(self)):
            self._prune(self._clock.now())

    def _prune(self, now: float) -> int:
        ended, gone = (
            {each: until for each, until in part.items() if until + GRACE_SECONDS < now}
            for part in (self._until, self._kept)
        )
        # First this: a `find` in another thread must not miss an entry that is already gone.
        self._pruned_until = max(self._pruned_until, *ended.values(), *gone.values(), NEVER_PRUNED)
        for entry in ended:
            del self._until[entry]
        for who in gone:
            del self._kept[who], self._before[who]
        self._writes = 0
        return len(ended) + len(gone)

    def forget(self, issuer: str, jti: str) -> None:
        """Removes an entry if it exists. A lesson uses this to undo its revocations."""
        self._until.pop((issuer, jti), None)

    def snapshot(self) -> Any:
        """A copy of the list, to pass to `restore`."""
        return dict(self._until), dict(self._before), dict(self._kept), self._pruned_until

    def restore(self, snapshot: Any) -> None:
        """Replaces the list with a copy that `snapshot` returned."""
        self._until, self._before, self._kept = (dict(part) for part in snapshot[:3])
        self._pruned_until = snapshot[3]

    def __len__(self) -> int:
        return len(self._until) + len(self._before)
