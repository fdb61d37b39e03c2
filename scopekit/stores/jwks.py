"""The keys of an issuer elsewhere: a JWK Set over HTTP, in place of a KeySet (RFC 7517 section 5).

The address is the guard's own; nothing in a token can change it (RFC 8725 section 3.10). While the source is down the
last good set is believed for some time, and after that nothing is: a guard then answers 503.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scopekit.clock import Clock, SystemClock
from scopekit.errors import KeyRefused, KeysUnavailable, PolicyError, shortened
from scopekit.keys import Key, KeySet, printable

if TYPE_CHECKING:
    import ssl

MAX_BODY_BYTES = 64 * 1024
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""What only the owner of a key may know (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1)."""

_ADDRESS = re.compile(r"[\x21-\x7e]{1,2048}")


class RemoteKeySet(KeySet):
    """The public keys of one issuer, fetched from its JWK Set when a guard asks for one, and not before.

    A set is fresh for `max_age_seconds`. A `kid` that it lacks has it fetched again, at most once per
    `cooldown_seconds`, and so has a source that failed. What was fetched last is believed for `grace_seconds` after it
    was fresh, then KeysUnavailable is raised. `timeout_seconds` bounds what one fetch takes, and the request that
    needs the set waits for it, so a service may call `refresh` from a thread of its own.

    The address is `https://`, or `http://` on this machine's loopback; PolicyError otherwise. Keys speak for `issuer`
    alone: one that names another owner is passed over, as is one that this kit has no use for (RFC 7517 section 5).
    A set with a secret in it is refused whole.
    """

    waits = True

    def __init__(
        self,
        url: str,
        issuer: str,
        *,
        clock: Clock | None = None,
        max_age_seconds: float = 300,
        cooldown_seconds: float = 30,
        grace_seconds: float = 3600,
        timeout_seconds: float = 2,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        import threading  # not everywhere Python runs has threads

        if not printable(issuer):
            raise PolicyError(f"A remote key set belongs to an issuer; found {shortened(issuer)}.")
        self.url, self.issuer = url, issuer
        self._place = _place(url)
        self._clock = clock or SystemClock()
        self._max_age, self._cooldown, self._grace = max_age_seconds, cooldown_seconds, grace_seconds
        self._timeout, self._tls = timeout_seconds, tls
        self._fetching = threading.Lock()
        self._held: tuple[KeySet, float] | None = None  # the last good set, and when it was fetched
        self._asked_at: float | None = None
        self._failure = "it was not asked yet"

    @property
    def version(self) -> object:
        """Another value means other keys; it looks whether they are still to be believed, and raises nothing."""
        try:
            return self._believed()
        except KeysUnavailable:
            return None

    def get(self, kid: str) -> Key | None:
        """The issuer's key of that `kid`; KeysUnavailable where no set is to be believed."""
        key = self._believed().get(kid)
        if key is None and self._may_ask():
            self._ask()
            key = self._believed().get(kid)
        return key

    def of_issuer(self, issuer: object) -> tuple[Key, ...]:
        """The keys that `issuer` owns, none of them None; KeysUnavailable where no set is to be believed."""
        return () if issuer is None else self._believed().of_issuer(issuer)

    def owned_by(self, issuer: str) -> RemoteKeySet:
        """The same set, for all its keys have their owner."""
        return self

    def refresh(self) -> None:
        """Fetches the set now, whatever its age; KeysUnavailable where that fails, and the last good set stays."""
        with self._fetching:
            if not self._fetch():
                raise KeysUnavailable(self._told())

    def __iter__(self) -> Iterator[Key]:
        return iter(self._believed())

    def __len__(self) -> int:
        return len(self._held[0]) if self._held else 0

    def __repr__(self) -> str:
        held = ", ".join(f"{key.kid} ({key.alg})" for key in (self._held[0] if self._held else ()))
        return f"<RemoteKeySet of {self.issuer!r}: {held or 'nothing fetched yet'}>"

    def _believed(self) -> KeySet:
        """The set that counts now: fetched anew where it is no longer fresh, the last good one within the grace."""
        if (keys := self._younger_than(self._max_age)) is not None:
            return keys
        lasts = self._max_age + self._grace
        self._ask(wait=self._younger_than(lasts) is None)
        if (keys := self._younger_than(lasts)) is not None:
            return keys
        raise KeysUnavailable(self._told())

    def _younger_than(self, seconds: float) -> KeySet | None:
        held = self._held
        # An age below 0 is a clock that was set back: how old the set is cannot be told.
        return held[0] if held is not None and 0 <= self._clock.now() - held[1] < seconds else None

    def _may_ask(self) -> bool:
        return self._asked_at is None or not 0 <= self._clock.now() - self._asked_at < self._cooldown

    def _ask(self, *, wait: bool = True) -> None:
        """Fetches, unless that was done a moment ago; one thread does, and the others wait for it where they must."""
        if self._may_ask() and self._fetching.acquire(blocking=wait):
            try:
                if self._may_ask():  # the thread waited for may have fetched
                    self._fetch()
            finally:
                self._fetching.release()

    def _fetch(self) -> bool:
        from scopekit.stores.fetch import get

        try:
            body = get(self.url, most_bytes=MAX_BODY_BYTES, timeout_seconds=self._timeout, tls=self._tls)
            keys = public_keys(body, self.issuer)
        except (KeysUnavailable, KeyRefused) as error:
            self._failure = str(error)
            return False
        else:
            if self._held is not None and list(keys) == list(self._held[0]):
                keys = self._held[0]  # the same keys are the same version
            self._held = keys, self._clock.now()
            return True
        finally:
            self._asked_at = self._clock.now()

    def _told(self) -> str:
        return f"The key set at {self._place} cannot be had: {self._failure}."


def public_keys(body: bytes, issuer: str) -> KeySet:
    """The keys that `issuer` has in the text of a JWK Set; KeyRefused, which holds nothing of the text, otherwise."""
    try:
        entries: Any = json.loads(body.decode("utf-8"))["keys"]
        if any(entry["kty"] == "oct" or entry.keys() & PRIVATE_MEMBERS for entry in entries):
            raise KeyRefused("it holds a secret, which no other may know")
        keys = [key for entry in entries if (key := _usable(entry, issuer))]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise KeyRefused("it is no JWK Set") from None
    if not keys:
        raise KeyRefused("it holds no key that this issuer owns and this kit has a use for")
    if len({key.kid for key in keys}) < len(keys):
        raise KeyRefused("two of its keys have the same kid")
    return KeySet(keys)


def _usable(entry: Any, issuer: str) -> Key | None:
    try:
        return Key.from_jwk(entry, issuer)
    except KeyRefused:
        return None


def _place(url: str) -> str:
    """The address as an error may show it; PolicyError where keys may not come from there."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or not _ADDRESS.fullmatch(url) or "@" in parts.netloc or not _is_safe(parts.scheme, host):
        told = "A remote key set is at https://, or at http:// on this machine, with no user in the address"
        raise PolicyError(f"{told}; found something else.")
    return parts._replace(query="", fragment="").geturl()


def _is_safe(scheme: str, host: str) -> bool:
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    return scheme == "https" or (scheme == "http" and loopback)
