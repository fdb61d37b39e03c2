"""A remote issuer's keys: a KeySet that is fetched over HTTP, as a JWK Set (RFC 7517 section 5).

The guard's owner sets the URL, and nothing in a token can change the URL (RFC 8725 section 3.10). While the source is
down, the last good set stays trusted for some time. After that, no key is trusted, and a guard answers 503. A key that
the source no longer lists is no longer trusted from that fetch on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from scopekit.algorithms import algorithms
from scopekit.arguments import Seconds, checked
from scopekit.clock import Clock, SystemClock
from scopekit.errors import KeyRefused, KeysUnavailable, KeysUnusable, PolicyError
from scopekit.keys import Key, KeySet, Skipped, WouldWait, is_id
from scopekit.log import logger
from scopekit.wording import shortened

if TYPE_CHECKING:
    import ssl

MAX_BODY_BYTES = 64 * 1024
MARGIN_SECONDS = 1
"""A set counts as fresh without waiting only until so long before it is due, so that it still is when it is used."""
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""The members of a JWK that only the key's owner may know (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1)."""


class RemoteKeySet(KeySet):
    """The public keys of one issuer, fetched from its JWK Set when a guard first needs a key.

    A set is fresh for `max_age_seconds`. An unknown `kid` or a failed fetch causes a new fetch, at most once per
    `cooldown_seconds`. If the source is down, the last good set stays trusted for another `grace_seconds`. After that,
    KeysUnavailable is raised. A source is down if it does not answer, or not with status 200 and a JWK Set. A set
    without a key that this kit can use ends the old keys at once, and raises KeysUnusable. `timeout_seconds` limits one
    fetch. A request may have to wait for a fetch. To avoid that, call `refresh` regularly in a separate thread.

    Raises PolicyError unless the URL is `https://`, or `http://` on this machine. All keys belong to `issuer`. `alg` is
    the algorithm, or several, for keys whose JWK names none. Keys that name another owner, or that this kit cannot use,
    are skipped (RFC 7517 section 5); `skipped` and the log say why. A set that holds a secret is refused as a whole.
    """

    @checked(whose="A remote key set's", when="last")
    def __init__(
        self,
        url: str,
        issuer: str,
        *,
        alg: str | Iterable[str] | None = None,
        clock: Clock | None = None,
        max_age_seconds: Seconds = 300,
        cooldown_seconds: Seconds = 30,
        grace_seconds: Seconds = 3600,
        timeout_seconds: Seconds = 2,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        import threading  # some platforms lack threads

        if not is_id(issuer):
            raise PolicyError(f"A remote key set must belong to an issuer; found {shortened(issuer)}.")
        from scopekit.material import name_of
        from scopekit.stores.fetch import trustworthy

        if isinstance(url, str) and name_of(url) == "a discovery address":
            found = "found a discovery address. DiscoveredKeySet takes the issuer's name and finds its keys"
            raise PolicyError(f"A remote key set needs the address of a JWK Set; {found}.")
        if tls is not None and not hasattr(tls, "wrap_socket"):
            raise PolicyError(f"A remote key set's tls must be an ssl.SSLContext; found {type(tls).__name__}.")
        self.url, self.issuer = trustworthy(url), issuer
        self._algs = tuple(each.name for each in algorithms(alg))
        if secret := [each.name for each in algorithms(alg) if each.needs_secret]:
            raise PolicyError(f"A remote key set holds public keys; found alg={secret[0]!r}, which needs a secret.")
        self._clock = SystemClock() if clock is None else clock
        self._max_age, self._cooldown, self._grace = max_age_seconds, cooldown_seconds, grace_seconds
        self._timeout, self._tls = timeout_seconds, tls
        self._fetching = threading.Lock()
        self._last: tuple[KeySet, float] | None = None  # the last good set, and when it was fetched
        self._untrusted = object()  # the version while no set is trusted; another one after each good fetch
        self._tried_at: float | None = None
        self._failure: tuple[str, bool] | None = None  # what is wrong, and whether waiting may help
        self._reading = f"key set at {without_query(url)}"

    @property
    def waits(self) -> bool:  # type: ignore[override]
        """Whether `version`, or finding a known key, may have to wait for a fetch now or within the next second."""
        return self._younger_than(self._max_age - MARGIN_SECONDS) is None and self._is_due(MARGIN_SECONDS)

    @property
    def skipped(self) -> tuple[Skipped, ...]:  # type: ignore[override]
        """The entries of the last good set that this kit has no use for."""
        return self._last[0].skipped if self._last else ()

    @property
    def version(self) -> object:
        """A value that changes when the keys change. Never waits for a set while none is trusted.

        A guard of several issuers asks for it at every request, also for tokens that need no key of this set.
        """
        if (fresh := self._younger_than(self._max_age)) is not None:
            return fresh
        if self._younger_than(self._max_age + self._grace) is not None:
            with suppress(KeysUnavailable):
                return self._current()
        return self._untrusted

    def get(self, kid: str, issuer: object = None, *, wait: bool = True) -> Key | None:
        """The issuer's key with this `kid`, or None. Raises KeysUnavailable if no set is trusted.

        With `wait=False`, raises WouldWait where it would have to fetch.
        """
        key = self._current(wait=wait).get(kid, issuer)
        if key is None:
            self._fetch(patient=wait)
            key = self._current(wait=wait).get(kid, issuer)
        return key

    def of_issuer(self, issuer: object, *, wait: bool = True) -> tuple[Key, ...]:
        """The keys that `issuer` owns, or no keys if `issuer` is None. Raises KeysUnavailable if no set is trusted."""
        return () if issuer is None else self._current(wait=wait).of_issuer(issuer)

    def speaks_for(self, issuer: object) -> bool:
        """Whether keys of this set may belong to `issuer`. Never fetches."""
        return isinstance(issuer, str) and owns(self.issuer, issuer)

    def owned_by(self, issuer: str) -> RemoteKeySet:
        """Returns this set unchanged, because all its keys already have an owner."""
        return self

    def refresh(self) -> None:
        """Fetches the set, even if it is fresh. A source that is down raises KeysUnavailable and keeps the last set.

        An answer without a usable key raises KeysUnusable, and the old keys are no longer trusted.
        """
        self._fetch(anyway=True)
        if self._failure:
            self._fail()

    def __iter__(self) -> Iterator[Key]:
        return iter(self._current())

    def __len__(self) -> int:
        return len(self._last[0]) if self._last else 0

    def __repr__(self) -> str:
        keys = ", ".join(f"{key.kid} ({key.alg})" for key in (self._last[0] if self._last else ()))
        return f"<{type(self).__name__} of {self.issuer!r}: {keys or 'nothing fetched yet'}>"

    def _current(self, *, wait: bool = True) -> KeySet:
        """Returns the trusted set. Fetches the set first if it is not fresh.

        If that fetch fails, returns the last good set until its grace time ends, and then raises KeysUnavailable.
        """
        if (keys := self._younger_than(self._max_age)) is not None:
            return keys
        lasts = self._max_age + self._grace
        self._fetch(wait=self._younger_than(lasts) is None, patient=wait)
        if (keys := self._younger_than(lasts)) is not None:
            return keys
        self._fail()

    def _fail(self) -> NoReturn:
        sentence, waiting_helps = self._failure or (f"The {self._reading} has not been fetched yet.", True)
        if waiting_helps:
            raise KeysUnavailable(sentence)
        raise KeysUnusable(sentence)

    def _younger_than(self, seconds: float) -> KeySet | None:
        last = self._last
        # An age below 0 means that the clock was set back, so the real age is unknown.
        return last[0] if last is not None and 0 <= self._clock.now() - last[1] < seconds else None

    def _is_due(self, margin_seconds: float = 0) -> bool:
        cooldown = self._cooldown - margin_seconds
        return self._tried_at is None or not 0 <= self._clock.now() - self._tried_at < cooldown

    def _fetch(self, *, wait: bool = True, anyway: bool = False, patient: bool = True) -> None:
        """Fetches the set, unless the last try was less than `cooldown_seconds` ago. `anyway` ignores this limit.

        If another thread is already fetching, waits for that thread only if `wait` is True. If not `patient`, raises
        WouldWait instead of fetching.
        """
        if not (anyway or self._is_due()):
            return
        if not patient:
            raise WouldWait
        if not self._fetching.acquire(blocking=wait):
            return
        try:
            if anyway or self._is_due():  # if not, another thread has just fetched the set
                self._renew()
        finally:
            self._fetching.release()

    def _renew(self) -> None:
        """Fetches the set once. A source that is down leaves the last good set; any other answer replaces it."""
        from scopekit.stores.fetch import FetchError, TooLong  # fetch needs sockets, which some platforms lack

        try:
            keys = self._load()
            if self._last is not None and list(keys) == list(self._last[0]):
                self._last[0].skipped, keys = keys.skipped, self._last[0]  # equal keys keep the same version
            self._last, self._failure, self._untrusted = (keys, self._clock.now()), None, object()
        except (FetchError, KeyRefused) as error:
            if not isinstance(error, FetchError | NotAKeySet):
                self._last = None  # the source answers, and lists no key
            sentence = f"The {self._reading} cannot be used: {str(error).rstrip('.')}."
            self._failure = sentence, isinstance(error, FetchError) and not isinstance(error, TooLong)
            logger().warning("%s", sentence)
        finally:
            self._tried_at = self._clock.now()

    def _load(self) -> KeySet:
        """Fetches the set. Raises FetchError, or NotAKeySet, or KeyRefused for a JWK Set without a usable key."""
        return self._keys_at(self.url, self.issuer, self._timeout)

    def _keys_at(self, url: str, issuer: str, timeout_seconds: float, supported: Iterable[object] = ()) -> KeySet:
        from scopekit.stores.fetch import fetch

        resource = fetch(url, max_bytes=MAX_BODY_BYTES, timeout_seconds=timeout_seconds, tls=self._tls)
        return public_keys(resource.body, issuer, alg=self._algs, supported=supported)


class NotAKeySet(KeyRefused):
    """An answer is not a JWK Set, so the source counts as down."""


def without_query(url: str) -> str:
    """An address as a message may show it: the query may hold a secret."""
    return re.split("[?#]", url)[0]


def owns(owner: str, issuer: str) -> bool:
    """Whether `issuer` is this owner, or fits it if it is a template."""
    from scopekit.material import fits_template

    return fits_template(owner, issuer) if "{" in owner else owner == issuer


def public_keys(
    body: bytes, issuer: str, *, alg: str | Iterable[str] | None = None, supported: Iterable[object] = ()
) -> KeySet:
    """The keys of `issuer` in a JWK Set, or in a mapping of ids to PEM. `alg` and `supported` are as in `Key.from_jwk`.

    Raises NotAKeySet if it is no JWK Set, and KeyRefused if no key is usable. The message quotes no key.
    """
    from scopekit.material import entries_in, is_mapping_of_pem

    try:
        jwks: Any = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        jwks = None
    if is_mapping_of_pem(jwks):
        jwks = {"keys": entries_in(jwks)}
    if not isinstance(jwks, dict) or not isinstance(jwks.get("keys"), list):
        named = isinstance(jwks, dict) and "jwks_uri" in jwks
        raise NotAKeySet("it is an issuer's metadata; use DiscoveredKeySet" if named else "it is not a JWK Set")
    entries = [entry for entry in jwks["keys"] if isinstance(entry, dict)]
    if any(entry.get("kty") == "oct" or entry.keys() & PRIVATE_MEMBERS for entry in entries):
        raise KeyRefused("it holds a secret, which only the issuer may know")
    if not jwks["keys"]:
        raise KeyRefused("it holds no key")
    return KeySet.from_jwks(jwks, issuer, alg=alg, supported=supported)
