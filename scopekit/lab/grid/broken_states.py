"""States of the API with one broken rule. The attack on that rule then gets in, so the rule is needed.

A rule is not a check of the guard, so the guard cannot switch it off. Only an arena uses these states.
"""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import replace
from posixpath import normpath

from sample_api.state import ISSUER, TENANTS, State
from scopekit.errors import KeyRefused
from scopekit.keys import Key, KeySet
from scopekit.lab.world.lagging_denylist import LaggingDenylist
from scopekit.revocation import MemoryDenylist, RevocationQuery

PUBLIC_FILE = ("public/logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><circle r='9'/></svg>")
"""The path and the bytes of a file that everybody can read."""
WORD = b"a-string-secret-at-least-256-bits-long"
"""A secret that is long enough, but in every word list, because a well-known page about tokens shows it."""
COPY_SECONDS = 300


def secret_from_a_list(state: State) -> State:
    """The issuer's secret comes from a word list. It is long enough, so no code can see that it is not random."""
    return replace(state, keys=KeySet([replace(key, material=WORD) for key in state.keys]))


def keys_in_files(state: State) -> State:
    """Breaks the rule about kids: the API uses the kid as the name of the file that holds the secret."""
    return replace(state, keys=KeysInFiles(state.keys))


def keys_in_sql(state: State) -> State:
    """Breaks the rule about kids: the API copies the kid into an SQL statement unchanged."""
    return replace(state, keys=KeysInSql(state.keys))


def ids_alone(state: State) -> State:
    """The API's denylist compares only ids, and ignores who issued the token."""
    return replace(state, denylist=IdsAlone())


def copied_denylist(state: State) -> State:
    """The API reads a copy of the denylist, and renews the copy only every five minutes."""
    return replace(state, denylist=LaggingDenylist(MemoryDenylist(), state.clock, COPY_SECONDS))


class KeysInFiles(KeySet):
    """A key set that reads each secret from a file named by the kid."""

    def get(self, kid: str) -> Key | None:
        """The key in the file that the kid names, relative to the folder with the keys."""
        files = {f"keys/{key.kid}": key.material for key in self} | dict([PUBLIC_FILE])
        return _key(kid, files.get(normpath(f"keys/{kid}")))


class KeysInSql(KeySet):
    """A key set that finds each secret in an SQL table."""

    def get(self, kid: str) -> Key | None:
        """The key in the first row that the SQL statement returns, even if the kid has changed the statement."""
        import sqlite3

        with closing(sqlite3.connect(":memory:")) as table, suppress(sqlite3.Error):
            table.execute("CREATE TABLE keys (kid, secret)")
            table.executemany("INSERT INTO keys VALUES (?, ?)", [(key.kid, key.material) for key in self])
            row = table.execute(f"SELECT secret FROM keys WHERE kid = '{kid}'").fetchone()  # the mistake
            return _key(kid, row and (row[0] if isinstance(row[0], bytes) else str(row[0]).encode()))
        return None


class IdsAlone(MemoryDenylist):
    """A denylist that ignores the issuer of an id."""

    def find(self, asked: RevocationQuery) -> str | None:
        """Why the token is refused: some issuer has revoked a token with its id. None if no issuer has."""
        reasons = (super(IdsAlone, self).find(asked._replace(issuer=name)) for name in (ISSUER, *TENANTS))
        return next(filter(None, reasons), None)


def _key(kid: str, secret: bytes | None) -> Key | None:
    with suppress(KeyRefused):
        return None if secret is None else Key(kid, secret, issuer=ISSUER)
    return None
