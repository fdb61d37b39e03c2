"""The denylist in a SQLite file, which several processes on one machine can share."""

from __future__ import annotations

import contextlib
import math
import os
from _thread import allocate_lock  # threading is not available everywhere
from collections.abc import Callable
from typing import Any, TypeVar

from scopekit.arguments import Seconds, checked
from scopekit.clock import Clock, SystemClock
from scopekit.errors import StoreMissing, StoreUnavailable
from scopekit.revocation import FOREVER, GRACE_SECONDS, Entries, RevocationQuery
from scopekit.stores.memory import NEVER_PRUNED, PRUNE_EVERY, cut_off_entry, revoked_entry

T = TypeVar("T")
Run = Callable[..., list[Any]]

LOCK_SECONDS = 2
"""How long a write waits for another process that has locked the file."""

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS revoked"
    " (issuer TEXT NOT NULL, jti TEXT NOT NULL, until REAL NOT NULL, PRIMARY KEY (issuer, jti)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS cut_off (issuer TEXT NOT NULL, subject TEXT NOT NULL, before REAL NOT NULL,"
    " until REAL NOT NULL, PRIMARY KEY (issuer, subject)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS history"
    " (id INTEGER PRIMARY KEY CHECK (id = 1), writes INTEGER NOT NULL, pruned_until REAL NOT NULL)",
    f"INSERT OR IGNORE INTO history VALUES (1, 0, {NEVER_PRUNED})",
)
_TABLES = tuple(f"SELECT until FROM {table} LIMIT 1" for table in ("revoked", "cut_off"))
"""Queries that fail if the file is not a denylist. Creating the tables then would hide that the list is lost."""
_FIND = """
SELECT CASE WHEN jti = ? THEN 'itself' ELSE 'its parent' END, 0, 0 FROM revoked WHERE issuer = ? AND jti IN (?, ?)
UNION ALL
SELECT CASE WHEN subject = '' THEN 'its issuer' ELSE 'its subject' END, before, 0 FROM cut_off
 WHERE issuer = ? AND subject IN ('', ?)
UNION ALL
SELECT 'history', pruned_until, writes FROM history
"""
_COUNT = "UPDATE history SET writes = writes + 1 RETURNING pruned_until, writes"
_NO_HISTORY = NEVER_PRUNED, -1
_REVOKE = "INSERT INTO revoked VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING until"
_PROLONG = "UPDATE revoked SET until = max(until, ?) WHERE issuer = ? AND jti = ?"
_CUT_OFF = (
    "INSERT INTO cut_off VALUES (?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET before = max(before, excluded.before), until = max(until, excluded.until)"
)


class SqliteDenylist:
    """A denylist in a SQLite file, which several processes can share. A write is committed before the call returns.

    A missing file raises StoreMissing, because an empty list would revive every revoked token. `create=True` creates
    the file. A file that is empty, corrupt, locked, later removed or replaced by an older copy raises StoreUnavailable.
    If another process has locked the file, a write first waits up to `lock_seconds`. `clock` says which tokens have
    expired, and must be the guard's clock.

    Only the file's owner may read and write the file: it names subjects, and whoever can write to it can revive tokens.
    So wider permissions of an existing file are taken away, and the processes that share a file must run as one user.
    """

    @checked()
    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        create: bool = False,
        lock_seconds: Seconds = LOCK_SECONDS,
        clock: Clock | None = None,
    ) -> None:
        self.path, self._place, self._clock = (
            os.fspath(path),
            os.path.abspath(path),
            SystemClock() if clock is None else clock,
        )
        if not create and not os.path.isfile(path):
            raise StoreMissing(f"The denylist needs an existing file; found none at {self.path}.")
        import sqlite3  # some platforms lack sqlite3

        def connect() -> _Connection:
            options: Any = {"isolation_level": None, "check_same_thread": False, "timeout": lock_seconds}
            return undo.enter_context(contextlib.closing(_Connection(sqlite3.connect(self._place, **options))))

        self._error, self._seen = sqlite3.Error, 0.0
        with contextlib.ExitStack() as undo:
            try:
                _make_private(self._place, create=create)
                self._writes = connect()
                for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"):
                    self._writes.run(statement)
                for statement in _SCHEMA if create else _TABLES:
                    self._writes.run(statement)
                self._reads = connect()  # so that reads do not wait while a write waits for another process's lock
            except (sqlite3.Error, OSError) as error:
                raise StoreUnavailable(f"The denylist {self.path} cannot be opened: {error}.") from None
            undo.pop_all()
        self._file = _file_at(self._place)

    def revoke(self, issuer: str, jti: str, until: float = FOREVER) -> bool:
        """Revokes a token and says whether it was not revoked before. The entry is committed before the call returns.

        Of several processes that revoke the same token at once, exactly one gets True.
        """
        issuer, jti, until = revoked_entry(issuer, jti, until)

        def write(run: Run, pruned_until: float) -> bool:
            if run(_REVOKE, (issuer, jti, until)):
                return until > pruned_until
            run(_PROLONG, (until, issuer, jti))
            return False

        return self._write(write)

    def cut_off(self, issuer: str, before: float, subject: str | None = None, until: float = FOREVER) -> None:
        """Revokes all tokens issued before the time `before`. The cut-off is committed before the call returns."""
        entry = cut_off_entry(issuer, before, subject, until)
        self._write(lambda run, pruned_until: run(_CUT_OFF, entry))

    def find(self, query: RevocationQuery) -> str | None:
        """Says what is revoked, such as `itself` or `its parent`, or returns None. One query uses two primary keys."""
        issuer, jti, parent, subject, _, _, ends = query
        seen = self._seen
        rows = self._answered(self._reads.run, _FIND, (jti, issuer, jti, parent, issuer, subject))
        pruned_until, writes = next((row[1:] for row in rows if row[0] == "history"), _NO_HISTORY)
        self._require_all_writes(writes, seen)
        times = {kind: before for kind, before, _ in rows}
        if "itself" in times or (ends is not None and ends <= pruned_until):
            return "itself"
        if "its parent" in times:
            return "its parent"
        return query.cut_off_by(times.get("its subject", 0), times.get("its issuer", 0))

    def listed(self, issuer: str) -> Entries:
        """The revoked tokens of an issuer, sorted by id. Scans only this issuer's part of the primary key."""
        ids = "SELECT jti, until FROM revoked WHERE issuer = ? ORDER BY jti"
        return tuple(self._answered(self._reads.run, ids, (issuer,)))

    def prune(self, now: float) -> int:
        """Drops the entries of expired tokens and returns how many it dropped."""
        return self._write(lambda run, pruned_until: _prune(run, now))

    def close(self) -> None:
        """Closes the file."""
        self._reads.close()
        self._writes.close()

    def __len__(self) -> int:
        both = "SELECT (SELECT count(*) FROM revoked) + (SELECT count(*) FROM cut_off)"
        return int(self._answered(self._reads.run, both)[0][0])

    def _write(self, work: Callable[[Run, float], T]) -> T:
        """Runs `work` in one transaction, and prunes after each PRUNE_EVERY writes of all processes together."""

        def write(run: Run) -> tuple[T, int]:
            (pruned_until, writes), *_ = *run(_COUNT), _NO_HISTORY
            done = work(run, pruned_until)
            if writes % PRUNE_EVERY == 0:
                _prune(run, self._clock.now())
            return done, writes

        seen = self._seen
        done: tuple[T, int] = self._answered(self._writes.in_transaction, write)
        self._require_all_writes(done[1], seen)
        return done[0]

    def _require_all_writes(self, writes: int, seen: float) -> None:
        """Raises StoreUnavailable if the file holds fewer writes than this process has seen there, now and later."""
        if writes < seen:
            self._seen = math.inf
            raise StoreUnavailable(f"The denylist {self.path} has lost revocations: an older copy is in its place.")
        self._seen = max(self._seen, writes)

    def _answered(self, ask: Callable[..., T], *arguments: Any) -> T:
        if _file_at(self._place) != self._file:  # SQLite would go on writing to the deleted file
            raise StoreUnavailable(f"The denylist {self.path} is gone, or another file is in its place.")
        try:
            return ask(*arguments)
        except self._error as error:
            raise StoreUnavailable(f"The denylist {self.path} does not answer: {error}.") from None


class _Connection:
    """A connection to SQLite that threads use one at a time."""

    def __init__(self, connection: Any) -> None:
        self._connection, self._turn = connection, allocate_lock()

    def run(self, statement: str, values: Any = ()) -> list[Any]:
        """Runs a statement and returns all rows."""
        with self._turn:
            return self._run(statement, values)

    def in_transaction(self, work: Callable[[Run], T]) -> T:
        """Runs `work`, which gets a function that runs statements: all of them are committed, or none."""
        with self._turn:
            self._run("BEGIN IMMEDIATE")
            try:
                done = work(self._run)
                self._run("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # SQLite ends some transactions itself, as on a full disk
                    self._run("ROLLBACK")
                raise
            return done

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def _run(self, statement: str, values: Any = ()) -> list[Any]:
        rows: list[Any] = self._connection.execute(statement, values).fetchall()
        return rows


def _prune(run: Run, now: float) -> int:
    ended = [until for table in ("revoked", "cut_off") for (until,) in run(
        f"DELETE FROM {table} WHERE until < ? RETURNING until", (now - GRACE_SECONDS,)
    )]  # fmt: skip
    run("UPDATE history SET pruned_until = max(pruned_until, ?)", (max(ended, default=NEVER_PRUNED),))
    return len(ended)


def _make_private(place: str, *, create: bool) -> None:
    """Creates the file for its owner alone, and takes others' permissions away from it and from SQLite's files by it.

    An existing file is never opened here: closing it again would release SQLite's own locks on the file.
    """
    if create:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    for name in (place, f"{place}-wal", f"{place}-shm"):
        with contextlib.suppress(FileNotFoundError):
            if os.stat(name).st_mode & 0o077:
                os.chmod(name, 0o600)


def _file_at(place: str) -> tuple[int, int] | None:
    """Identifies the file at a path by its device and inode. None if there is no file."""
    try:
        file = os.stat(place)
    except OSError:
        return None
    return file.st_dev, file.st_ino
