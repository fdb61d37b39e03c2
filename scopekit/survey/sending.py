"""Sending: a call becomes a request, and the answer an Exchange, in which neither address nor token is to be read.

No redirect is followed: it could carry the token to another host.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from scopekit.survey.calls import FORM, JSON, Call, Exchange, is_json

if TYPE_CHECKING:
    import requests

MOST_BYTES = 256 * 1024
"""How much of an answer is read by `ask`; what a guard says is at its beginning."""

_IN_ADDRESS = re.compile(r"(access_token=)[^&#]+")


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
    """One exchange over HTTP: `token` is sent as a Bearer token, `body` in its media type; follows no redirect."""
    request = _request(session, base_url + path, method, token, body, media_type, headers or {})
    response = session.send(request, timeout=10, allow_redirects=False)
    response.encoding = response.encoding or "utf-8"  # JSON's; requests would guess for application/problem+json
    return _exchange(request, path, response.status_code, response.reason, response.headers, response.text)


def ask(
    session: requests.Session, base_url: str, call: Call, token: object = None, *, timeout_seconds: float = 10
) -> Exchange:
    """One exchange with an API that nobody vouches for: bounded in size and time, and never an exception.

    Where no answer came the status is 0, and the phrase says why. A token that is in the answer is masked there too.
    """
    import requests
    from urllib3.exceptions import HTTPError

    request = _request(session, base_url + call.path, call.method, token, call.body, call.media_type, call.headers)
    try:
        with session.send(request, timeout=timeout_seconds, allow_redirects=False, stream=True) as response:
            text = _beginning(response, time.monotonic() + timeout_seconds)
            status, phrase, told = response.status_code, response.reason or "", response.headers
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        return _exchange(request, call.path, 0, f"no answer: {type(error).__name__}", {}, "")
    secret = str(token) if token is not None else ""
    hidden = {name: _without(value, secret) for name, value in told.items()}
    return _exchange(request, call.path, status, phrase, hidden, _without(text, secret))


def _request(
    session: requests.Session, url: str, method: str, token: object, body: Any, media_type: str,
    headers: Mapping[str, str],
) -> requests.PreparedRequest:  # fmt: skip
    import requests

    sent = {**headers, **({} if token is None else {"Authorization": f"Bearer {token}"})}
    asked = requests.Request(method, url, headers=sent, json=body if media_type == JSON else None)
    if body is not None and media_type != JSON:
        asked.headers["Content-Type"], asked.data = media_type, encoded(body, media_type)
    return session.prepare_request(asked)


def _exchange(
    request: requests.PreparedRequest, path: str, status: int, phrase: str, headers: Mapping[str, str], text: str
) -> Exchange:
    sent = request.body or b""
    return Exchange(
        request.method or "", _IN_ADDRESS.sub(r"\1$TOKEN", path), _masked(request.headers),
        sent if isinstance(sent, str) else sent.decode(), status, phrase, dict(headers), text,
    )  # fmt: skip


def _beginning(response: requests.Response, until: float) -> str:
    """The text of an answer, as much of it as is looked at; TimeoutError where it comes drop by drop."""
    body = bytearray()
    while len(body) < MOST_BYTES and (piece := response.raw.read1(64 * 1024)):
        body += piece
        if time.monotonic() > until:
            raise TimeoutError
    return bytes(body).decode("utf-8", errors="replace")


def _without(text: str, secret: str) -> str:
    return text.replace(secret, "$TOKEN") if secret else text


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


def _masked(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: "Bearer $TOKEN" if name.lower() == "authorization" else value for name, value in headers.items()}
