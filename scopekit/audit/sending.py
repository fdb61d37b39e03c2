"""Sends a call and returns an Exchange: the request and the response, without the API's address and the token.

Redirects are not followed, because they could carry the token to another host. `send` uses the package requests.
`Connections` may call a hostile API, and therefore limits the size and the time of each response.
"""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from scopekit.audit.calls import FORM, JSON, Call, Exchange, as_text, is_json, redacted, without_secrets
from scopekit.errors import InputError
from scopekit.stores.fetch import connect, response_to

if TYPE_CHECKING:
    import requests

MAX_BYTES = 16 * 1024
"""How much of a response is read: a guard's sentence is at the beginning."""
MIN_SECRET_CHARACTERS = 16
"""Shorter parts of a token are not redacted in a response."""

_IN_ADDRESS = re.compile(r"(access_token=)[^&#]+")
_NO_LINE = re.compile(r"[\r\n]|[^\x00-\xff]|\A\s")


def send(
    session: requests.Session,
    base_url: str,
    method: str,
    path: str,
    token: object = None,
    body: Any = None,
    *,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Exchange:
    """Makes one call over HTTP. Sends `token` as a Bearer token, and `body` as `media_type`. Follows no redirect.

    Raises InputError if a header is not one line of Latin-1. (The package requests would show the token in an error.)
    """
    import requests

    all_headers = {**(headers or {}), **({} if token is None else {"Authorization": f"Bearer {token}"})}
    for name, value in all_headers.items():
        if match := _NO_LINE.search(value):
            hint = " A token that was read from a file may end in a line break: strip it." if match[0] in "\r\n" else ""
            raise InputError(f"The header {name} must be one line of text; found {match[0]!a} in it.{hint}")
    request = requests.Request(method, base_url + path, headers=all_headers, json=body if media_type == JSON else None)
    if body is not None and media_type != JSON:
        request.headers["Content-Type"], request.data = media_type, encoded(body, media_type)
    prepared = session.prepare_request(request)
    return exchange_of(prepared, path, session.send(prepared, timeout=10, allow_redirects=False))


def exchange_of(request: requests.PreparedRequest, path: str, response: requests.Response) -> Exchange:
    """Makes an Exchange of a request and its response. `path` is the request's address without the API's base URL."""
    response.encoding = response.encoding or "utf-8"  # JSON is UTF-8; requests guesses for application/problem+json
    body = request.body or b""
    text = body if isinstance(body, str) else body.decode()
    is_form = request.headers.get("Content-Type", "").startswith(FORM)
    return Exchange(
        request.method or "", _IN_ADDRESS.sub(r"\1$TOKEN", path), redacted(request.headers),
        without_secrets(text) if is_form else text, response.status_code, response.reason,
        dict(response.headers), response.text,
    )  # fmt: skip


def encoded(body: Any, media_type: str) -> bytes:
    """Encodes a body as a form, as plain text or as JSON. In a form, each item of a list gets its own field."""
    kind = media_type.partition(";")[0].strip().lower()
    if kind == FORM:
        fields = {
            name: list(map(as_text, value)) if isinstance(value, list) else as_text(value)
            for name, value in body.items()
        }
        return urlencode(fields, doseq=True).encode()
    if isinstance(body, str) and not is_json(kind):
        return body.encode()
    return json.dumps(body, allow_nan=False).encode()


class Connections:
    """The connections to one API: one for each thread that makes calls. A call ends within `timeout_seconds`.

    The connections keep no cookies, because a cookie could carry the rights of one token to a call with another token.
    """

    def __init__(self, base_url: str, timeout_seconds: float) -> None:
        import threading  # imported here: a Lab does not need it, and may run on a platform without threads

        self._base_url, self._seconds = base_url, timeout_seconds
        self._own, self._all = threading.local(), list[http.client.HTTPConnection]()

    def exchange(self, call: Call, token: object = None) -> Exchange:
        """Makes a call and raises no error. If no response comes, the status is 0 and the phrase says why.

        Wherever the response quotes the token or a long part of the token, `$TOKEN` replaces the quote.
        """
        secrets = [] if token is None else [str(token), *str(token).split(".")]

        def redact(text: str) -> str:
            for secret in secrets:
                text = text.replace(secret, "$TOKEN") if len(secret) >= MIN_SECRET_CHARACTERS else text
            return text

        own = {"User-Agent": "scopekit", "Accept": "application/json", "Accept-Encoding": "identity"}
        request_headers = {**own, **call.headers}
        request_headers |= {} if token is None else {"Authorization": f"Bearer {token}"}
        try:
            body = None if call.body is None else encoded(call.body, call.media_type)
            request_headers |= {} if body is None else {"Content-Type": call.media_type}
            status, phrase, headers, text = self._response(call, body, request_headers)
        except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
            status, phrase, headers, text, body = 0, f"no answer: {type(error).__name__}", {}, "", None
        return Exchange(
            call.method, call.path, redacted(request_headers), (body or b"").decode(errors="replace"), status,
            redact(phrase), {name: redact(value) for name, value in headers.items()}, redact(text),
        )  # fmt: skip

    def close(self) -> None:
        """Closes the connections."""
        for connection in self._all:
            connection.close()

    def _response(self, call: Call, body: bytes | None, lines: dict[str, str]) -> tuple[int, str, dict[str, str], str]:
        """The response's status, phrase, headers and text. Connects again if the API has closed an open connection."""
        if not hasattr(self._own, "connection"):
            self._own.connection = connect(self._base_url, self._seconds)
            self._all.append(self._own.connection)
        connection, ends = self._own.connection, time.monotonic() + self._seconds
        target = urlsplit(self._base_url).path + call.path
        while True:
            was_open, done = connection.sock is not None, False
            try:
                with response_to(connection, ends, call.method, target, lines, body) as response:
                    text = response.read(MAX_BYTES).decode("utf-8", errors="replace")
                    done = response.status >= 200 and response.isclosed()
                    headers: dict[str, str] = {}
                    for name, value in response.getheaders():
                        headers[name] = f"{headers[name]}, {value}" if name in headers else value
                    return response.status, response.reason, headers, text
            except (http.client.RemoteDisconnected, ConnectionError, http.client.CannotSendRequest):
                if not was_open:
                    raise
            finally:
                if not done:  # unread bytes would be read as the next response
                    connection.close()
