"""Sending: a call becomes a request, and the answer an Exchange, in which neither address nor token is to be read.

No redirect is followed: it could carry the token to another host.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from scopekit.errors import InputError
from scopekit.survey.calls import FORM, JSON, Exchange, is_json
from scopekit.survey.masking import masked, without_secrets

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
