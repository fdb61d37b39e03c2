"""States with one broken rule: the attack on that rule gets in, which shows that the rule is needed.

Rules are not checks of the guard, so they cannot be switched off. Only an arena uses these states.
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
"""A file that everybody can read: its path and its bytes."""
WORD = b"a-string-secret-at-least-256-bits-long"
"""A secret that is long enough, but in every word list: a well-known page about tokens used it as its example."""
COPY_SECONDS = 300


def secret_from_a_list(state: State) -> State:
    """The issuer's secret comes from a word list: it is long enough, and no code can see that it is not random."""
    return replace(state, keys=KeySet([replace(key, material=WORD) for key in state.keys]))


def keys_in_files(state: State) -> State:
    """The kid is the name of a file that holds the secret."""
    return replace(state, keys=KeysInFiles(state.keys))


def keys_in_sql(state: State) -> State:
    """The kid becomes part of an SQL statement, unchanged."""
    return replace(state, keys=KeysInSql(state.keys))


def ids_alone(state: State) -> State:
    """The denylist compares ids and ignores their issuers."""
    return replace(state, denylist=IdsAlone())


def copied_denylist(state: State) -> State:
    """The API has a copy of the denylist, and renews it every five minutes."""
    return replace(state, denylist=LaggingDenylist(MemoryDenylist(), state.clock, COPY_SECONDS))


class KeysInFiles(KeySet):
    """Secrets in a folder of files."""

    def get(self, kid: str) -> Key | None:
        """The key in the file that the kid names, relative to the folder with the keys."""
        files = {f"keys/{key.kid}": key.material for key in self} | dict([PUBLIC_FILE])
        return _key(kid, files.get(normpath(f"keys/{kid}")))


class KeysInSql(KeySet):
    """Secrets in a table."""

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
    """A denylist that compares only the id."""

    def find(self, asked: RevocationQuery) -> str | None:
        """Why the token is refused, if any issuer revoked its id."""
        reasons = (super(IdsAlone, self).find(asked._replace(issuer=name)) for name in (ISSUER, *TENANTS))
        return next(filter(None, reasons), None)


def _key(kid: str, secret: bytes | None) -> Key | None:
    with suppress(KeyRefused):
        return None if secret is None else Key(kid, secret, issuer=ISSUER)
    return None
