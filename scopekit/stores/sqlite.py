"""The denylist in a SQLite file, which several processes on one machine may share."""

from __future__ import annotations

import contextlib
import os
from _thread import allocate_lock  # threading would do more, and is not everywhere
from typing import Any

from scopekit.errors import StoreMissing, StoreUnavailable
from scopekit.revocation import FOREVER, GRACE_SECONDS, Entries, RevocationQuery, subject_name

LOCK_SECONDS = 2
"""How long a write to a file waits for another process that has locked it."""

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

        def connect() -> _Connection:
            options: Any = {"isolation_level": None, "check_same_thread": False, "timeout": LOCK_SECONDS}
            return undo.enter_context(contextlib.closing(_Connection(sqlite3.connect(self.path, **options))))

        self._error, self._place = sqlite3.Error, os.path.abspath(path)
        tables = _SCHEMA if create else _TABLES
        with contextlib.ExitStack() as undo:
            try:
                self._writes = connect()
                for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", *tables):
                    self._writes.run(statement)
                self._reads = connect()  # which do not wait where a write waits for another process's lock
            except sqlite3.Error as error:
                raise StoreUnavailable(f"The denylist {self.path} cannot be opened: {error}.") from None
            undo.pop_all()
        self._file = _file_at(self._place)

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

    def find(self, query: RevocationQuery) -> str | None:
        """Why the token is refused, or None: one query over two primary keys."""
        issuer, jti, parent, subject, issued_at = query
        rows = self._run(self._reads, _FIND, (jti, issuer, jti, parent, issuer, subject, issued_at))
        return min((row[0] for row in rows), key=_ORDER.index, default=None)

    def listed(self, issuer: str) -> Entries:
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
        file = os.stat(place)
    except OSError:
        return None
    return file.st_dev, file.st_ino
