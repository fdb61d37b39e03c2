"""States with one rule broken: what an attack on that rule is made against, to see that the rule is needed.

None of these is a check of the guard, so none can be switched off there. Nothing but an arena has such a state.
"""

from __future__ import annotations

from dataclasses import replace
from posixpath import normpath

from sample_api.state import ISSUER, TENANTS, State
from scopekit.errors import KeyRefused
from scopekit.keys import Key, KeySet
from scopekit.lab.revocations.model import LaggingDenylist
from scopekit.revocation import Asked, MemoryDenylist

PUBLIC_FILE = ("public/logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><circle r='9'/></svg>")
"""A file that everybody can read, and so knows the bytes of."""
WORD = b"a-string-secret-at-least-256-bits-long"
"""Long enough, and in every word list: it was the example of a well-known page about tokens."""
COPY_SECONDS = 300


def secret_from_a_list(state: State) -> State:
    """The issuer's secret is a word of a list. It is long enough, and no code can see that it is not random."""
    return replace(state, keys=KeySet([replace(key, material=WORD) for key in state.keys]))


def keys_in_files(state: State) -> State:
    """The kid is taken for the name of a file with the secret."""
    return replace(state, keys=KeysInFiles(state.keys))


def keys_in_sql(state: State) -> State:
    """The kid is put into a statement as it is."""
    return replace(state, keys=KeysInSql(state.keys))


def ids_alone(state: State) -> State:
    """The denylist knows ids, and not whose."""
    return replace(state, denylist=IdsAlone())


def copied_denylist(state: State) -> State:
    """The API has a copy of the denylist, and renews it every five minutes."""
    return replace(state, denylist=LaggingDenylist(MemoryDenylist(), state.clock, COPY_SECONDS))


class KeysInFiles(KeySet):
    """Secrets in files, of which there are only these few."""

    def get(self, kid: str) -> Key | None:
        """The key in the file of that name, from the folder with the keys."""
        files = {f"keys/{key.kid}": key.material for key in self} | dict([PUBLIC_FILE])
        return _key(kid, files.get(normpath(f"keys/{kid}")))


class KeysInSql(KeySet):
    """Secrets in a table."""

    def get(self, kid: str) -> Key | None:
        """The key in the first row that the statement finds, whatever the kid has made of the statement."""
        import sqlite3

        table = sqlite3.connect(":memory:")
        try:
            table.execute("CREATE TABLE keys (kid, secret)")
            table.executemany("INSERT INTO keys VALUES (?, ?)", [(key.kid, key.material) for key in self])
            found = table.execute(f"SELECT secret FROM keys WHERE kid = '{kid}'").fetchone()  # the mistake
        except sqlite3.Error:
            return None
        finally:
            table.close()
        return _key(kid, found and (found[0] if isinstance(found[0], bytes) else str(found[0]).encode()))


class IdsAlone(MemoryDenylist):
    """A denylist that asks for the id alone."""

    def find(self, asked: Asked) -> str | None:
        """Why the token is refused, if anybody took back a token with its id."""
        told = (super(IdsAlone, self).find(asked._replace(issuer=name)) for name in (ISSUER, *TENANTS))
        return next(filter(None, told), None)


def _key(kid: str, secret: bytes | None) -> Key | None:
    try:
        return None if secret is None else Key(kid, secret, issuer=ISSUER)
    except KeyRefused:
        return None
