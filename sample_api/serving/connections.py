"""Limits on connections: how many, how much each may send before it is answered, and how long it may take.

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
"""Two hundred clients and three hundred silent ones; with 64 KiB of headers and of body each, they take 64 MiB."""
PATIENCE_SECONDS = 5
"""How long a request's headers may take to arrive; its body may take as long again."""
FILES_OF_OUR_OWN = 56
"""Open files that are not connections: the listening socket, the denylist, the interpreter's."""


class Limited(asyncio.Protocol):
    """A connection; above the limit, a new one closes the one that has kept the server waiting longest."""

    transport: asyncio.Transport
    connections: set[Limited]
    cycle: Any
    flow: FlowControl
    timeout_keep_alive_task: asyncio.TimerHandle | None
    phase: tuple[object, ...] = ()
    since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Makes room for this connection first, or closes it if every other one is at work."""
        self.since = time.monotonic()
        if len(self.connections) >= max_connections():
            idle = [other for other in self.connections if not other.at_work()]
            if not idle:
                if isinstance(transport, asyncio.Transport):
                    transport.abort()
                return
            # Closes the one that has kept the server waiting longest; if there is none, one that rests between calls.
            longest = min(idle, key=lambda other: (not other.waited_for(), other.since))
            self.connections.discard(longest)
            longest.transport.abort()
        super().connection_made(transport)
        self.phase = self.progress()

    def connection_lost(self, exc: Exception | None) -> None:
        """Ignores a connection that had no room, because it was never made."""
        if self.transport is not None:
            super().connection_lost(exc)

    def at_work(self) -> bool:
        """Whether a whole request has arrived, and its answer is being made."""
        if self.cycle is None or self.cycle.response_complete:
            return False
        return not self.cycle.more_body and not self.flow.write_paused

    def waited_for(self) -> bool:
        """Whether the server waits for the client to send the rest of its request, or to read the answer."""
        idle = self.cycle is not None and self.cycle.response_complete and self.timeout_keep_alive_task is not None
        return self.transport.is_closing() or not (idle or self.at_work())

    def progress(self) -> tuple[object, ...]:
        """What changes on progress: another request, a body after its headers, or less of an answer left to read."""
        answered = self.cycle is not None and self.cycle.response_complete
        return self.cycle, answered, self.transport.get_write_buffer_size()


class H11(Limited, H11Protocol):
    """HTTP in pure Python; h11 itself refuses headers that exceed the limit before they end."""

    connections: set[Any]


def close_stalled(connections: Iterable[Limited], now: float, patience_seconds: float) -> None:
    """Closes the connections that keep the server waiting too long; a byte now and then is not progress."""
    for each in list(connections):
        if not each.waited_for():
            each.phase = ()
        elif each.phase != (phase := each.progress()):
            each.phase, each.since = phase, now
        elif now - each.since >= patience_seconds:
            each.transport.abort()


def max_connections() -> int:
    """The most connections: fewer than the files this process may open, or the next one could not be accepted."""
    try:
        import resource  # not on every system
    except ImportError:
        return MAX_CONNECTIONS
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MAX_CONNECTIONS if files < 0 else max(1, min(MAX_CONNECTIONS, files - FILES_OF_OUR_OWN))
