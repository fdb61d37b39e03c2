"""The limits of a connection: how many there are, how much one sends before it is answered, how long it may take.

A server that only waits costs its attacker nothing: one connection that never ends its headers, three hundred times.
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
"""Two hundred clients and three hundred that say nothing; with 64 KiB of headers and of body each, 64 MiB."""
PATIENCE_SECONDS = 5
"""How long a request may take to arrive: its headers, and again its body."""
FILES_OF_OUR_OWN = 56
"""Open files that are no connections: the listening socket, the denylist, the interpreter's."""


class Limited(asyncio.Protocol):
    """One connection among at most so many: for a new one too many, the one that was waited for longest is closed."""

    transport: asyncio.Transport
    connections: set[Limited]
    cycle: Any
    flow: FlowControl
    timeout_keep_alive_task: asyncio.TimerHandle | None
    phase: tuple[object, ...] = ()
    since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Makes room for this connection first, or closes it where every other one is at work."""
        self.since = time.monotonic()
        if len(self.connections) >= max_connections():
            idle = [other for other in self.connections if not other.at_work()]
            if not idle:
                if isinstance(transport, asyncio.Transport):
                    transport.abort()
                return
            # First goes the one that was waited for longest, and only then one that rests between two calls.
            longest = min(idle, key=lambda other: (not other.waited_for(), other.since))
            self.connections.discard(longest)
            longest.transport.abort()
        super().connection_made(transport)
        self.phase = self.progress()

    def connection_lost(self, exc: Exception | None) -> None:
        """Does nothing for a connection that had no room: it was never made."""
        if self.transport is not None:
            super().connection_lost(exc)

    def at_work(self) -> bool:
        """Whether a whole request has arrived, and its answer is being made."""
        if self.cycle is None or self.cycle.response_complete:
            return False
        return not self.cycle.more_body and not self.flow.write_paused

    def waited_for(self) -> bool:
        """Whether the client has to act: send the rest of its request, or read the answer."""
        idle = self.cycle is not None and self.cycle.response_complete and self.timeout_keep_alive_task is not None
        return self.transport.is_closing() or not (idle or self.at_work())

    def progress(self) -> tuple[object, ...]:
        """What changes when it gets on: another request, a body after its headers, or less of an answer to be read."""
        answered = self.cycle is not None and self.cycle.response_complete
        return self.cycle, answered, self.transport.get_write_buffer_size()


class H11(Limited, H11Protocol):
    """HTTP in Python alone; h11 itself refuses headers that are over their bound and not at their end."""

    connections: set[Any]


def close_stalled(connections: Iterable[Limited], now: float, patience_seconds: float) -> None:
    """Closes the connections that were waited for too long; a byte now and then does not count as progress."""
    for each in list(connections):
        if not each.waited_for():
            each.phase = ()
        elif each.phase != (phase := each.progress()):
            each.phase, each.since = phase, now
        elif now - each.since >= patience_seconds:
            each.transport.abort()


def max_connections() -> int:
    """How many connections there may be: fewer than this process may open files, or the next could not be accepted."""
    try:
        import resource  # not on every system
    except ImportError:
        return MAX_CONNECTIONS
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MAX_CONNECTIONS if files < 0 else max(1, min(MAX_CONNECTIONS, files - FILES_OF_OUR_OWN))
