"""Asking: calls of an API that nobody vouches for, whose answers are bounded in size and in time.

It is the standard library's http.client, which follows no redirect, keeps no cookie, reads no proxy from the
environment and unpacks nothing: no answer can carry a token, or one token's rights, to where they do not belong.
"""

from __future__ import annotations

import contextlib
import http.client
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from scopekit.remote.fetch import Hurried
from scopekit.survey.calls import Call, Exchange
from scopekit.survey.masking import masked
from scopekit.survey.sending import encoded

MOST_BYTES = 16 * 1024
"""How much of an answer is read: what a guard says is at its beginning."""
_LEAST_SECRET = 16
"""Characters that a part of a token has at least, to be looked for in an answer."""
_AS_IT_IS = "!#$%&'()*+,/:;=?@[]~"


class Asker:
    """One connection to an API, which is opened again when it ends; an exchange is over within `timeout_seconds`."""

    def __init__(self, base_url: str, timeout_seconds: float) -> None:
        self._parts, self._seconds = urlsplit(base_url), timeout_seconds
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, call: Call, token: object = None) -> Exchange:
        """The exchange of a call, and no exception: where no answer came its status is 0, and the phrase says why.

        The token, and each part of it, is masked in the answer too.
        """
        sent = {"User-Agent": "scopekit", "Accept": "application/json", "Accept-Encoding": "identity", **call.headers}
        sent |= {} if token is None else {"Authorization": f"Bearer {token}"}
        try:
            body = None if call.body is None else encoded(call.body, call.media_type)
            sent |= {} if body is None else {"Content-Type": call.media_type}
            status, phrase, headers, text = self._answered(call, body, sent)
        except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
            self.close()
            status, phrase, headers, text, body = 0, f"no answer: {type(error).__name__}", {}, "", None
        hidden = {name: _without(value, token) for name, value in headers.items()}
        written = (body or b"").decode(errors="replace")
        return Exchange(
            call.method,
            call.path,
            masked(sent),
            written,
            status,
            _without(phrase, token),
            hidden,
            _without(text, token),
        )

    def close(self) -> None:
        """Closes the connection."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def _answered(
        self, call: Call, body: bytes | None, sent: Mapping[str, str]
    ) -> tuple[int, str, dict[str, str], str]:
        kept = self._connection is not None
        try:
            return self._once(call, body, sent)
        except (http.client.RemoteDisconnected, ConnectionError, http.client.CannotSendRequest):
            self.close()
            if not kept:
                raise
        return self._once(call, body, sent)  # the other side had ended a connection that was kept

    def _once(self, call: Call, body: bytes | None, sent: Mapping[str, str]) -> tuple[int, str, dict[str, str], str]:
        ends = time.monotonic() + self._seconds
        connection = self._connection = self._connection or self._opened()
        connection.response_class = lambda sock, method=None, **_: Hurried(sock, ends, method)  # type: ignore[assignment]
        connection.request(call.method, quote(self._parts.path + call.path, safe=_AS_IT_IS), body, dict(sent))
        with contextlib.closing(connection.getresponse()) as response:
            text = response.read(MOST_BYTES).decode("utf-8", errors="replace")
            if response.status < 200 or not response.isclosed():  # what is left would be taken for the next answer
                self.close()
            headers: dict[str, str] = {}
            for name, value in response.getheaders():
                headers[name] = f"{headers[name]}, {value}" if name in headers else value
            return response.status, response.reason, headers, text

    def _opened(self) -> http.client.HTTPConnection:
        kind: Any = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
        opened: http.client.HTTPConnection = kind(self._parts.hostname, self._parts.port, timeout=self._seconds)
        return opened


def _without(text: str, token: object) -> str:
    secrets = [] if token is None else [str(token), *str(token).split(".")]
    for secret in secrets:
        text = text.replace(secret, "$TOKEN") if len(secret) >= _LEAST_SECRET else text
    return text
