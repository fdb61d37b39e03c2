"""The denylist in Redis: one list for guards on many machines.

Each entry is a separate Redis key, so the server drops an entry when it expires. The name of the Redis key holds the
issuer and the token's id as a JSON array, so two tokens never have the same name.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from scopekit.clock import Clock, SystemClock
from scopekit.errors import PolicyError, StoreMissing, StoreUnavailable, needs_extra
from scopekit.revocation import FOREVER, GRACE_SECONDS, Entries, RevocationQuery, subject_name

try:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry
except ModuleNotFoundError:
    raise ModuleNotFoundError(needs_extra("RedisDenylist", "redis"), name="redis") from None

FURTHEST_SECONDS = 1e10
"""An entry that would last longer than this (some 300 years) never expires, because Redis limits expiry times."""

# Redis runs each script atomically: no other command comes between its reads and writes. If the mark is gone, the list
# is lost, and `_KEEP_LATER` adds nothing.
_KEEP_LATER = """
if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
local value = redis.call('GET', KEYS[2])
if value and tonumber(value) >= tonumber(ARGV[1]) then return 0 end
if ARGV[2] == '' then redis.call('SET', KEYS[2], ARGV[1]) else redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2]) end
return 1
"""
_DROP_ENDED = """
local dropped = 0
for _, key in ipairs(KEYS) do
  local value = redis.call('GET', key)
  if value and tonumber(value) < tonumber(ARGV[1]) then dropped = dropped + redis.call('DEL', key) end
end
return dropped
"""


class RedisDenylist:
    """A denylist in Redis, at a `redis://`, `rediss://` or `unix://` URL. Guards on many machines share one list.

    Create the list once with `create=True`. A server without the list raises StoreMissing, because an empty list would
    revive every revoked token. Every call checks a mark that is stored with the entries, so a list that is lost later
    also raises StoreMissing. A server that does not answer within `timeout_seconds` raises StoreUnavailable.

    A call that writes returns once the server has acknowledged the write. If the server is configured with `appendonly
    yes` and `appendfsync always`, the write is then on disk. With `appendfsync everysec`, the write is on disk up to a
    second later. `maxmemory-policy` must be `noeviction`. All guards must use the primary server, because a replica may
    lag. `clock` must be the guard's clock, because the clock determines how long an entry is kept.
    """

    waits = True

    def __init__(
        self,
        url: str,
        *,
        create: bool = False,
        prefix: str = "scopekit:",
        timeout_seconds: float = 1,
        clock: Clock | None = None,
    ) -> None:
        self._clock, self._prefix, self._mark = clock or SystemClock(), prefix, f"{prefix}denylist"
        limits: dict[str, Any] = {"socket_timeout": timeout_seconds, "socket_connect_timeout": timeout_seconds}
        try:  # without these options, the client would retry for seconds while a request waits
            self._client: Any = redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **limits)
            pool = self._client.connection_pool
            pool.connection_class(**pool.connection_kwargs)  # fails for an unknown option, without connecting
        except Exception:  # the client raises errors of any kind
            message = "A denylist in Redis needs a URL with redis://, rediss:// or unix://, and valid client options"
            raise PolicyError(f"{message}; found something else.") from None
        try:
            if create:
                self._run("SET", self._mark, "1", "NX")
            self._require_mark(self._run("GET", self._mark))  # GET fails if the key does not hold a string
        except BaseException:
            self.close()
            raise

    def revoke(self, issuer: str, jti: str, until: float = FOREVER) -> None:
        """Revokes the token `(issuer, jti)`. If the token is already revoked, the later `until` counts."""
        left = min(until, FOREVER) + GRACE_SECONDS - self._clock.now()
        expires = "" if left > FURTHEST_SECONDS else str(max(1, math.ceil(left * 1000)))
        self._keep_later(self._name("revoked", issuer, jti), min(until, FOREVER), expires)

    def cut_off(self, issuer: str, before: float, subject: str | None = None) -> None:
        """Revokes all tokens issued before the time `before`. Of two cut-offs, the later one counts."""
        self._keep_later(self._name("cut_off", issuer, subject_name(subject)), before, "")

    def find(self, asked: RevocationQuery) -> str | None:
        """Says what was revoked, or returns None. Sends a single command: an `MGET` of the mark and four names."""
        pairs = (("revoked", asked.jti), ("revoked", asked.parent), ("cut_off", asked.subject), ("cut_off", ""))
        names = (self._name(kind, asked.issuer, what) for kind, what in pairs)
        mark, itself, parent, subject, everyone = self._run("MGET", self._mark, *names)
        self._require_mark(mark)
        if itself is not None:
            return "itself"
        if parent is not None:
            return "its parent"
        if subject is not None and asked.issued_at < _time(subject):
            return "its subject"
        return "its issuer" if everyone is not None and asked.issued_at < _time(everyone) else None

    def listed(self, issuer: str) -> Entries:
        """The revoked tokens of an issuer, sorted by id. Scans all keys of the server."""
        entries: dict[str, float] = {}
        for names in self._entries(self._name("revoked", issuer, "").removesuffix('""]')):
            for name, until in zip(names, self._run("MGET", *names) if names else (), strict=True):
                if until is None:
                    continue
                try:
                    _, jti = json.loads(name.removeprefix(f"{self._prefix}revoked:".encode()))
                except ValueError:
                    message = "The denylist in Redis holds an entry whose name has no id."
                    raise StoreUnavailable(message) from None
                entries[str(jti)] = _time(until)
        return tuple(sorted(entries.items()))

    def prune(self, now: float) -> int:
        """Drops the entries of expired tokens and returns their number. Usually the server has already dropped them."""
        ended = repr(float(now - GRACE_SECONDS))
        batches = self._entries(f"{self._prefix}revoked:[")
        return sum(int(self._run("EVAL", _DROP_ENDED, len(batch), *batch, ended)) for batch in batches if batch)

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def __len__(self) -> int:
        """The number of entries. Scans all keys of the server."""
        beginnings = f"{self._prefix}revoked:[", f"{self._prefix}cut_off:["
        return len({name for beginning in beginnings for batch in self._entries(beginning) for name in batch})

    def __repr__(self) -> str:
        return f"<RedisDenylist under {self._prefix!r}>"

    def _name(self, kind: str, issuer: str, what: str | None) -> str:
        return f"{self._prefix}{kind}:{json.dumps([issuer, what])}"

    def _keep_later(self, name: str, value: float, expires: str) -> None:
        self._require_mark(self._run("EVAL", _KEEP_LATER, 2, self._mark, name, repr(float(value)), expires) >= 0)

    def _entries(self, beginning: str) -> Iterator[list[bytes]]:
        """Yields the Redis keys whose names start with `beginning`, in batches. Redis may return a key twice."""
        self._require_mark(self._run("EXISTS", self._mark))
        pattern, cursor = re.sub(r"([\[\]*?^\\])", r"\\\1", beginning) + "*", -1
        while cursor != 0:
            cursor, batch = self._run("SCAN", max(cursor, 0), "MATCH", pattern, "COUNT", 1000)
            yield batch

    def _require_mark(self, mark: object) -> None:
        if not mark:
            raise StoreMissing("This Redis holds no denylist; create one with create=True.")

    def _run(self, *command: str | int | bytes) -> Any:
        try:
            return self._client.execute_command(*command, NEVER_DECODE=True)  # bytes, even if the URL asks for text
        except Exception as error:  # only the error's class is shown, because its text may quote the command
            raise StoreUnavailable(f"The denylist in Redis does not answer: {type(error).__name__}.") from None


def _time(value: bytes) -> float:
    try:
        return float(value)
    except ValueError:
        raise StoreUnavailable("The denylist in Redis holds an entry whose time is not a number.") from None
