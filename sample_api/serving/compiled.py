"""The compiled server, from the extra `serve`: httptools with a limit on its input, on uvloop's event loop."""

from __future__ import annotations

from asyncio import AbstractEventLoop, Transport
from collections.abc import Callable
from importlib import import_module
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sample_api.serving.connections import HEADER_BYTES, Limited

REQUEST_BYTES = 1024 * 1024
"""More than a body of 64 KiB needs even in chunks of one byte: 384 KiB."""

# Imported by name, because the type checker would require a library that is optional.
new_event_loop: Callable[[], AbstractEventLoop] = import_module("uvloop").new_event_loop


class HeadWithBody:
    """The transport of one answer: its head waits for its body, so that both go out in one system call."""

    __slots__ = ("_head", "_transport")

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._head: bytes | None = None

    def write(self, data: bytes) -> None:
        """Keeps the head, and sends it with what comes next; 100 Continue is not the head of an answer."""
        if self._head is None and not data.startswith(b"HTTP/1.1 100 "):
            self._head = data
        elif self._head:
            self._transport.write(self._head + data)
            self._head = b""
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Sends a head that no body followed, and closes."""
        if self._head:
            self._transport.write(self._head)
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether the connection is closing."""
        return self._transport.is_closing()


class Httptools(Limited, HttpToolsProtocol):
    """HTTP by httptools, with limits: httptools itself would keep a header line of any length."""

    connections: set[Any]
    received = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keeps a header, but drops a trailer after a body in chunks (RFC 9110 section 6.5.1)."""
        if "method" not in self.scope:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begins to answer; the answer to HEAD has no body, so its head does not wait for one."""
        super().on_headers_complete()
        if self.scope["method"] != "HEAD":
            self.cycle.transport = HeadWithBody(self.transport)

    def data_received(self, data: bytes) -> None:
        """Reads on, unless the request gets too large: its headers, or its body with the framing of the chunks."""
        before = self.scope
        super().data_received(data)
        self.received = self.received + len(data) if self.scope is before else 0
        in_body = self.scope is not None and "method" in self.scope
        if self.received > (REQUEST_BYTES if in_body else HEADER_BYTES) and not self.transport.is_closing():
            self.send_400_response("The request is too large.")
