"""A watch over a lab's world: whoever shows something of it hears when its clock or its denylist has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from scopekit.clock import LessonClock
from scopekit.revocation import GRACE_SECONDS, MemoryDenylist


class WatchedClock(LessonClock):
    """A lesson's clock, whose `watcher` is called each time it was set."""

    watcher: Callable[[], None] | None = None

    def set(self, seconds: float) -> None:
        """Sets the clock to a time in seconds since 1970; LabError where no calendar has it."""
        super().set(seconds)
        if self.watcher:
            self.watcher()


class Watch:
    """Calls `tell` once the clock or the denylist are another way than when it last did.

    The clock says by itself when it was set. The denylist is looked at after whatever may have written to it, and
    never while the API writes: who hears of it may call that API, which could not answer yet.
    """

    def __init__(self, clock: WatchedClock, denylist: MemoryDenylist, tell: Callable[[], None]) -> None:
        self.clock, self.denylist, self.tell = clock, denylist, tell
        self._holding = 0
        self._told = self._seen()
        clock.watcher = self.look

    def look(self) -> None:
        """Tells, where something has changed and nobody holds it back."""
        if not self._holding and (seen := self._seen()) != self._told:
            self._told = seen  # before it is told: who hears of it may make a call, after which this looks again
            self.tell()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Holds back what there is to tell until the end."""
        self._holding += 1
        try:
            yield
        finally:
            self._holding -= 1
            self.look()

    def _seen(self) -> tuple[Any, ...]:
        """The clock, and the denylist without what has ended, which may be dropped at any time."""
        now, (ids, cut_offs) = self.clock.now(), self.denylist.snapshot()
        return now, {entry for entry, until in ids.items() if until + GRACE_SECONDS >= now}, cut_offs
