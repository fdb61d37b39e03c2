"""What the API keeps: its keys, its clients, the denylist and the toy records; in memory, or in a folder."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sample_api.data import Data
from scopekit.clock import Clock, SystemClock
from scopekit.errors import KeyRefused, StateError
from scopekit.issuer import new_id
from scopekit.keys import Key, KeySet, printable
from scopekit.revocation import Denylist, MemoryDenylist, SqliteDenylist

ISSUER = "https://issuer.example/"
EXPLORER = "explorer"
"""The client that the documentation page mints with."""
TENANTS = ("tenant_1", "tenant_2")
"""The tenants, each an issuer under its own name, with a secret of its own."""


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

    @classmethod
    def in_memory(cls) -> State:
        """A state with new secrets, gone with the process."""
        return cls(_new_keys(), {EXPLORER: secrets.token_urlsafe(24)}, _new_tenants())

    @classmethod
    def open(cls, folder: Path, *, init: bool = False) -> State:
        """The state in a folder; with `init` it is made there first. StateError where it cannot be used.

        `keys.json` and `tenants.json` are private JWK Sets and `clients.json` holds the clients' secrets, all readable
        by their owner alone; `denylist.sqlite` is the denylist.
        """
        if init:
            _make(folder)
        if not folder.is_dir():
            raise StateError(f"The state is a folder that exists; found none at {folder}. Make one with --init.")
        keys, tenants = _keys(folder / "keys.json"), _keys(folder / "tenants.json")
        clients = _clients(folder / "clients.json")
        return cls(keys, clients, tenants, denylist=SqliteDenylist(folder / "denylist.sqlite"))


def _new_keys() -> KeySet:
    return KeySet([Key.generate("key-1", issuer=ISSUER)])


def _new_tenants() -> KeySet:
    return KeySet([Key.generate(f"{name}-key", issuer=name) for name in TENANTS])


def _make(folder: Path) -> None:
    """Makes a state where there is none, its keys last; a state that is there stays as it is.

    A denylist that is missing from one is not made anew: an empty list would revive every revoked token.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "keys.json").exists():
            return
        SqliteDenylist(folder / "denylist.sqlite", create=True).close()
        _write_once(folder / "clients.json", {EXPLORER: secrets.token_urlsafe(24)})
        _write_once(folder / "tenants.json", _new_tenants().to_jwks(private=True))
        _write_once(folder / "keys.json", _new_keys().to_jwks(private=True))
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
        return KeySet.from_jwks(_read(path))
    except KeyRefused as error:
        raise StateError(f"{path} cannot be used. {error}") from None


def _clients(path: Path) -> dict[str, str]:
    try:
        clients: object = json.loads(_read(path))
    except ValueError:
        clients = None
    if isinstance(clients, dict) and all(printable(text) for pair in clients.items() for text in pair):
        return clients
    raise StateError(f"{path} is an object of client secrets, each of printable ASCII; found something else.")


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise StateError(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}.") from None
