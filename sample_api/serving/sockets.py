"""Serves the API on a socket that is bound before the server starts, so a busy port raises an error at once."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import gc
import io
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from sample_api.serving.connections import H11, HEADER_BYTES, PATIENCE_SECONDS, close_stalled
from scopekit.algorithms import algorithm
from scopekit.errors import InputError, KeyRefused, ScopeKitError

BACKLOG = 1024
"""How many connections may wait to be accepted: twice MAX_CONNECTIONS."""
ACCEPTED_AT_ONCE = 16
"""How many connections asyncio accepts before the server can count them. BACKLOG at once could use up all files."""
TICK_SECONDS = 0.1
"""How often a server wakes to check its connections and to see whether it must stop."""
TURNS = 8
"""How many turns of the event loop a new connection needs at most until it is registered or has ended."""
GRACE_SECONDS = 2
"""How long a stopping server waits for requests that are still arriving."""


def listen(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """Opens a listening socket. Port 0 means any free port. Raises InputError if the address cannot be used."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # Names the protocol: without it, asyncio leaves Nagle's algorithm on, which delays every call by 40 ms.
        listener = socket.socket(family, kind, protocol or socket.IPPROTO_TCP)
    except (OSError, OverflowError, UnicodeError) as error:
        raise InputError(f"{host} is not an address of this machine: {getattr(error, 'strerror', error)}.") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        raise InputError(f"Cannot listen on port {port} of {host}: {getattr(error, 'strerror', error)}.") from None
    return listener


def url_of(listener: socket.socket) -> str:
    """The address of a listening socket as a base URL, without a slash at the end."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """A uvicorn server that closes stalled connections, and whose exit status after a signal is 0."""

    def __init__(self, config: uvicorn.Config, patience_seconds: float) -> None:
        super().__init__(config)
        self.patience_seconds = patience_seconds
        self._wake: Callable[[], object] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to accept connections. Restores the backlog of each socket, which the event loop has shortened."""
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(BACKLOG)

    async def main_loop(self) -> None:
        """Serves until the server must stop. Checks this ten times a second, and at once after `stop`."""
        woken, loop = asyncio.Event(), asyncio.get_running_loop()
        self._wake = functools.partial(loop.call_soon_threadsafe, woken.set)
        counter = 0
        while not await self.on_tick(counter):
            counter += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), TICK_SECONDS)

    def stop(self) -> None:
        """Makes the server stop. Another thread may call this, and then wait for the server's thread to end."""
        self.should_exit = True
        if self._wake is not None:
            with contextlib.suppress(RuntimeError):  # the loop may already have ended
                self._wake()

    async def on_tick(self, counter: int) -> bool:
        """Closes stalled connections twice a second. Returns whether the server must stop."""
        if counter % 5 == 0:
            connections: Any = self.server_state.connections
            close_stalled(connections, time.monotonic(), self.patience_seconds)
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stops the server; a second interrupt stops it at once. Consumes the signal, so the exit status is 0."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Lets running calls finish. After GRACE_SECONDS, closes the connections that keep the server waiting."""
        for _ in range(TURNS):
            await asyncio.sleep(0)
        connections: Any = self.server_state.connections
        if not connections:
            for listening in (*self.servers, *(sockets or ())):
                listening.close()
            return

        def give_up() -> None:
            for connection in list(connections):
                if connection.waited_for():
                    connection.transport.abort()

        asyncio.get_running_loop().call_later(GRACE_SECONDS, give_up)
        await super().shutdown(sockets)


def server_of(app: Any, *, fast: bool = False, patience_seconds: float = PATIENCE_SECONDS) -> Server:
    """Makes a server for the application. With `fast`, the server uses compiled parts if they are installed.

    The server drops a request that takes longer than `patience_seconds` to arrive. uvicorn's own access log is off,
    because that log records the query. uvicorn's proxy middleware costs time, so it runs only for forwarded requests.
    """
    behind_proxy: Any = ProxyHeadersMiddleware(app)

    def trusting_proxy(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        forwarded = any(name.startswith(b"x-forwarded-") for name, _ in scope["headers"])
        answering: Awaitable[None] = (behind_proxy if forwarded else app)(scope, receive, send)
        return answering

    config = uvicorn.Config(
        trusting_proxy, interface="asgi3", http=_parts()[0] if fast else H11, ws="none", lifespan="off",
        loop="asyncio", log_level="error", access_log=False, proxy_headers=False, server_header=False,
        date_header=False, h11_max_incomplete_event_size=HEADER_BYTES, backlog=ACCEPTED_AT_ONCE,
        timeout_graceful_shutdown=GRACE_SECONDS + 3,
    )  # fmt: skip
    return Server(config, patience_seconds)


def _parts() -> tuple[type[asyncio.Protocol], Callable[[], asyncio.AbstractEventLoop]]:
    """Returns the compiled parser and event loop or, if they are not installed, slower ones that behave the same."""
    try:
        from sample_api.serving.compiled import Httptools, new_event_loop
    except ImportError:
        return H11, asyncio.new_event_loop
    return Httptools, new_event_loop


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Returns the function with which an `asyncio.Runner` makes the event loop of a fast server."""
    return _parts()[1]


async def serve(listener: socket.socket, app: Any, message: str) -> None:
    """Serves an application on a socket. Prints the address and a message as soon as the application answers."""
    gc.collect()
    gc.freeze()  # the application lives as long as the process, so garbage collections can skip it
    server = server_of(app, fast=True)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not task.done():
        await asyncio.sleep(0.01)
    if server.started:
        if isinstance(sys.stdout, io.TextIOWrapper):  # its encoding may lack letters of a folder's name
            sys.stdout.reconfigure(errors="backslashreplace")
        # A single write, because a reader may close the pipe after the first line.
        print(url_of(listener), message, sep="\n", flush=True)
    await task


def run_server(name: str, serving: Callable[[], Awaitable[None]]) -> int:
    """Runs `serving` until it is stopped. Prints a user's mistake to stderr. Returns 0, or 1 after a mistake."""

    async def until_stopped() -> None:  # a Runner takes only a coroutine
        await serving()

    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(until_stopped())
    except ScopeKitError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def add_address(parser: argparse.ArgumentParser) -> None:
    """Adds the options `--host` and `--port` to a command's parser."""

    def port(text: str) -> int:
        if text.isdecimal() and int(text) < 65536:
            return int(text)
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535; found {text!r}")

    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", default=0, type=port, help="port to listen on; 0 means any free port (default: 0)")


def algorithm_name(text: str) -> str:
    """Reads the value of `--alg`, the name of an algorithm. Refuses an unknown name."""
    try:
        return algorithm(text).name
    except KeyRefused as error:
        raise argparse.ArgumentTypeError(str(error).rstrip(".")) from None
