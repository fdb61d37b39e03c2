"""A denylist that lags behind: it reads from a copy that is renewed only now and then."""

from __future__ import annotations

from scopekit.clock import Clock
from scopekit.revocation import FOREVER, Entries, RevocationQuery
from scopekit.stores.memory import MemoryDenylist


class LaggingDenylist:
    """A denylist that is read from a copy. A read first renews the copy if the copy is at least `seconds` old.

    Writes go to `denylist` itself. Reads see a write only after the copy is renewed.
    """

    def __init__(self, denylist: MemoryDenylist, clock: Clock, seconds: float) -> None:
        self.denylist, self.clock, self.seconds = denylist, clock, seconds
        self._copy = MemoryDenylist()
        self.refresh()

    def refresh(self) -> None:
        """Renews the copy."""
        self._copy.restore(self.denylist.snapshot())
        self._copied_at = self.clock.now()

    @property
    def age_seconds(self) -> float:
        """The age of the copy, or 0 if the clock was set back to before the copy was made."""
        return max(0, self.clock.now() - self._copied_at)

    @property
    def copy(self) -> MemoryDenylist:
        """The copy, renewed first if it is too old."""
        if self.age_seconds >= self.seconds:
            self.refresh()
        return self._copy

    def find(self, asked: RevocationQuery) -> str | None:
        """Looks up a token in the copy. Returns what was revoked, such as `itself` or `its subject`, or None."""
        return self.copy.find(asked)

    def listed(self, issuer: str) -> Entries:
        """The ids of an issuer's revoked tokens in the copy."""
        return self.copy.listed(issuer)

    def revoke(self, issuer: str, jti: str, until: float = FOREVER) -> bool:
        """Revokes the token in `denylist` itself, and says whether it was not revoked there before.

        The copy gets the entry when it is renewed.
        """
        return self.denylist.revoke(issuer, jti, until)

    def cut_off(self, issuer: str, before: float, subject: str | None = None, until: float = FOREVER) -> None:
        """Revokes in `denylist` all tokens that `issuer` issued to `subject` (None: any) before the time `before`."""
        self.denylist.cut_off(issuer, before, subject, until)

    def prune(self, now: float) -> int:
        """Drops the entries of expired tokens from `denylist` itself, and returns the number of dropped entries."""
        return self.denylist.prune(now)

    def __len__(self) -> int:
        return len(self.copy)

    def __repr__(self) -> str:
        return f"<denylist copied every {self.seconds:g} s; the copy is {self.age_seconds:g} s old>"
