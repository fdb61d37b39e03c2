"""The compiled server of the extra `serve`. It parses HTTP with httptools, limits the input, and runs on uvloop."""

from __future__ import annotations

from asyncio import AbstractEventLoop, Transport
from collections.abc import Callable
from importlib import import_module
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sample_api.serving.connections import HEADER_BYTES, Limited

REQUEST_BYTES = 1024 * 1024
"""The maximum size of a request. Even in chunks of one byte, a body of 64 KiB takes only 384 KiB."""

# Imported by its name as a string: a plain import would fail the type check if uvloop is not installed.
new_event_loop: Callable[[], AbstractEventLoop] = import_module("uvloop").new_event_loop


class HeadWithBody:
    """A transport that holds back a response's head until its body comes, so that one system call sends both."""

    __slots__ = ("_head", "_transport")

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._head: bytes | None = None

    def write(self, data: bytes) -> None:
        """Keeps the head and sends it together with the body. Sends 100 Continue at once: no body follows it."""
        if self._head is None and not data.startswith(b"HTTP/1.1 100 "):
            self._head = data
        elif self._head:
            self._transport.write(self._head + data)
            self._head = b""
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Closes the connection. If the head still waits for a body, sends the head first."""
        if self._head:
            self._transport.write(self._head)
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether the connection is closing."""
        return self._transport.is_closing()


class Httptools(Limited, HttpToolsProtocol):
    """Parses HTTP with httptools, and limits the input: httptools itself accepts a header line of any length."""

    connections: set[Any]
    received = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keeps a header. Drops a trailer, which is a header after a chunked body (RFC 9110 section 6.5.1)."""
        if "method" not in self.scope:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Starts the response. The head waits for the body, unless the response answers HEAD and has no body."""
        super().on_headers_complete()
        if self.scope["method"] != "HEAD":
            self.cycle.transport = HeadWithBody(self.transport)

    def data_received(self, data: bytes) -> None:
        """Reads more of a request. Refuses it if its headers, or its body with the chunk sizes, are too large."""
        before = self.scope
        super().data_received(data)
        self.received = self.received + len(data) if self.scope is before else 0
        in_body = self.scope is not None and "method" in self.scope
        if self.received > (REQUEST_BYTES if in_body else HEADER_BYTES) and not self.transport.is_closing():
            self.send_400_response("The request is too large.")
