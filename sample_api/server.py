"""The API on a socket: bound first, so that a busy port is the caller's error and not a silent thread's."""

from __future__ import annotations

import socket
from typing import Any

import uvicorn

from scopekit.errors import StateError

HEADER_BYTES = 64 * 1024


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
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise StateError(f"Port {port} of {host} cannot be had: {getattr(error, 'strerror', error)}.") from None
    return listener


def url_of(listener: socket.socket) -> str:
    """The address of a listening socket, as a base URL without a slash at its end."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def server_of(app: Any) -> uvicorn.Server:
    """A server for the application: h11, which bounds headers; no access log, whose lines would hold addresses."""
    config = uvicorn.Config(
        app, http="h11", ws="none", lifespan="off", loop="asyncio", log_level="warning", access_log=False,
        server_header=False, date_header=False, h11_max_incomplete_event_size=HEADER_BYTES, timeout_graceful_shutdown=2,
    )  # fmt: skip
    return uvicorn.Server(config)
