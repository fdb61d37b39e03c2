"""The state of the API: keys, clients, denylist and toy records. A folder can keep all but the records."""

from __future__ import annotations

import functools
import json
import os
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from starlette.concurrency import run_in_threadpool

from sample_api.data import Data
from scopekit.clock import Clock, SystemClock
from scopekit.errors import InputError, KeyRefused
from scopekit.issuer import new_id
from scopekit.keys import Key, KeySet
from scopekit.revocation import Denylist
from scopekit.stores.memory import MemoryDenylist
from scopekit.stores.sqlite import SqliteDenylist

T = TypeVar("T")

ISSUER = "https://issuer.example/"
EXPLORER = "explorer"
"""The client that the documentation page uses to mint tokens."""
REPORTER = "reporter"
"""A client that is registered for only a few scopes."""
GALLERY = "gallery"
"""A client that asks users for consent, and has no secret."""
TENANTS = ("tenant_1", "tenant_2")
"""The tenants; each is an issuer with its own name and its own secret."""


class StoredDenylist(Denylist, Protocol):
    """A denylist in a store, where the entries outlive the process."""

    def close(self) -> None:
        """Closes the store."""


OpenDenylist = Callable[[bool], StoredDenylist]
"""Opens a denylist, and creates it first if the argument is true."""


@dataclass(slots=True)
class State:
    """All data of the API. `clients` maps each client to its secret, which is also the client's opaque key.

    `keys` belong to the authorization server, and `tenants` holds each tenant's secret.
    """

    keys: KeySet
    clients: dict[str, str] = field(repr=False)
    tenants: KeySet
    denylist: Denylist = field(default_factory=MemoryDenylist)
    clock: Clock = field(default_factory=SystemClock)
    new_id: Callable[[], str] = new_id
    data: Data = field(default_factory=Data)

    async def revoke(self, issuer: str, jti: str, until: float) -> None:
        """Puts a token on the denylist."""
        await self._in_thread(functools.partial(self.denylist.revoke, issuer, jti, until))

    async def revoked(self, issuer: str) -> list[str]:
        """Returns the ids of an issuer's revoked tokens. Leaves out entries of the denylist that have expired."""
        entries, now = await self._in_thread(functools.partial(self.denylist.listed, issuer)), self.clock.now()
        return [jti for jti, until in entries if until > now]

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Runs `work` and returns the result. Uses a thread if `work` may have to wait for a store."""
        return work() if isinstance(self.denylist, MemoryDenylist) else await run_in_threadpool(work)

    @classmethod
    def in_memory(cls, *, alg: str | None = None, issuer: str = ISSUER) -> State:
        """Makes a state with new keys and secrets. The state is lost when the process ends."""
        # A random kid: if another issuer's key had the same kid, it would never be found.
        keys = KeySet([Key.generate(f"key-{secrets.token_hex(4)}", alg or "HS256", issuer)])
        clients = {name: secrets.token_urlsafe(24) for name in (EXPLORER, REPORTER)}
        return cls(keys, clients, KeySet([Key.generate(f"{name}-key", issuer=name) for name in TENANTS]))

    @classmethod
    def open(
        cls, folder: Path, *, init: bool = False, alg: str | None = None, denylist: OpenDenylist | None = None
    ) -> State:
        """Opens the state in a folder, or raises InputError. With `init`, first creates the state if there is none.

        `keys.json` and `tenants.json` are private JWK Sets, and `clients.json` holds the clients' secrets; only their
        owner may read these files. `denylist.sqlite` is the denylist. If the argument `denylist` is given, it opens
        another denylist, and the folder must have no `denylist.sqlite`. A new key is for `alg` (default: HS256). If
        `alg` is given, an existing key must be for `alg` too.
        """

        def sqlite(create: bool) -> SqliteDenylist:
            return SqliteDenylist(folder / "denylist.sqlite", create=create)

        open_denylist = denylist or sqlite
        if init:
            _make(folder, alg, open_denylist)
        if not os.path.isdir(folder):  # also False if access is denied; Path.is_dir would raise
            raise InputError(f"There is no state folder {folder}. Create one with --init.")
        if denylist and os.path.exists(existing := folder / "denylist.sqlite"):
            raise InputError(
                f"This state folder already has a denylist, {existing}; a new denylist would not know the tokens "
                "revoked there. Use another state folder."
            )
        keys, tenants = _keys(folder / "keys.json"), _keys(folder / "tenants.json")
        if other := next((key.alg for key in keys if alg is not None and not key.takes(alg)), None):
            raise InputError(
                f"The key in {folder / 'keys.json'} is for {other}, not for {alg}. Use another state folder for {alg}."
            )
        return cls(keys, _clients(folder / "clients.json"), tenants, denylist=open_denylist(False))


def _make(folder: Path, alg: str | None, open_denylist: OpenDenylist) -> None:
    """Creates a state in the folder, and writes the keys last. An existing state stays as it is.

    An existing state that has lost its denylist gets no new one: an empty denylist would revive every revoked token.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "keys.json").exists():
            return
        open_denylist(True).close()
        new = State.in_memory(alg=alg)
        tenants, keys = (keys.to_jwks(private=True) for keys in (new.tenants, new.keys))
        for name, content in (("clients.json", new.clients), ("tenants.json", tenants), ("keys.json", keys)):
            with suppress(FileExistsError):
                handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "w") as file:
                    json.dump(content, file, indent=2)
    except OSError as error:
        raise InputError(f"The state folder {folder} cannot be created: {error.strerror}.") from None


def _keys(path: Path) -> KeySet:
    try:
        keys = KeySet.from_jwks(_read(path))
    except KeyRefused as error:
        raise InputError(f"{path} cannot be used. {error}") from None
    if (first := next(iter(keys))).verify_only:
        raise InputError(f"{path} cannot be used. The first key must be able to sign; {first.kid!r} can only verify.")
    return keys


def _clients(path: Path) -> dict[str, str]:
    try:
        clients: object = json.loads(_read(path))
    except (ValueError, RecursionError):
        clients = None
    if isinstance(clients, dict) and all(_is_printable(text) for pair in clients.items() for text in pair):
        return clients
    raise InputError(f"{path} must be a JSON object that maps client names to secrets, all printable ASCII.")


def _is_printable(text: object) -> bool:
    """Whether `text` may be a client's name or secret (RFC 6749 appendix A)."""
    return isinstance(text, str) and re.fullmatch(r"[ -~]{1,255}", text) is not None


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is not text'}.") from None
