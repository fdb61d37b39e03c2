"""What the API keeps: its keys, its clients, the denylist and the toy records; in memory, or in a folder."""

from __future__ import annotations

import functools
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from starlette.concurrency import run_in_threadpool

from sample_api.data import Data
from scopekit.clock import Clock, SystemClock
from scopekit.errors import KeyRefused, StateError
from scopekit.issuer import new_id
from scopekit.keys import Key, KeySet, printable
from scopekit.revocation import Denylist, MemoryDenylist
from scopekit.stores.sqlite import SqliteDenylist

T = TypeVar("T")

ISSUER = "https://issuer.example/"
EXPLORER = "explorer"
"""The client that the documentation page mints with."""
REPORTER = "reporter"
"""A client that was registered for a few scopes only."""
GALLERY = "gallery"
"""A client that asks users, and has no secret."""
TENANTS = ("tenant_1", "tenant_2")
"""The tenants, each an issuer under its own name, with a secret of its own."""


class StoredDenylist(Denylist, Protocol):
    """A denylist that outlives the process."""

    def close(self) -> None:
        """Lets go of the store."""


OpenDenylist = Callable[[bool], StoredDenylist]
"""Opens a denylist, made anew where it is told so."""


@dataclass(slots=True)
class State:
    """Everything the API knows; `clients` holds the secret of each client, which is its opaque key as well.

    `keys` are the authorization server's own, `tenants` holds the secret of each tenant.
    """

    keys: KeySet
    clients: dict[str, str] = field(repr=False)
    tenants: KeySet
    denylist: Denylist = field(default_factory=MemoryDenylist)
    clock: Clock = field(default_factory=SystemClock)
    new_id: Callable[[], str] = new_id
    data: Data = field(default_factory=Data)

    async def take_back(self, issuer: str, jti: str, until: float) -> None:
        """Puts a token on the denylist."""
        await self._apart(functools.partial(self.denylist.revoke, issuer, jti, until))

    async def taken_back(self, issuer: str) -> list[str]:
        """The ids of an issuer's tokens that were taken back and could still be valid."""
        listed, now = await self._apart(functools.partial(self.denylist.listed, issuer)), self.clock.now()
        return [jti for jti, until in listed if until > now]

    async def _apart(self, work: Callable[[], T]) -> T:
        """What `work` returns; a store that may keep one waiting is asked in a thread."""
        return work() if isinstance(self.denylist, MemoryDenylist) else await run_in_threadpool(work)

    @classmethod
    def in_memory(cls, *, alg: str | None = None, issuer: str = ISSUER) -> State:
        """A state with new secrets, gone with the process."""
        return cls(_new_keys(alg, issuer), _new_clients(), _new_tenants())

    @classmethod
    def open(
        cls, folder: Path, *, init: bool = False, alg: str | None = None, denylist: OpenDenylist | None = None
    ) -> State:
        """The state in a folder; with `init` it is made there first. StateError where it cannot be used.

        `keys.json` and `tenants.json` are private JWK Sets and `clients.json` holds the clients' secrets, all readable
        by their owner alone. `denylist.sqlite` is the denylist, unless `denylist` opens another, and that is refused
        where there is such a file. A new key is for `alg`, HS256 where that is not given; a key that is there has to be
        for it.
        """
        open_denylist = denylist or functools.partial(_sqlite, folder)
        if init:
            _make(folder, alg, open_denylist)
        if not os.path.isdir(folder):  # which says so too of one that may not be looked at; Path.is_dir would raise
            raise StateError(f"The state is a folder that exists; found none at {folder}. Make one with --init.")
        if denylist and os.path.exists(kept := folder / "denylist.sqlite"):
            told = "another does not know what was taken back"
            raise StateError(f"{kept} stays this state's denylist; {told}. Another folder may have another.")
        keys, tenants = _keys(folder / "keys.json"), _keys(folder / "tenants.json")
        if other := next((key.alg for key in keys if alg not in (None, key.alg)), None):
            told = f"its key is for {other}, and is asked to be for {alg}"
            raise StateError(f"{folder / 'keys.json'} stays as it was made; {told}. Another folder holds another key.")
        return cls(keys, _clients(folder / "clients.json"), tenants, denylist=open_denylist(False))


def _sqlite(folder: Path, create: bool) -> SqliteDenylist:
    return SqliteDenylist(folder / "denylist.sqlite", create=create)


def _new_keys(alg: str | None, issuer: str) -> KeySet:
    # A kid that no other issuer has: one of its keys would not be found, were it named like one of ours.
    return KeySet([Key.generate(f"key-{secrets.token_hex(4)}", alg or "HS256", issuer)])


def _new_clients() -> dict[str, str]:
    return {name: secrets.token_urlsafe(24) for name in (EXPLORER, REPORTER)}


def _new_tenants() -> KeySet:
    return KeySet([Key.generate(f"{name}-key", issuer=name) for name in TENANTS])


def _make(folder: Path, alg: str | None, open_denylist: OpenDenylist) -> None:
    """Makes a state where there is none, its keys last; a state that is there stays as it is.

    A denylist that is missing from one is not made anew: an empty list would revive every revoked token.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "keys.json").exists():
            return
        open_denylist(True).close()
        _write_once(folder / "clients.json", _new_clients())
        _write_once(folder / "tenants.json", _new_tenants().to_jwks(private=True))
        _write_once(folder / "keys.json", _new_keys(alg, ISSUER).to_jwks(private=True))
    except OSError as error:
        raise StateError(f"The state folder {folder} cannot be made: {error.strerror}.") from None


def _write_once(path: Path, content: object) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as file:
        json.dump(content, file, indent=2)


def _keys(path: Path) -> KeySet:
    try:
        keys = KeySet.from_jwks(_read(path))
    except KeyRefused as error:
        raise StateError(f"{path} cannot be used. {error}") from None
    if (first := next(iter(keys))).verify_only:
        raise StateError(f"{path} cannot be used. Its first key signs; {first.kid!r} only verifies.")
    return keys


def _clients(path: Path) -> dict[str, str]:
    try:
        clients: object = json.loads(_read(path))
    except (ValueError, RecursionError):
        clients = None
    if isinstance(clients, dict) and all(printable(text) for pair in clients.items() for text in pair):
        return clients
    raise StateError(f"{path} is an object of client secrets, each of printable ASCII; found something else.")


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise StateError(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}.") from None
