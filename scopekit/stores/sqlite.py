"""The denylist in a SQLite file, which several processes on one machine can share."""

from __future__ import annotations

import contextlib
import os
from _thread import allocate_lock  # threading is not available everywhere
from typing import Any

from scopekit.errors import StoreMissing, StoreUnavailable
from scopekit.revocation import FOREVER, GRACE_SECONDS, Entries, RevocationQuery, subject_name

LOCK_SECONDS = 2
"""How long a write waits for another process that has locked the file."""

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS revoked"
    " (issuer TEXT NOT NULL, jti TEXT NOT NULL, until REAL NOT NULL, PRIMARY KEY (issuer, jti)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS cut_off"
    " (issuer TEXT NOT NULL, subject TEXT NOT NULL, before REAL NOT NULL, PRIMARY KEY (issuer, subject)) WITHOUT ROWID",
)
_TABLES = ("SELECT 1 FROM revoked LIMIT 1", "SELECT 1 FROM cut_off LIMIT 1")
"""Queries that fail if the file is not a denylist. Creating the tables then would hide that the list is lost."""
_FIND = """
SELECT CASE WHEN jti = ? THEN 'itself' ELSE 'its parent' END FROM revoked
 WHERE issuer = ? AND jti IN (?, ?)
UNION ALL
SELECT CASE WHEN subject = '' THEN 'its issuer' ELSE 'its subject' END FROM cut_off
 WHERE issuer = ? AND subject IN ('', ?) AND before > ?
"""
_ORDER = ("itself", "its parent", "its subject", "its issuer")


class SqliteDenylist:
    """A denylist in a SQLite file, which several processes can share. A write is committed before the call returns.

    A missing file raises StoreMissing, because an empty list would revive every revoked token. `create=True` creates
    the file. A file that is empty, corrupt, locked or later removed raises StoreUnavailable. If another process has
    locked the file, a write first waits up to `lock_seconds`.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, create: bool = False, lock_seconds: float = LOCK_SECONDS
    ) -> None:
        self.path = os.fspath(path)
        if not create and not os.path.isfile(path):
            raise StoreMissing(f"The denylist needs an existing file; found none at {self.path}.")
        import sqlite3  # some platforms lack sqlite3

        def connect() -> _Connection:
            options: Any = {"isolation_level": None, "check_same_thread": False, "timeout": lock_seconds}
            return undo.enter_context(contextlib.closing(_Connection(sqlite3.connect(self.path, **options))))

        self._error, self._place = sqlite3.Error, os.path.abspath(path)
        tables = _SCHEMA if create else _TABLES
        with contextlib.ExitStack() as undo:
            try:
                self._writes = connect()
                for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", *tables):
                    self._writes.run(statement)
                self._reads = connect()  # so that reads do not wait while a write waits for another process's lock
            except sqlite3.Error as error:
                raise StoreUnavailable(f"The denylist {self.path} cannot be opened: {error}.") from None
            undo.pop_all()
        self._file = _file_at(self._place)

    def revoke(self, issuer: str, jti: str, until: float = FOREVER) -> None:
        """Revokes the token `(issuer, jti)`. The entry is committed before the call returns."""
        self._run(
            self._writes,
            "INSERT INTO revoked VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET until = max(until, excluded.until)",
            (issuer, jti, until),
        )

    def cut_off(self, issuer: str, before: float, subject: str | None = None) -> None:
        """Revokes all tokens issued before the time `before`. The cut-off is committed before the call returns."""
        self._run(
            self._writes,
            "INSERT INTO cut_off VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET before = max(before, excluded.before)",
            (issuer, subject_name(subject), before),
        )

    def find(self, query: RevocationQuery) -> str | None:
        """Says what is revoked, such as `itself` or `its parent`, or returns None. One query uses two primary keys."""
        issuer, jti, parent, subject, issued_at = query
        rows = self._run(self._reads, _FIND, (jti, issuer, jti, parent, issuer, subject, issued_at))
        return min((row[0] for row in rows), key=_ORDER.index, default=None)

    def listed(self, issuer: str) -> Entries:
        """The revoked tokens of an issuer, sorted by id. Scans only this issuer's part of the primary key."""
        ids = "SELECT jti, until FROM revoked WHERE issuer = ? ORDER BY jti"
        return tuple(self._run(self._reads, ids, (issuer,)))

    def prune(self, now: float) -> int:
        """Drops the entries of expired tokens and returns how many it dropped."""
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
        if _file_at(self._place) != self._file:  # SQLite would go on writing to the deleted file
            raise StoreUnavailable(f"The denylist {self.path} is gone, or another file is in its place.")
        try:
            return connection.run(statement, values)
        except self._error as error:
            raise StoreUnavailable(f"The denylist {self.path} does not answer: {error}.") from None


class _Connection:
    """A connection to SQLite that threads use one at a time."""

    def __init__(self, connection: Any) -> None:
        self._connection, self._turn = connection, allocate_lock()

    def run(self, statement: str, values: Any = ()) -> list[Any]:
        """Runs a statement and returns all rows."""
        with self._turn:
            rows: list[Any] = self._connection.execute(statement, values).fetchall()
            return rows

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


def _file_at(place: str) -> tuple[int, int] | None:
    """Identifies the file at a path by its device and inode. None if there is no file."""
    try:
        file = os.stat(place)
    except OSError:
        return None
    return file.st_dev, file.st_ino
