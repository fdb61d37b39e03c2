"""The keys of an issuer elsewhere: a JWK Set over HTTP, in place of a KeySet (RFC 7517 section 5).

The URL is the guard's own; nothing in a token can change it (RFC 8725 section 3.10). While the source is down the
last good set is believed for some time, and after that nothing is: a guard then answers 503.
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
"""What only the owner of a key may know (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1)."""


class RemoteKeySet(KeySet):
    """The public keys of one issuer, fetched from its JWK Set when a guard asks for one, and not before.

    A set is fresh for `max_age_seconds`. A `kid` that it lacks has it fetched again, at most once per
    `cooldown_seconds`, and so has a source that failed. What was fetched last is believed for `grace_seconds` after it
    was fresh, then KeysUnavailable is raised. `timeout_seconds` bounds what one fetch takes, and the request that
    needs the set waits for it, so a service may call `refresh` from a thread of its own.

    The URL is `https://`, or `http://` on this machine; PolicyError otherwise. Keys speak for `issuer` alone: one that
    names another owner is passed over, as is one that this kit cannot use (RFC 7517 section 5).
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
        """Another value means other keys; None where no set is believed."""
        try:
            return self._current()
        except KeysUnavailable:
            return None

    def get(self, kid: str) -> Key | None:
        """The issuer's key of that `kid`; KeysUnavailable where no set is believed."""
        key = self._current().get(kid)
        if key is None:
            self._fetch()
            key = self._current().get(kid)
        return key

    def of_issuer(self, issuer: object) -> tuple[Key, ...]:
        """The keys that `issuer` owns, none of them None; KeysUnavailable where no set is believed."""
        return () if issuer is None else self._current().of_issuer(issuer)

    def owned_by(self, issuer: str) -> RemoteKeySet:
        """The same set, for all its keys have their owner."""
        return self

    def refresh(self) -> None:
        """Fetches the set now, whatever its age; KeysUnavailable where that fails, and the last good set stays."""
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
        """The set that counts now: fetched again where it is no longer fresh, the last good one within the grace."""
        if (keys := self._younger_than(self._max_age)) is not None:
            return keys
        lasts = self._max_age + self._grace
        self._fetch(wait=self._younger_than(lasts) is None)
        if (keys := self._younger_than(lasts)) is not None:
            return keys
        raise KeysUnavailable(self._failure or "The key set has not been fetched yet.")

    def _younger_than(self, seconds: float) -> KeySet | None:
        last = self._last
        # An age below 0 is a clock that was set back: the set may be of any age.
        return last[0] if last is not None and 0 <= self._clock.now() - last[1] < seconds else None

    def _is_due(self) -> bool:
        return self._tried_at is None or not 0 <= self._clock.now() - self._tried_at < self._cooldown

    def _fetch(self, *, wait: bool = True, anyway: bool = False) -> None:
        """Fetches, unless that was done a moment ago; one thread does, and the others wait for it where they must."""
        from scopekit.stores.fetch import FetchError, fetch  # it needs sockets, which are not everywhere

        if not (anyway or self._is_due()) or not self._fetching.acquire(blocking=wait):
            return
        try:
            if not (anyway or self._is_due()):  # the thread waited for has fetched
                return
            try:
                resource = fetch(self.url, max_bytes=MAX_BODY_BYTES, timeout_seconds=self._timeout, tls=self._tls)
                keys = public_keys(resource.body, self.issuer)
                if self._last is not None and list(keys) == list(self._last[0]):
                    keys = self._last[0]  # the same keys are the same version
                self._last, self._failure = (keys, self._clock.now()), None
            except (FetchError, KeyRefused) as error:
                place = re.split("[?#]", self.url)[0]  # what follows may be secret
                self._failure = f"The key set at {place} cannot be used: {error}."
            finally:
                self._tried_at = self._clock.now()
        finally:
            self._fetching.release()


def public_keys(body: bytes, issuer: str) -> KeySet:
    """The keys that `issuer` has in the text of a JWK Set; KeyRefused, which holds nothing of the text, otherwise."""
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
