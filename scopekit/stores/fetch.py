"""One HTTP GET with a limit on size and time, whatever the server does.

It uses the standard library's http.client: it reads no proxy settings, sends no cookies and decompresses nothing.
"""

from __future__ import annotations

import base64
import http.client
import io
import re
import time
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote, urljoin, urlsplit

from scopekit.errors import PolicyError, shortened

if TYPE_CHECKING:
    import socket
    import ssl

REDIRECTS = (301, 302, 303, 307, 308)
_AS_IT_IS = "!#$%&'()*+,/:;=?@[]~"
_URL = re.compile(r"[\x21-\x7e]{1,2048}")


class FetchError(Exception):
    """Why a fetch failed, as a clause that holds no text of the response and no part of a URL that may be secret.

    The caller turns it into a ScopeKitError that says what was to be fetched, so this is not one itself.
    """


class Resource(NamedTuple):
    """A response body, and its URL after all redirects."""

    body: bytes
    url: str


def fetch(
    url: str, *, max_bytes: int, timeout_seconds: float, max_redirects: int = 0, tls: ssl.SSLContext | None = None
) -> Resource:
    """The resource at a URL, if the response has status 200; FetchError otherwise.

    `timeout_seconds` limits the whole fetch, but each address of the host may take as long to connect. It follows at
    most `max_redirects` redirects, only to the same scheme, host and port. A user in the URL is sent as Basic.
    """
    ends = time.monotonic() + timeout_seconds
    headers = {"Accept": "application/json, */*;q=0.9", "Accept-Encoding": "identity", "Connection": "close"}
    try:
        for _ in range(max_redirects + 1):
            parts = urlsplit(url)
            target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
            if parts.username is not None:
                user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
                headers["Authorization"] = f"Basic {base64.b64encode(user.encode()).decode()}"
            with (
                closing(connect(url, timeout_seconds, tls)) as connection,
                response_to(connection, ends, "GET", target, headers) as response,
            ):
                location = response.getheader("Location") if response.status in REDIRECTS and max_redirects else None
                if location is None:
                    return Resource(response.whole_body(max_bytes), url)
            url = urljoin(url, location)
            if urlsplit(url)[:2] != parts[:2]:
                raise FetchError(f"it redirects to another host, {shortened(urlsplit(url).hostname)}")
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise FetchError(f"the request failed ({type(error).__name__})") from None
    raise FetchError(f"it redirects more than {max_redirects} times")


def connect(url: str, timeout_seconds: float, tls: ssl.SSLContext | None = None) -> http.client.HTTPConnection:
    """A connection to the host of a URL. It opens at the first request and verifies the host's certificate."""
    parts = urlsplit(url)
    if parts.scheme != "https":
        return http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=timeout_seconds)
    import ssl  # not everywhere Python runs has it

    context = tls or ssl.create_default_context()
    return http.client.HTTPSConnection(
        parts.hostname or "", parts.port or 443, timeout=timeout_seconds, context=context
    )


def response_to(
    connection: http.client.HTTPConnection, ends: float, method: str, target: str, headers: Mapping[str, str],
    body: bytes | None = None,
) -> BoundedResponse:  # fmt: skip
    """The response to a request; reading it fails after `ends`, a time of time.monotonic."""
    connection.response_class = partial(BoundedResponse, ends)  # type: ignore[assignment]
    connection.request(method, quote(target, safe=_AS_IT_IS), body, dict(headers))
    return connection.getresponse()  # type: ignore[return-value]


class BoundedResponse(http.client.HTTPResponse):
    """A response with a deadline, because a socket's time-out starts again with every byte."""

    def __init__(self, ends: float, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_BoundedFile(self.fp.detach(), sock, ends))

    def whole_body(self, max_bytes: int) -> bytes:
        """The body of a response with status 200; FetchError for another status or a body over `max_bytes`."""
        if self.status != 200:
            raise FetchError(f"the answer has the status {self.status}")
        body = self.read(max_bytes + 1)  # never reads more, whatever Content-Length says
        if len(body) > max_bytes:
            raise FetchError(f"the answer is longer than {max_bytes} bytes")
        if self.length:  # http.client accepts a body that ends before its Content-Length
            raise http.client.IncompleteRead(b"", self.length)
        return body


class _BoundedFile(io.RawIOBase):
    """A socket's file; each read may take only the time left until the deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, ends: float) -> None:
        self._raw, self._socket, self._ends = raw, sock, ends

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine, judged only by its name, because any other name may lead anywhere."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def trustworthy(url: str) -> str:
    """The URL, if keys may be fetched from it: https://, or http:// on this machine; PolicyError otherwise."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  a port that is not a number is a ValueError only here
    except ValueError:
        parts = urlsplit("")
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    if not (parts.hostname and encrypted and _URL.fullmatch(url)) or "@" in parts.netloc:
        message = "Keys must come from https://, or from http:// on this machine, with no user in the address"
        raise PolicyError(f"{message}; found something else.")
    return url
