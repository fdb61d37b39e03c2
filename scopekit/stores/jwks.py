"""A remote issuer's keys: a KeySet that is fetched over HTTP, as a JWK Set (RFC 7517 section 5).

The guard's owner sets the URL, and nothing in a token can change the URL (RFC 8725 section 3.10). If a fetch fails, the
last good set stays trusted for some time. After that, no key is trusted, and a guard answers 503.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scopekit.clock import Clock, SystemClock
from scopekit.errors import KeyRefused, KeysUnavailable, PolicyError, shortened
from scopekit.keys import Key, KeySet, printable

if TYPE_CHECKING:
    import ssl

MAX_BODY_BYTES = 64 * 1024
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""The members of a JWK that only the key's owner may know (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1)."""


class RemoteKeySet(KeySet):
    """The public keys of one issuer, fetched from its JWK Set when a guard first needs a key.

    A set is fresh for `max_age_seconds`. An unknown `kid` or a failed fetch causes a new fetch, at most once per
    `cooldown_seconds`. If no fetch succeeds, the last good set stays trusted for another `grace_seconds`. After that,
    KeysUnavailable is raised. `timeout_seconds` limits one fetch. A request may have to wait for a fetch. To avoid
    that, call `refresh` regularly in a separate thread.

    Raises PolicyError unless the URL is `https://`, or `http://` on this machine. All keys belong to `issuer`. Keys
    that name another owner, or that this kit cannot use, are ignored (RFC 7517 section 5). A set that holds a secret
    is refused as a whole.
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
        import threading  # some platforms lack threads

        if not printable(issuer):
            raise PolicyError(f"A remote key set must belong to an issuer; found {shortened(issuer)}.")
        from scopekit.stores.fetch import trustworthy

        self.url, self.issuer = trustworthy(url), issuer
        self._clock = clock or SystemClock()
        self._max_age, self._cooldown, self._grace = max_age_seconds, cooldown_seconds, grace_seconds
        self._timeout, self._tls = timeout_seconds, tls
        self._fetching = threading.Lock()
        self._last: tuple[KeySet, float] | None = None  # the last good set, and when it was fetched
        self._tried_at: float | None = None
        self._failure: str | None = None

    @property
    def version(self) -> object:
        """A value that changes when the keys change. None if no set is trusted."""
        try:
            return self._current()
        except KeysUnavailable:
            return None

    def get(self, kid: str) -> Key | None:
        """The issuer's key with this `kid`, or None. Raises KeysUnavailable if no set is trusted."""
        key = self._current().get(kid)
        if key is None:
            self._fetch()
            key = self._current().get(kid)
        return key

    def of_issuer(self, issuer: object) -> tuple[Key, ...]:
        """The keys that `issuer` owns, or no keys if `issuer` is None. Raises KeysUnavailable if no set is trusted."""
        return () if issuer is None else self._current().of_issuer(issuer)

    def owned_by(self, issuer: str) -> RemoteKeySet:
        """Returns this set unchanged, because all its keys already have an owner."""
        return self

    def refresh(self) -> None:
        """Fetches the set, even if it is fresh. A failed fetch raises KeysUnavailable and keeps the last good set."""
        self._fetch(anyway=True)
        if self._failure:
            raise KeysUnavailable(self._failure)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._current())

    def __len__(self) -> int:
        return len(self._last[0]) if self._last else 0

    def __repr__(self) -> str:
        keys = ", ".join(f"{key.kid} ({key.alg})" for key in (self._last[0] if self._last else ()))
        return f"<RemoteKeySet of {self.issuer!r}: {keys or 'nothing fetched yet'}>"

    def _current(self) -> KeySet:
        """Returns the trusted set. Fetches the set first if it is not fresh.

        If that fetch fails, returns the last good set until its grace time ends, and then raises KeysUnavailable.
        """
        if (keys := self._younger_than(self._max_age)) is not None:
            return keys
        lasts = self._max_age + self._grace
        self._fetch(wait=self._younger_than(lasts) is None)
        if (keys := self._younger_than(lasts)) is not None:
            return keys
        raise KeysUnavailable(self._failure or "The key set has not been fetched yet.")

    def _younger_than(self, seconds: float) -> KeySet | None:
        last = self._last
        # An age below 0 means that the clock was set back, so the real age is unknown.
        return last[0] if last is not None and 0 <= self._clock.now() - last[1] < seconds else None

    def _is_due(self) -> bool:
        return self._tried_at is None or not 0 <= self._clock.now() - self._tried_at < self._cooldown

    def _fetch(self, *, wait: bool = True, anyway: bool = False) -> None:
        """Fetches the set, unless the last try was less than `cooldown_seconds` ago. `anyway` ignores this limit.

        If another thread is already fetching, waits for that thread only if `wait` is True.
        """
        from scopekit.stores.fetch import FetchError, fetch  # fetch needs sockets, which some platforms lack

        if not (anyway or self._is_due()) or not self._fetching.acquire(blocking=wait):
            return
        try:
            if not (anyway or self._is_due()):  # another thread has just fetched the set
                return
            try:
                resource = fetch(self.url, max_bytes=MAX_BODY_BYTES, timeout_seconds=self._timeout, tls=self._tls)
                keys = public_keys(resource.body, self.issuer)
                if self._last is not None and list(keys) == list(self._last[0]):
                    keys = self._last[0]  # equal keys keep the same version
                self._last, self._failure = (keys, self._clock.now()), None
            except (FetchError, KeyRefused) as error:
                place = re.split("[?#]", self.url)[0]  # the query may hold a secret
                self._failure = f"The key set at {place} cannot be used: {error}."
            finally:
                self._tried_at = self._clock.now()
        finally:
            self._fetching.release()


def public_keys(body: bytes, issuer: str) -> KeySet:
    """The keys of `issuer` in a JWK Set. Raises KeyRefused if the set is unusable. The message never quotes the set."""
    keys = []
    try:
        entries: Any = json.loads(body.decode("utf-8"))["keys"]
        if any(entry["kty"] == "oct" or entry.keys() & PRIVATE_MEMBERS for entry in entries):
            raise KeyRefused("it holds a secret, which only the issuer may know")
        for entry in entries:
            with contextlib.suppress(KeyRefused):
                keys.append(Key.from_jwk(entry, issuer))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise KeyRefused("it is not a JWK Set") from None
    if not keys:
        raise KeyRefused("it holds no key of this issuer that this kit can use")
    if len({key.kid for key in keys}) < len(keys):
        raise KeyRefused("two of its keys have the same kid")
    return KeySet(keys)
