"""The denylist: tokens that were revoked before they ended.

A revocation is `(iss, jti)` and stands until the token could no longer pass for any other reason. Looked up beside it:
the `jti` of the token that this one was narrowed from, and cut-offs: all tokens of an issuer, or of one subject of it,
issued before a time. A store that fails lets nothing through: it raises StoreUnavailable, and the guard answers 503.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from scopekit.errors import PolicyError

FOREVER = 2**53
GRACE_SECONDS = 300
"""How long an entry outlives its token's `exp`: no guard's leeway is longer."""


class RevocationQuery(NamedTuple):
    """What a guard asks a denylist about one token."""

    issuer: str
    jti: str | None
    parent: str | None = None
    subject: str | None = None
    issued_at: float = 0


Entries = tuple[tuple[str, float], ...]


class Denylist(Protocol):
    """What a denylist must do. Times are in seconds since 1970; a write is kept before the call returns."""

    def revoke(self, issuer: str, jti: str, until: float = FOREVER) -> None:
        """Puts `(issuer, jti)` on the list until `until`, the token's `exp`; a second time changes nothing."""

    def cut_off(self, issuer: str, before: float, subject: str | None = None) -> None:
        """Refuses all tokens of `issuer`, or of its `subject`, that were issued before `before`."""

    def find(self, query: RevocationQuery) -> str | None:
        """Why the token is refused: `itself`, `its parent`, `its subject` or `its issuer`; None where it is not."""

    def listed(self, issuer: str) -> Entries:
        """The ids of an issuer's tokens that are on the list, sorted, each with until when it is kept."""

    def prune(self, now: float) -> int:
        """Drops the entries whose tokens have ended, and says how many."""

    def __len__(self) -> int: ...


def subject_name(subject: str | None) -> str:
    """The subject of a cut-off as it is stored: an empty name stands for all of an issuer's subjects."""
    if subject == "":
        raise PolicyError("A cut-off names a subject, or leaves it out for all of them; found an empty name.")
    return subject or ""


class MemoryDenylist:
    """A denylist in a dict: gone with the process, so for tests, lessons and one process only."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}
        self._before: dict[tuple[str, str], float] = {}

    def revoke(self, issuer: str, jti: str, until: float = FOREVER) -> None:
        """Puts `(issuer, jti)` on the list; the later of two ends counts."""
        self._until[issuer, jti] = max(until, self._until.get((issuer, jti), 0))

    def cut_off(self, issuer: str, before: float, subject: str | None = None) -> None:
        """Refuses what was issued before; the later of two cut-offs counts."""
        who = issuer, subject_name(subject)
        self._before[who] = max(before, self._before.get(who, 0))

    def find(self, query: RevocationQuery) -> str | None:
        """Why the token is refused, or None: two to four look-ups in a dict."""
        issuer, jti, parent, subject, issued_at = query
        if (issuer, jti) in self._until:
            return "itself"
        if parent is not None and (issuer, parent) in self._until:
            return "its parent"
        if not self._before:
            return None
        if subject is not None and issued_at < self._before.get((issuer, subject), 0):
            return "its subject"
        return "its issuer" if issued_at < self._before.get((issuer, ""), 0) else None

    def listed(self, issuer: str) -> Entries:
        """The ids on the list, sorted: a walk through all of it."""
        return tuple(sorted((jti, until) for (owner, jti), until in self._until.items() if owner == issuer))

    def prune(self, now: float) -> int:
        """Drops the entries whose tokens have ended, and says how many."""
        ended = [entry for entry, until in self._until.items() if until + GRACE_SECONDS < now]
        for entry in ended:
            del self._until[entry]
        return len(ended)

    def forget(self, issuer: str, jti: str) -> None:
        """Removes an entry, where it is there: for lessons, which leave the world as it was."""
        self._until.pop((issuer, jti), None)

    def snapshot(self) -> Any:
        """A copy of what is on the list, for `restore`."""
        return dict(self._until), dict(self._before)

    def restore(self, snapshot: Any) -> None:
        """Brings the list back to what `snapshot` copied."""
        self._until, self._before = (dict(part) for part in snapshot)

    def __len__(self) -> int:
        return len(self._until) + len(self._before)
