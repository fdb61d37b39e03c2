"""Limits on connections: how many there may be, how large a request may be, and how long it may take to arrive.

Without limits an attack costs nothing: the attacker opens three hundred connections and never ends their headers.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_BYTES = 64 * 1024
MAX_CONNECTIONS = 512
"""Enough for 200 clients and 300 silent attackers. With 64 KiB of headers and 64 KiB of body each, 64 MiB in all."""
PATIENCE_SECONDS = 5
"""How long a request's headers may take to arrive. The body may take as long again."""
FILES_OF_OUR_OWN = 56
"""Reserved for open files that are not connections: the listening socket, the denylist, the interpreter's files."""


class Limited(asyncio.Protocol):
    """A connection that counts towards the limit. At the limit, a new connection replaces the longest stalled one."""

    transport: asyncio.Transport
    connections: set[Limited]
    cycle: Any
    flow: FlowControl
    timeout_keep_alive_task: asyncio.TimerHandle | None
    phase: tuple[object, ...] = ()
    since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Registers a connection. At the limit, closes another that is not `at_work` or, if all are, the new one."""
        self.since = time.monotonic()
        if len(self.connections) >= max_connections():
            idle = [other for other in self.connections if not other.at_work()]
            if not idle:
                if isinstance(transport, asyncio.Transport):
                    transport.abort()
                return
            # Closes the one that keeps the server waiting longest or, if there is none, one that is idle between calls.
            longest = min(idle, key=lambda other: (not other.waited_for(), other.since))
            self.connections.discard(longest)
            longest.transport.abort()
        super().connection_made(transport)
        self.phase = self.progress()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection. Does nothing if `connection_made` did not register the connection."""
        if self.transport is not None:
            super().connection_lost(exc)

    def at_work(self) -> bool:
        """Whether a whole request has arrived and the server is answering it."""
        if self.cycle is None or self.cycle.response_complete:
            return False
        return not self.cycle.more_body and not self.flow.write_paused

    def waited_for(self) -> bool:
        """Whether the server waits for the client, which still has to send its request or read the response."""
        idle = self.cycle is not None and self.cycle.response_complete and self.timeout_keep_alive_task is not None
        return self.transport.is_closing() or not (idle or self.at_work())

    def progress(self) -> tuple[object, ...]:
        """Returns a value that changes with any progress: a new request, or a part of the response that is read."""
        answered = self.cycle is not None and self.cycle.response_complete
        return self.cycle, answered, self.transport.get_write_buffer_size()


class H11(Limited, H11Protocol):
    """Parses HTTP in pure Python. The library h11 itself refuses headers that are too long."""

    connections: set[Any]


def close_stalled(connections: Iterable[Limited], now: float, patience_seconds: float) -> None:
    """Closes the connections that keep the server waiting too long, even those that send a byte now and then."""
    for each in list(connections):
        if not each.waited_for():
            each.phase = ()
        elif each.phase != (phase := each.progress()):
            each.phase, each.since = phase, now
        elif now - each.since >= patience_seconds:
            each.transport.abort()


def max_connections() -> int:
    """The maximum number of connections. It is lower than MAX_CONNECTIONS if this process may open only few files."""
    try:
        import resource  # Windows does not have it
    except ImportError:
        return MAX_CONNECTIONS
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MAX_CONNECTIONS if files < 0 else max(1, min(MAX_CONNECTIONS, files - FILES_OF_OUR_OWN))
