"""Sending: a call becomes a request, and the answer an Exchange, in which neither address nor token is to be read.

No redirect is followed: it could carry the token to another host.

Asking: calls of an API that nobody vouches for, whose answers are bounded in size and in time.

It is the standard library's http.client, which follows no redirect, keeps no cookie, reads no proxy from the
environment and unpacks nothing: no answer can carry a token, or one token's rights, to where they do not belong.
"""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from scopekit.audit.calls import FORM, JSON, Call, Exchange, is_json, masked, without_secrets
from scopekit.errors import InputError
from scopekit.stores.fetch import connect, response_to

if TYPE_CHECKING:
    import requests


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
    """One exchange over HTTP: `token` is sent as a Bearer token, `body` in its media type; follows no redirect.

    InputError for what no header can hold.
    """
    request = _request(session, base_url + path, method, token, body, media_type, headers or {})
    response = session.send(request, timeout=10, allow_redirects=False)
    return exchange_of(request, path, response)


def _request(
    session: requests.Session, url: str, method: str, token: object, body: Any, media_type: str,
    headers: Mapping[str, str],
) -> requests.PreparedRequest:  # fmt: skip
    import requests

    sent = {**headers, **({} if token is None else {"Authorization": f"Bearer {token}"})}
    _refuse_broken_lines(sent)
    asked = requests.Request(method, url, headers=sent, json=body if media_type == JSON else None)
    if body is not None and media_type != JSON:
        asked.headers["Content-Type"], asked.data = media_type, encoded(body, media_type)
    return session.prepare_request(asked)


def _refuse_broken_lines(headers: Mapping[str, str]) -> None:
    """InputError for a header that is not one line of Latin-1; requests' own error would print it, token and all."""
    for name, value in headers.items():
        if found := _NO_LINE.search(value):
            hint = " A token that was read from a file may end in a line break: strip it." if found[0] in "\r\n" else ""
            raise InputError(f"The header {name} is one line of text; found {found[0]!a} in it.{hint}")


def exchange_of(request: requests.PreparedRequest, path: str, response: requests.Response) -> Exchange:
    """A request and its response as an Exchange; `path` is the address without its beginning."""
    response.encoding = response.encoding or "utf-8"  # JSON's; requests would guess for application/problem+json
    sent = request.body or b""
    told = sent if isinstance(sent, str) else sent.decode()
    is_form = request.headers.get("Content-Type", "").startswith(FORM)
    return Exchange(
        request.method or "", _IN_ADDRESS.sub(r"\1$TOKEN", path), masked(request.headers),
        without_secrets(told) if is_form else told, response.status_code, response.reason,
        dict(response.headers), response.text,
    )  # fmt: skip


def encoded(body: Any, media_type: str) -> bytes:
    """A body as it is sent: the fields of a form, text as it is, and all else as JSON."""
    kind = media_type.partition(";")[0].strip().lower()
    if kind == FORM:
        return urlencode({name: _fields(value) for name, value in body.items()}, doseq=True).encode()
    if isinstance(body, str) and not is_json(kind):
        return body.encode()
    return json.dumps(body, allow_nan=False).encode()


def _fields(value: Any) -> Any:
    """A form's value: a list as several fields, text as it is, and all else as JSON writes it."""
    if isinstance(value, list):
        return [_fields(each) for each in value]
    return value if isinstance(value, str) else json.dumps(value)


MOST_BYTES = 16 * 1024
"""How much of an answer is read: what a guard says is at its beginning."""
_LEAST_SECRET = 16
"""Characters that a part of a token has at least, to be looked for in an answer."""


class Asker:
    """One connection to an API, which is opened again when it ends; an exchange is over within `timeout_seconds`."""

    def __init__(self, base_url: str, timeout_seconds: float) -> None:
        self._path, self._seconds = urlsplit(base_url).path, timeout_seconds
        self._connection = connect(base_url, timeout_seconds)

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
        self._connection.close()

    def _answered(
        self, call: Call, body: bytes | None, sent: Mapping[str, str]
    ) -> tuple[int, str, dict[str, str], str]:
        was_open = self._connection.sock is not None
        try:
            return self._once(call, body, sent)
        except (http.client.RemoteDisconnected, ConnectionError, http.client.CannotSendRequest):
            self.close()
            if not was_open:
                raise
        return self._once(call, body, sent)  # the other side had ended a connection that was kept

    def _once(self, call: Call, body: bytes | None, sent: Mapping[str, str]) -> tuple[int, str, dict[str, str], str]:
        ends, target = time.monotonic() + self._seconds, self._path + call.path
        with response_to(self._connection, ends, call.method, target, sent, body) as response:
            text = response.read(MOST_BYTES).decode("utf-8", errors="replace")
            if response.status < 200 or not response.isclosed():  # what is left would be taken for the next answer
                self.close()
            headers: dict[str, str] = {}
            for name, value in response.getheaders():
                headers[name] = f"{headers[name]}, {value}" if name in headers else value
            return response.status, response.reason, headers, text


def _without(text: str, token: object) -> str:
    secrets = [] if token is None else [str(token), *str(token).split(".")]
    for secret in secrets:
        text = text.replace(secret, "$TOKEN") if len(secret) >= _LEAST_SECRET else text
    return text
