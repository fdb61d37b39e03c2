"""Clocks for guards and issuers. They tell the time in seconds since 1970 (NumericDate, RFC 7519 section 2)."""

from __future__ import annotations

import time
from typing import Protocol

from scopekit.errors import LabError
from scopekit.wording import human_time, shortened

CALENDAR_END = 253_402_300_800
"""The first second of the year 10000. Dates and HTTP headers can show only earlier times."""
FIRST_MILLISECOND = 10**11
"""From this number on (the year 5138), a time is refused: it was probably written in milliseconds. A house rule."""


class Clock(Protocol):
    """Any object whose method `now` returns the time."""

    def now(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z, by the machine's clock."""
        return time.time()


class LessonClock:
    """A clock that moves only on request, so that a lesson shows the same times every day."""

    def __init__(self, seconds: float) -> None:
        self.set(seconds)

    def now(self) -> float:
        """The time that the clock is set to."""
        return self._seconds

    def advance(self, seconds: float) -> None:
        """Moves the clock forward, or back if `seconds` is negative."""
        self.set(self._seconds + seconds)

    def set(self, seconds: float) -> None:
        """Sets the clock, in seconds since 1970. Raises LabError if the time is outside the years 1970 to 9999."""
        if not (isinstance(seconds, int | float) and 0 <= seconds < CALENDAR_END):
            raise LabError(f"A lesson's clock must stay between the years 1970 and 9999; found {shortened(seconds)} s.")
        self._seconds = seconds

    def __repr__(self) -> str:
        return f"<clock at {human_time(self._seconds)}>"


def in_smaller_unit(value: object) -> str:
    """What a time means that was not written in seconds: "2026-12-01 15:33:56 UTC in milliseconds". Else empty."""
    if isinstance(value, int | float):
        for power, unit in enumerate(("milliseconds", "microseconds", "nanoseconds")):
            if FIRST_MILLISECOND * 1000**power <= value < FIRST_MILLISECOND * 1000 ** (power + 1):
                return f"{human_time(value / 1000 ** (power + 1))} in {unit}"
    return ""
