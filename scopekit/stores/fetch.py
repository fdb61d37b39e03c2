"""Makes an HTTP GET request, with limits on size and time that the server cannot exceed.

The standard library's http.client does the work, so no proxy settings, cookies or compression are used.
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

from scopekit.errors import PolicyError
from scopekit.wording import shortened

if TYPE_CHECKING:
    import socket
    import ssl

REDIRECTS = (301, 302, 303, 307, 308)
_AS_IT_IS = "!#$%&'()*+,/:;=?@[]~"
_URL = re.compile(r"[\x21-\x7e]{1,2048}")


class FetchError(Exception):
    """A fetch failed. The message says why, and quotes neither the response nor a secret part of the URL.

    The message is only a part of a sentence. The caller completes it, and raises a ScopeKitError.
    """


class TooLong(FetchError):
    """The answer is longer than the limit. Waiting does not help."""


class Resource(NamedTuple):
    """A response body, and its URL after all redirects."""

    body: bytes
    url: str


def fetch(
    url: str, *, max_bytes: int, timeout_seconds: float, max_redirects: int = 0, tls: ssl.SSLContext | None = None
) -> Resource:
    """Fetches the resource at a URL. Raises FetchError unless the response has status 200.

    `timeout_seconds` limits the whole fetch, except that connecting may take that long for each address of the host.
    Follows at most `max_redirects` redirects, only to the same scheme, host and port. If the URL contains a user name,
    sends it by HTTP Basic.
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
    import ssl  # some platforms lack it

    context = tls or ssl.create_default_context()
    return http.client.HTTPSConnection(
        parts.hostname or "", parts.port or 443, timeout=timeout_seconds, context=context
    )


def response_to(
    connection: http.client.HTTPConnection, ends: float, method: str, target: str, headers: Mapping[str, str],
    body: bytes | None = None,
) -> BoundedResponse:  # fmt: skip
    """Sends a request and returns its response. Reading the response fails once `time.monotonic()` passes `ends`."""
    connection.response_class = partial(BoundedResponse, ends)  # type: ignore[assignment]
    connection.request(method, quote(target, safe=_AS_IT_IS), body, dict(headers))
    return connection.getresponse()  # type: ignore[return-value]


class BoundedResponse(http.client.HTTPResponse):
    """A response with a deadline. A socket's time-out alone is not enough, because it starts again with every read."""

    def __init__(self, ends: float, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_BoundedFile(self.fp.detach(), sock, ends))

    def whole_body(self, max_bytes: int) -> bytes:
        """The whole body. Raises FetchError if the status is not 200 or the body is longer than `max_bytes`."""
        if self.status != 200:
            raise FetchError(f"the answer has the status {self.status}")
        body = self.read(max_bytes + 1)  # the limit holds even if Content-Length is larger
        if len(body) > max_bytes:
            raise TooLong(f"the answer is longer than {max_bytes} bytes")
        if self.length:  # http.client accepts a body that ends before its Content-Length
            raise http.client.IncompleteRead(b"", self.length)
        return body


class _BoundedFile(io.RawIOBase):
    """Wraps a socket's file, so that no read lasts longer than the deadline."""

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
    """Whether a host is this machine: `localhost` or a loopback address. False for names that may lead elsewhere."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def trustworthy(url: str) -> str:
    """Returns the URL if keys may come from it: https://, or http:// on this machine. If not, raises PolicyError."""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        parts.port  # noqa: B018  urlsplit checks the port only when it is read
    except ValueError:
        parts = urlsplit("")
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    if not (parts.hostname and encrypted and _URL.fullmatch(url)) or "@" in parts.netloc:
        found = "something else" if isinstance(url, str) else type(url).__name__
        message = "Keys must come from https://, or from http:// on this machine, with no user in the address"
        raise PolicyError(f"{message}; found {found}.")
    return url
