"""The denylist: what was taken back before it ended.

A revocation is `(iss, jti)` and stands until the token could no longer pass for any other reason. Looked up beside it:
the `jti` of the token that this one was narrowed from, and cut-offs: all tokens of an issuer, or of one subject of it,
issued before a time. A store that fails is no leave: it raises StoreUnavailable, and the guard answers 503.
"""

from __future__ import annotations

import contextlib
import os
from _thread import allocate_lock  # threading would do more, and is not everywhere
from typing import Any, NamedTuple, Protocol

from scopekit.errors import PolicyError, StoreMissing, StoreUnavailable

FOREVER = 2**53
GRACE_SECONDS = 300
"""How long an entry outlives its token's `exp`: no guard's leeway is longer."""
LOCK_SECONDS = 2
"""How long a write to a file waits for another process that has locked it."""


class Asked(NamedTuple):
    """What a guard asks a denylist about one token."""

    issuer: str
    jti: str | None
    parent: str | None = None
    subject: str | None = None
    issued_at: float = 0


Listed = tuple[tuple[str, float], ...]


class Denylist(Protocol):
    """What a denylist must do. Times are in seconds since 1970; a write is kept before the call returns."""

    def revoke(self, issuer: str, jti: str, until: float = FOREVER) -> None:
        """Puts `(issuer, jti)` on the list until `until`, the token's `exp`; to do so twice changes nothing."""

    def cut_off(self, issuer: str, before: float, subject: str | None = None) -> None:
        """Refuses all tokens of `issuer`, or of its `subject`, that were issued before `before`."""

    def find(self, asked: Asked) -> str | None:
        """Why the token is refused: `itself`, `its parent`, `its subject` or `its issuer`; None where it is not."""

    def listed(self, issuer: str) -> Listed:
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

    def find(self, asked: Asked) -> str | None:
        """Why the token is refused, or None: two to four look-ups in a dict."""
        issuer, jti, parent, subject, issued_at = asked
        if (issuer, jti) in self._until:
            return "itself"
        if parent is not None and (issuer, parent) in self._until:
            return "its parent"
        if not self._before:
            return None
        if subject is not None and issued_at < self._before.get((issuer, subject), 0):
            return "its subject"
        return "its issuer" if issued_at < self._before.get((issuer, ""), 0) else None

    def listed(self, issuer: str) -> Listed:
        """The ids on the list, sorted: a walk through all of it."""
        return tuple(sorted((jti, until) for (owner, jti), until in self._until.items() if owner == issuer))

    def prune(self, now: float) -> int:
        """Drops the entries whose tokens have ended, and says how many."""
        ended = [entry for entry, until in self._until.items() if until + GRACE_SECONDS < now]
        for entry in ended:
            del self._until[entry]
        return len(ended)

    def forget(self, issuer: str, jti: str) -> None:
        """Takes an entry off the list again, where it is there: for lessons, which leave the world as it was."""
        self._until.pop((issuer, jti), None)

    def snapshot(self) -> Any:
        """A copy of what is on the list, for `restore`."""
        return dict(self._until), dict(self._before)

    def restore(self, snapshot: Any) -> None:
        """Brings the list back to what `snapshot` copied."""
        self._until, self._before = (dict(part) for part in snapshot)

    def __len__(self) -> int:
        return len(self._until) + len(self._before)


_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS revoked"
    " (issuer TEXT NOT NULL, jti TEXT NOT NULL, until REAL NOT NULL, PRIMARY KEY (issuer, jti)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS cut_off"
    " (issuer TEXT NOT NULL, subject TEXT NOT NULL, before REAL NOT NULL, PRIMARY KEY (issuer, subject)) WITHOUT ROWID",
)
_TABLES = ("SELECT 1 FROM revoked LIMIT 1", "SELECT 1 FROM cut_off LIMIT 1")
"""Fails where a file is empty or another's; to make the tables then would be to forget what was revoked."""
_FIND = """
SELECT CASE WHEN jti = ? THEN 'itself' ELSE 'its parent' END FROM revoked
 WHERE issuer = ? AND jti IN (?, ?)
UNION ALL
SELECT CASE WHEN subject = '' THEN 'its issuer' ELSE 'its subject' END FROM cut_off
 WHERE issuer = ? AND subject IN ('', ?) AND before > ?
"""
_ORDER = ("itself", "its parent", "its subject", "its issuer")


class SqliteDenylist:
    """A denylist in a SQLite file, which several processes may share: committed before a write returns.

    A file that is missing raises StoreMissing, for an empty list would revive every revoked token; `create=True`
    makes one. Empty, locked, corrupt or gone later raises StoreUnavailable.
    """

    def __init__(self, path: str | os.PathLike[str], *, create: bool = False) -> None:
        self.path = os.fspath(path)
        if not create and not os.path.isfile(path):
            raise StoreMissing(f"The denylist is a file that exists; found none at {self.path}.")
        import sqlite3  # not everywhere Python runs has it

        self._error, self._place = sqlite3.Error, os.path.abspath(path)
        tables = _SCHEMA if create else _TABLES
        with contextlib.ExitStack() as undo:
            try:
                self._writes = undo.enter_context(contextlib.closing(self._connect(sqlite3)))
                for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", *tables):
                    self._writes.run(statement)
                self._reads = undo.enter_context(contextlib.closing(self._connect(sqlite3)))
            except sqlite3.Error as error:
                raise StoreUnavailable(f"The denylist {self.path} cannot be opened: {error}.") from None
            undo.pop_all()
        self._file = _file_at(self._place)

    def _connect(self, sqlite3: Any) -> _Connection:
        """A connection to the file.

        A write may wait for another process's lock: reads have a connection of their own, and do not wait with it.
        """
        return _Connection(
            sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=LOCK_SECONDS)
        )

    def revoke(self, issuer: str, jti: str, until: float = FOREVER) -> None:
        """Puts `(issuer, jti)` on the list, committed before this returns."""
        self._run(
            self._writes,
            "INSERT INTO revoked VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET until = max(until, excluded.until)",
            (issuer, jti, until),
        )

    def cut_off(self, issuer: str, before: float, subject: str | None = None) -> None:
        """Refuses what was issued before, committed before this returns."""
        self._run(
            self._writes,
            "INSERT INTO cut_off VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET before = max(before, excluded.before)",
            (issuer, subject_name(subject), before),
        )

    def find(self, asked: Asked) -> str | None:
        """Why the token is refused, or None: one query over two primary keys."""
        issuer, jti, parent, subject, issued_at = asked
        rows = self._run(self._reads, _FIND, (jti, issuer, jti, parent, issuer, subject, issued_at))
        return min((row[0] for row in rows), key=_ORDER.index, default=None)

    def listed(self, issuer: str) -> Listed:
        """The ids on the list, sorted: a walk along the primary key."""
        ids = "SELECT jti, until FROM revoked WHERE issuer = ? ORDER BY jti"
        return tuple(self._run(self._reads, ids, (issuer,)))

    def prune(self, now: float) -> int:
        """Drops the entries whose tokens have ended, and says how many."""
        ended = "DELETE FROM revoked WHERE until < ? RETURNING 1"
        return len(self._run(self._writes, ended, (now - GRACE_SECONDS,)))

    def close(self) -> None:
        """Closes the file."""
        self._reads.close()
        self._writes.close()

    def __len__(self) -> int:
        both = "SELECT (SELECT count(*) FROM revoked) + (SELECT count(*) FROM cut_off)"
        rows = self._run(self._reads, both, ())
        return int(rows[0][0])

    def _run(self, connection: _Connection, statement: str, values: Any) -> list[Any]:
        if _file_at(self._place) != self._file:  # SQLite would go on, in a file that nobody will ever open again
            raise StoreUnavailable(f"The denylist {self.path} is gone, or another file is in its place.")
        try:
            return connection.run(statement, values)
        except self._error as error:
            raise StoreUnavailable(f"The denylist {self.path} does not answer: {error}.") from None


class _Connection:
    """A connection to SQLite that threads share, one after another: together they would meet in one statement."""

    def __init__(self, connection: Any) -> None:
        self._connection, self._turn = connection, allocate_lock()

    def run(self, statement: str, values: Any = ()) -> list[Any]:
        """All rows of a statement."""
        with self._turn:
            rows: list[Any] = self._connection.execute(statement, values).fetchall()
            return rows

    def close(self) -> None:
        """Closes it."""
        self._connection.close()


def _file_at(place: str) -> tuple[int, int] | None:
    """Which file is at a place: its device and number; None where there is none."""
    try:
        found = os.stat(place)
    except OSError:
        return None
    return found.st_dev, found.st_ino
