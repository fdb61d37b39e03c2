"""The denylist: tokens that were revoked before they expired.

An entry `(iss, jti)` revokes a token and the tokens narrowed from it. The entry stays until the token would be refused
as expired anyway. A cut-off revokes all tokens that an issuer issued before some time, to one subject or to all
subjects. If the denylist fails, it raises StoreUnavailable, and the guard answers 503.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from scopekit.errors import PolicyError

FOREVER = 2**53
GRACE_SECONDS = 300
"""How long an entry is kept after its token's `exp`. This covers the leeway of every guard."""


class RevocationQuery(NamedTuple):
    """The facts about one token that a guard passes to a denylist, to learn whether the token is revoked."""

    issuer: str
    jti: str | None
    parent: str | None = None
    subject: str | None = None
    issued_at: float = 0


Entries = tuple[tuple[str, float], ...]


class Denylist(Protocol):
    """The methods of every denylist. Times are in seconds since 1970. A write is stored before the call returns."""

    def revoke(self, issuer: str, jti: str, until: float = FOREVER) -> None:
        """Revokes the token `(issuer, jti)`. `until` is the token's `exp`. Repeating the call changes nothing."""

    def cut_off(self, issuer: str, before: float, subject: str | None = None) -> None:
        """Revokes all tokens that `issuer` issued to `subject` (None: to any subject) before the time `before`."""

    def find(self, query: RevocationQuery) -> str | None:
        """Says what was revoked: the token `itself`, `its parent`, `its subject` or `its issuer`; or returns None."""

    def listed(self, issuer: str) -> Entries:
        """The revoked tokens of an issuer, as pairs of an id and an `until`, sorted by id."""

    def prune(self, now: float) -> int:
        """Drops the entries of expired tokens and returns how many it dropped."""

    def __len__(self) -> int: ...


def subject_name(subject: str | None) -> str:
    """The name under which a denylist stores a cut-off's subject. The empty name stands for all subjects."""
    if subject == "":
        raise PolicyError("A cut-off needs a subject's name, or None for all subjects; found an empty name.")
    return subject or ""


class MemoryDenylist:
    """A denylist in memory, for tests, lessons and APIs of a single process. The list is lost when the process ends."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}
        self._before: dict[tuple[str, str], float] = {}

    def revoke(self, issuer: str, jti: str, until: float = FOREVER) -> None:
        """Revokes the token `(issuer, jti)`. If the token is already revoked, the later `until` counts."""
        self._until[issuer, jti] = max(until, self._until.get((issuer, jti), 0))

    def cut_off(self, issuer: str, before: float, subject: str | None = None) -> None:
        """Revokes all tokens issued before the time `before`. Of two cut-offs, the later one counts."""
        who = issuer, subject_name(subject)
        self._before[who] = max(before, self._before.get(who, 0))

    def find(self, query: RevocationQuery) -> str | None:
        """Says what was revoked, or returns None. Needs at most four look-ups in dicts."""
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
        """The revoked tokens of an issuer, sorted by id. Scans the whole list."""
        return tuple(sorted((jti, until) for (owner, jti), until in self._until.items() if owner == issuer))

    def prune(self, now: float) -> int:
        """Drops the entries of expired tokens and returns how many it dropped."""
        ended = [entry for entry, until in self._until.items() if until + GRACE_SECONDS < now]
        for entry in ended:
            del self._until[entry]
        return len(ended)

    def forget(self, issuer: str, jti: str) -> None:
        """Removes an entry if it exists. A lesson uses this to undo its revocations."""
        self._until.pop((issuer, jti), None)

    def snapshot(self) -> Any:
        """A copy of the list, to pass to `restore`."""
        return dict(self._until), dict(self._before)

    def restore(self, snapshot: Any) -> None:
        """Replaces the list with a copy that `snapshot` returned."""
        self._until, self._before = (dict(part) for part in snapshot)

    def __len__(self) -> int:
        return len(self._until) + len(self._before)
