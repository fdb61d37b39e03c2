"""States of the sample API in which one rule of the code is broken. The attack on that rule then gets in.

A rule is part of the code, so the guard cannot switch it off like a check. Only an arena, which is a separate API for
attacks, uses these states.
"""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import replace
from posixpath import normpath

from sample_api.state import ISSUER, TENANTS, State
from scopekit.errors import KeyRefused
from scopekit.keys import Key, KeySet
from scopekit.lab.world.lagging_denylist import LaggingDenylist
from scopekit.revocation import RevocationQuery
from scopekit.stores.memory import MemoryDenylist
from scopekit.unsafe import GuessableKey

PUBLIC_FILE = ("public/logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><circle r='9'/></svg>")
"""The path and the bytes of a file that everybody can read."""
WORD = b"a-string-secret-at-least-256-bits-long"
"""A secret that is long enough, but in every word list, because a well-known page about tokens shows it."""
COPY_SECONDS = 300


def secret_from_a_list(state: State) -> State:
    """The issuer's secret is a long word from a word list. The kit refuses the word, but no code knows every list."""
    return replace(state, keys=KeySet([GuessableKey(key.kid, WORD, key.alg, key.issuer) for key in state.keys]))


def keys_in_files(state: State) -> State:
    """Breaks the rule that a kid is only a name: the API reads the secret from the file at the path `kid`."""
    return replace(state, keys=KeysInFiles(state.keys))


def keys_in_sql(state: State) -> State:
    """Breaks the rule that a kid is only a name: the API copies the kid unchanged into an SQL statement."""
    return replace(state, keys=KeysInSql(state.keys))


def ids_alone(state: State) -> State:
    """The API's denylist compares only ids, and ignores who issued the token."""
    return replace(state, denylist=IdsAlone())


def copied_denylist(state: State) -> State:
    """The API reads a copy of the denylist, and renews the copy only every five minutes."""
    return replace(state, denylist=LaggingDenylist(MemoryDenylist(state.clock), state.clock, COPY_SECONDS))


class KeysInFiles(KeySet):
    """A key set that reads each secret from a file named by the kid."""

    def get(self, kid: str, issuer: object = None, *, wait: bool = True) -> Key | None:
        """The key in the file `kid`, a path relative to the folder with the keys. None if no usable key is there."""
        files = {f"keys/{key.kid}": key.material for key in self} | dict([PUBLIC_FILE])
        return _key(kid, files.get(normpath(f"keys/{kid}")))


class KeysInSql(KeySet):
    """A key set that finds each secret in an SQL table."""

    def get(self, kid: str, issuer: object = None, *, wait: bool = True) -> Key | None:
        """The key in the first row that the SQL statement returns, even if the kid has changed the statement."""
        import sqlite3

        with closing(sqlite3.connect(":memory:")) as table, suppress(sqlite3.Error):
            table.execute("CREATE TABLE keys (kid, secret)")
            table.executemany("INSERT INTO keys VALUES (?, ?)", [(key.kid, key.material) for key in self])
            row = table.execute(f"SELECT secret FROM keys WHERE kid = '{kid}'").fetchone()  # the mistake
            return _key(kid, row and (row[0] if isinstance(row[0], bytes) else str(row[0]).encode()))
        return None


class IdsAlone(MemoryDenylist):
    """A denylist that ignores which issuer revoked an id."""

    def find(self, asked: RevocationQuery) -> str | None:
        """The reason to refuse a token: some issuer has revoked this id. None if no issuer has revoked the id."""
        reasons = (super(IdsAlone, self).find(asked._replace(issuer=name)) for name in (ISSUER, *TENANTS))
        return next(filter(None, reasons), None)


def _key(kid: str, secret: bytes | None) -> Key | None:
    with suppress(KeyRefused):
        return None if secret is None else Key(kid, secret, issuer=ISSUER)
    return None
