"""The API on a socket: bound first, so that a busy port is the caller's error and not a silent thread's."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from sample_api.serving.connections import H11, HEADER_BYTES, PATIENCE_SECONDS, close_stalled
from scopekit.errors import StateError

BACKLOG = 1024
"""Clients that may knock at once: all who are let in, and as many again."""
ACCEPTED_AT_ONCE = 16
"""asyncio takes in so many in one go, before any is counted; it would take the whole backlog, and run out of files."""
TICK_SECONDS = 0.1
"""How often a server looks after its connections, and whether it is to stop."""
TURNS = 8
"""Turns of the event loop in which a connection that was just accepted makes itself known, or ends."""
GRACE_SECONDS = 2
"""How long a server that stops waits for requests that are still arriving."""


def listen(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A socket that listens there, on any free port where `port` is 0; StateError where that cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # Made with its protocol named: without it asyncio leaves Nagle's algorithm on, and every call waits 40 ms.
        listener = socket.socket(family, kind, protocol or socket.IPPROTO_TCP)
    except (OSError, OverflowError, UnicodeError) as error:
        raise StateError(f"{host} is no address of this machine: {getattr(error, 'strerror', error)}.") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        raise StateError(f"Port {port} of {host} cannot be had: {getattr(error, 'strerror', error)}.") from None
    return listener


def url_of(listener: socket.socket) -> str:
    """The address of a listening socket, as a base URL without a slash at its end."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """uvicorn, which also gives up connections that stall, and whose end by a signal is no failure."""

    def __init__(self, config: uvicorn.Config, patience_seconds: float) -> None:
        super().__init__(config)
        self.patience_seconds = patience_seconds
        self._wake: Callable[[], object] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to accept; the event loop made each backlog as short as what it takes in at once."""
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(BACKLOG)

    async def main_loop(self) -> None:
        """Serves until it is to stop, and looks after that ten times a second, or at once when `stop` says so."""
        woken, loop = asyncio.Event(), asyncio.get_running_loop()
        self._wake = functools.partial(loop.call_soon_threadsafe, woken.set)
        counter = 0
        while not await self.on_tick(counter):
            counter += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), TICK_SECONDS)

    def stop(self) -> None:
        """Has it stop; may be called by another thread, which then waits for that of the server."""
        self.should_exit = True
        if self._wake is not None:
            with contextlib.suppress(RuntimeError):  # its loop may have ended by itself
                self._wake()

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: whether to stop."""
        if counter % 5 == 0:
            close_stalled(self._connections, time.monotonic(), self.patience_seconds)
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stops, at once when interrupted twice; the signal is not raised again, so the exit status is 0."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Lets the calls that are under way finish; a request that does not arrive in time is given up."""
        for _ in range(TURNS):
            await asyncio.sleep(0)
        if not self._connections:
            for listening in (*self.servers, *(sockets or ())):
                listening.close()
            return
        asyncio.get_running_loop().call_later(GRACE_SECONDS, self._give_up)
        await super().shutdown(sockets)

    def _give_up(self) -> None:
        for connection in list(self._connections):
            if connection.waited_for():
                connection.transport.abort()

    @property
    def _connections(self) -> Any:
        return self.server_state.connections


def server_of(app: Any, *, fast: bool = False, patience_seconds: float = PATIENCE_SECONDS) -> Server:
    """A server for the application: in Python alone, or, where `fast` and there, on compiled parts.

    A request that takes longer than `patience_seconds` to arrive is given up. uvicorn's own access log is off, for its
    lines hold addresses with their query.
    """
    config = uvicorn.Config(
        _forwarded(app), interface="asgi3", http=_fast()[0] if fast else H11, ws="none", lifespan="off",
        loop="asyncio", log_level="error", access_log=False, proxy_headers=False, server_header=False,
        date_header=False, h11_max_incomplete_event_size=HEADER_BYTES, backlog=ACCEPTED_AT_ONCE,
        timeout_graceful_shutdown=GRACE_SECONDS + 3,
    )  # fmt: skip
    return Server(config, patience_seconds)


def _forwarded(app: ASGIApp) -> ASGIApp:
    """The application, which sees the client and the scheme that a proxy on this machine told of, where one did.

    uvicorn's own middleware reads its client's address for every request, and most come from no proxy.
    """
    behind_proxy: Any = ProxyHeadersMiddleware(app)  # type: ignore[arg-type]  # its own names for the same types

    def pass_on(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        told = any(name.startswith(b"x-forwarded-") for name, _ in scope["headers"])
        answering: Awaitable[None] = (behind_proxy if told else app)(scope, receive, send)
        return answering

    return pass_on


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes the event loop of a fast server, for `asyncio.Runner`."""
    return _fast()[1]


def _fast() -> tuple[type[asyncio.Protocol], Callable[[], asyncio.AbstractEventLoop]]:
    """The compiled parser and loop where they are installed, else those in Python: slower, and the same to talk to."""
    try:
        from sample_api.serving.compiled import Httptools, new_event_loop
    except ImportError:
        return H11, asyncio.new_event_loop
    return Httptools, new_event_loop
