"""One GET whose size and time are bounded, whatever the other side does.

It is the standard library's http.client: nothing more to install, and it follows no redirect, reads no proxy from the
environment, sends no cookie and unpacks no compressed body, so none of that is to be switched off.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

from scopekit.errors import KeysUnavailable


def get(url: str, *, most_bytes: int, timeout_seconds: float, tls: ssl.SSLContext | None = None) -> bytes:
    """The body of a 200 answer; KeysUnavailable, with the reason but no text of the answer, where there is none.

    `timeout_seconds` is for connecting to an address, for TLS's handshake, and for all of the answer together.
    """
    parts = urlsplit(url)
    host, seconds = parts.hostname or "", timeout_seconds
    if parts.scheme == "https":
        context = tls or ssl.create_default_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, parts.port or 443, timeout=seconds, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port or 80, timeout=seconds)
    try:
        return _body(connection, parts._replace(scheme="", netloc="", fragment="").geturl() or "/", most_bytes, seconds)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise KeysUnavailable(f"it cannot be read ({type(error).__name__})") from None
    finally:
        connection.close()


def _body(connection: http.client.HTTPConnection, path: str, most_bytes: int, seconds: float) -> bytes:
    accepted = {"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "identity"}
    connection.request("GET", path, headers={**accepted, "Connection": "close"})
    response = Hurried(connection.sock, time.monotonic() + seconds, "GET")
    try:
        response.begin()
        if response.status != 200:
            raise KeysUnavailable(f"it answers with the status {response.status}")
        body = response.read(most_bytes + 1)  # reads no more than this, whatever length is announced, or none
    finally:
        response.close()
    if len(body) > most_bytes:
        raise KeysUnavailable(f"its answer is longer than {most_bytes} bytes")
    return body


class Hurried(http.client.HTTPResponse):
    """A response that is over at a given time: a time-out of the socket's own starts anew with every byte."""

    def __init__(self, sock: socket.socket, ends: float, method: str | None) -> None:
        super().__init__(sock, method=method)
        self.fp = io.BufferedReader(_HurriedFile(self.fp.detach(), sock, ends))


class _HurriedFile(io.RawIOBase):
    """A socket's file whose every read may take only what is left of the time."""

    def __init__(self, raw: Any, sock: socket.socket, ends: float) -> None:
        self._raw, self._socket, self._ends = raw, sock, ends

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        read: int | None = self._raw.readinto(buffer)
        return read

    def close(self) -> None:
        self._raw.close()
        super().close()
