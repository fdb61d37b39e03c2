"""The denylist in Redis: one list for guards on many machines.

A list is one hash, so the server loses either the whole list or nothing. If the server is emptied, or evicts the hash,
then the count of writes in the hash goes too, and the list is missing instead of empty. A sorted set beside the hash
orders the entries by their `until`. In the hash, an entry's name is a JSON array of its kind, its issuer and its id or
subject, so two entries never have the same name.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from scopekit.arguments import Seconds, checked
from scopekit.errors import PolicyError, StoreMissing, StoreUnavailable
from scopekit.revocation import FOREVER, GRACE_SECONDS, Entries, RevocationQuery
from scopekit.stores.memory import NEVER_PRUNED, PRUNE_EVERY, cut_off_entry, revoked_entry
from scopekit.wording import needs_extra

try:
    import redis
    from redis.backoff import NoBackoff
    from redis.exceptions import AuthenticationError, AuthorizationError, BusyLoadingError, MovedError, ResponseError
    from redis.retry import Retry
except ModuleNotFoundError:
    raise ModuleNotFoundError(needs_extra("RedisDenylist", "redis"), name="redis") from None

ANSWERS = (ResponseError, AuthenticationError, AuthorizationError, BusyLoadingError)
"""What the client raises if the server answered, with an error. Anything else means that there was no answer."""
SAFE_SECONDS = 10
"""For how long a server that was found to be safe counts as safe. A failover may turn it into a replica."""
MOST_PRUNED = 2 * PRUNE_EVERY
"""How many entries one script drops at most, so that the server is never busy with it for long."""

# Redis runs each script atomically: no other command comes between its reads and writes.
_CREATE = f"""
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('DEL', KEYS[2])
return redis.call('HSET', KEYS[1], 'writes', 0, 'pruned_until', {NEVER_PRUNED})
"""
_BEGIN = """
local pruned_until = redis.call('HGET', KEYS[1], 'pruned_until')
if not pruned_until then return {-1, 0} end
if redis.call('HLEN', KEYS[1]) ~= redis.call('ZCARD', KEYS[2]) + 2 then return {-2, 0} end
local function prune(now)
  local ended = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('(%.17g', now - @GRACE), 'LIMIT', 0, @MOST)
  if #ended == 0 then return 0 end
  local last = redis.call('ZSCORE', KEYS[2], ended[#ended])
  if tonumber(last) > tonumber(pruned_until) then redis.call('HSET', KEYS[1], 'pruned_until', last) end
  for _, name in ipairs(ended) do
    redis.call('HDEL', KEYS[1], name)
    redis.call('ZREM', KEYS[2], name)
  end
  return #ended
end
local writes = redis.call('HINCRBY', KEYS[1], 'writes', 1)
""".replace("@GRACE", str(GRACE_SECONDS)).replace("@MOST", str(MOST_PRUNED))
_WRITE = f"""{_BEGIN}
local value, kept = redis.call('HGET', KEYS[1], ARGV[1]), redis.call('ZSCORE', KEYS[2], ARGV[1])
local new = not value and tonumber(ARGV[3]) > tonumber(pruned_until)
if not value or tonumber(value) < tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
if not kept or tonumber(kept) < tonumber(ARGV[3]) then redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1]) end
if writes % {PRUNE_EVERY} == 0 then
  local time = redis.call('TIME')
  prune(time[1] + time[2] / 1000000)
end
return {{writes, new and 1 or 0}}
"""
_PRUNE = f"{_BEGIN} return {{writes, prune(tonumber(ARGV[1]))}}"


class RedisDenylist:
    """A denylist in Redis, at a `redis://`, `rediss://` or `unix://` URL. Guards on many machines share one list.

    Create the list once with `create=True`. A server without the list raises StoreMissing, because an empty list would
    revive every revoked token. Every call checks that the list is there, so a list that is lost later also raises
    StoreMissing. A server that does not answer within `timeout_seconds`, that answers with an error, or that has lost
    writes which this object has seen, raises StoreUnavailable.

    A call that writes returns once the server has acknowledged the write. If the server is configured with `appendonly
    yes` and `appendfsync always`, the write is then on disk. With `appendfsync everysec`, the write is on disk up to a
    second later. Redis's own clock says which tokens have expired.

    `maxmemory-policy` must be `noeviction`: with another policy, a server whose memory is full throws the list away. A
    server with another policy, or that does not say which it has, raises PolicyError, unless `require_noeviction` is
    False. So does a replica: all guards must use the primary server, because a replica lags behind. Both are asked for
    again every SAFE_SECONDS, and a server that has become unsafe raises StoreUnavailable.

    All names of a list have one hash tag, so that Redis Cluster keeps them on one node, and `url` must name that node.
    A `prefix` without a hash tag is made one: `tokens:` becomes `{tokens:}`. Each prefix has a list of its own.
    """

    waits = True

    @checked()
    def __init__(
        self,
        url: str,
        *,
        create: bool = False,
        prefix: str = "{scopekit}:",
        timeout_seconds: Seconds = 1,
        require_noeviction: bool = True,
    ) -> None:
        self._prefix, self._seen = _tagged(prefix), 0.0
        self._list, self._ends = f"{self._prefix}denylist", f"{self._prefix}denylist:ends"
        limits: dict[str, Any] = {"socket_timeout": timeout_seconds, "socket_connect_timeout": timeout_seconds}
        try:  # without these options, the client would retry for seconds while a request waits
            self._client: Any = redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **limits)
            pool = self._client.connection_pool
            pool.connection_class(**pool.connection_kwargs)  # fails for an unknown option, without connecting
        except Exception:  # the client raises errors of any kind
            message = "A denylist in Redis needs a URL with redis://, rediss:// or unix://, and valid client options"
            raise PolicyError(f"{message}; found something else.") from None
        self._require_noeviction, self._safe_until = require_noeviction, math.inf
        try:
            self._require_safe_server()
            if create:
                self._run("EVAL", _CREATE, 2, self._list, self._ends)
            self._read()
        except BaseException:
            self.close()
            raise

    def revoke(self, issuer: str, jti: str, until: float = FOREVER) -> bool:
        """Revokes a token and says whether it was not revoked before. Of two `until`, the later one counts.

        Of several machines that revoke the same token at once, exactly one gets True.
        """
        issuer, jti, until = revoked_entry(issuer, jti, until)
        return self._write(_WRITE, _name("revoked", issuer, jti), until, until) == 1

    def cut_off(self, issuer: str, before: float, subject: str | None = None, until: float = FOREVER) -> None:
        """Revokes all tokens issued before the time `before`. Of two cut-offs, the later one counts."""
        issuer, who, before, until = cut_off_entry(issuer, before, subject, until)
        self._write(_WRITE, _name("cut_off", issuer, who), before, until)

    def find(self, query: RevocationQuery) -> str | None:
        """Says what was revoked, or returns None. Sends a single command, which reads four entries of the hash."""
        issuer, jti, parent, subject, _, _, ends = query
        pairs = (("revoked", jti), ("revoked", parent), ("cut_off", subject), ("cut_off", ""))
        pruned_until, *values = self._read(*(_name(kind, issuer, what) for kind, what in pairs))
        if values[0] is not None or (ends is not None and ends <= pruned_until):
            return "itself"
        if values[1] is not None:
            return "its parent"
        return query.cut_off_by(values[2] or 0, values[3] or 0)

    def listed(self, issuer: str) -> Entries:
        """The revoked tokens of an issuer, sorted by id. Scans the whole list."""
        entries: dict[str, float] = {}
        for name, until in self._entries(_name("revoked", issuer, "").removesuffix('""]')):
            try:
                entries[str(json.loads(name)[2])] = _time(until)
            except (ValueError, LookupError):
                raise StoreUnavailable("The denylist in Redis holds an entry whose name has no id.") from None
        return tuple(sorted(entries.items()))

    def prune(self, now: float) -> int:
        """Drops the entries of expired tokens and returns how many it dropped, in steps of at most MOST_PRUNED."""
        total = dropped = self._write(_PRUNE, now)
        while dropped == MOST_PRUNED:
            dropped = self._write(_PRUNE, now)
            total += dropped
        return total

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def __len__(self) -> int:
        """The number of entries."""
        self._read()
        return int(self._run("ZCARD", self._ends))

    def __repr__(self) -> str:
        return f"<RedisDenylist under {self._prefix!r}>"

    def _read(self, *names: str) -> list[Any]:
        """Reads the time up to which entries were dropped, and the entries of these names, or None for each missing."""
        self._require_still_safe_server()
        seen = self._seen
        writes, *values = self._run("HMGET", self._list, "writes", "pruned_until", *names)
        if writes is None or values[0] is None:
            raise _missing()
        self._require_all_writes(_time(writes), seen)
        return [None if value is None else _time(value) for value in values]

    def _write(self, script: str, *arguments: float | str) -> int:
        """Runs a script and returns its result. Times are passed with all their digits."""
        seen = self._seen
        texts = (each if isinstance(each, str) else repr(float(each)) for each in arguments)
        writes, result = self._run("EVAL", script, 2, self._list, self._ends, *texts)
        if writes == -1:
            raise _missing()
        if writes == -2:
            raise StoreUnavailable("The denylist in Redis has lost some of its entries.")
        self._require_all_writes(writes, seen)
        return int(result)

    def _entries(self, beginning: str) -> Iterator[tuple[bytes, bytes]]:
        """Yields the names and values of the entries whose names start with `beginning`. May yield one twice."""
        self._read()
        pattern, cursor = re.sub(r"([\[\]*?^\\])", r"\\\1", beginning) + "*", -1
        while cursor != 0:
            cursor, batch = self._run("HSCAN", self._list, max(cursor, 0), "MATCH", pattern, "COUNT", 1000)
            yield from batch.items()

    def _require_all_writes(self, writes: float, seen: float) -> None:
        """Raises StoreUnavailable if the list holds fewer writes than this object has seen there, now and later."""
        if writes < seen:
            self._seen = math.inf
            message = "The denylist in Redis has lost revocations: an older copy, or a replica, is in its place."
            raise StoreUnavailable(message)
        self._seen = max(self._seen, writes)

    def _require_still_safe_server(self) -> None:
        """Raises StoreUnavailable if the server has become unsafe, for example a replica after a failover."""
        if time.monotonic() < self._safe_until:
            return
        try:
            self._require_safe_server()
        except PolicyError as error:
            raise StoreUnavailable(str(error)) from None

    def _require_safe_server(self) -> None:
        """Raises PolicyError if the server is a replica, or may throw entries away when its memory is full."""
        told: dict[str, Any] = {}
        with suppress(_CommandRefused):
            told = self._run("INFO")
        if told.get("role") == "slave":
            raise PolicyError("A denylist in Redis needs the primary server; found a replica, which lags behind.")
        policy = told.get("maxmemory_policy") if self._require_noeviction else "noeviction"
        if policy is None:
            with suppress(_CommandRefused):
                policy = dict(self._run("CONFIG", "GET", "maxmemory-policy")).get(b"maxmemory-policy", b"").decode()
        if policy != "noeviction":
            found = f"found {policy}, which throws revocations away" if policy else "this server does not name its own"
            raise PolicyError(
                f"A denylist in Redis needs the maxmemory-policy noeviction; {found}. "
                "Set it, or pass require_noeviction=False if no entry can be evicted."
            )
        self._safe_until = time.monotonic() + SAFE_SECONDS

    def _run(self, *command: str | int | bytes) -> Any:
        try:
            return self._client.execute_command(*command, NEVER_DECODE=True)  # bytes, even if the URL asks for text
        except MovedError:
            message = "This node of the Redis Cluster does not hold the denylist; use the URL of the node that does."
            raise StoreUnavailable(message) from None
        except Exception as error:  # only the error's class is shown, because its text may quote the command
            what = "answers with an error" if isinstance(error, ANSWERS) else "does not answer"
            kind = _CommandRefused if isinstance(error, ResponseError) else StoreUnavailable
            raise kind(f"The denylist in Redis {what}: {type(error).__name__}.") from None


class _CommandRefused(StoreUnavailable):
    """The server does not run a command: it lacks the command, forbids it to this user, or found it wrong."""


def _missing() -> StoreMissing:
    return StoreMissing("This Redis holds no denylist; create one with create=True.")


def _tagged(prefix: str) -> str:
    """The prefix with a hash tag, which is the text between the first `{` and the next `}` (Redis Cluster)."""
    for each in (prefix, f"{{{prefix}}}"):
        if re.match(r"[^{]*\{[^}]+\}", each):
            return each
    raise PolicyError(f"A denylist's prefix must have a character before the first '}}'; found {prefix!r}.")


def _name(kind: str, issuer: str, what: str | None) -> str:
    return json.dumps([kind, issuer, what])


def _time(value: bytes) -> float:
    try:
        return float(value)
    except ValueError:
        raise StoreUnavailable("The denylist in Redis holds an entry whose time is not a number.") from None
