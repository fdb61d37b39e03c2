"""Calls and exchanges: a request that one could make, read from an API's document, and one that was made."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from scopekit.requirements import Requirement, any_of

if TYPE_CHECKING:
    import requests

Json = Mapping[str, Any]

JSON, FORM, TEXT = "application/json", "application/x-www-form-urlencoded", "text/plain"
"""The media types of a body that can be sent; of JSON also those that end in `+json` (RFC 6839 section 3.1)."""

SAFE = ("GET", "HEAD", "OPTIONS")
"""The methods that ask for no change (RFC 9110 section 9.2.1); TRACE is one too, and is never sent."""

_IN_ADDRESS = re.compile(r"(access_token=)[^&#]+")


@dataclass(frozen=True, slots=True)
class Call:
    """A request that one could make; `requirement` is what the document says it needs, None where it does not say.

    `path` is filled in, with its query; `template` is as documented. `own` opens it too where the token's subject is
    `owner`. `public` says that the document asks for no token, `conditional` that the scopes needed depend on the
    request in a way that it does not say. `answers` are the statuses that it documents: `200`, `4XX`, `default`.
    """

    name: str
    method: str
    path: str
    template: str
    requirement: Requirement | None
    body: Any = None
    own: Requirement | None = None
    owner: str | None = None
    public: bool = False
    conditional: bool = False
    answers: frozenset[str] = frozenset()
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def safe(self) -> bool:
        """Whether it asks for no change (RFC 9110 section 9.2.1)."""
        return self.method in SAFE

    def needed_by(self, subject: str | None) -> Requirement | None:
        """What a token of this subject needs for the call; None where the document does not say."""
        if self.requirement is None or subject is None or subject != self.owner:
            return self.requirement
        return any_of(self.requirement, self.own) if self.own else None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that was made and the response to it; it prints `$API` and `$TOKEN` in place of address and token."""

    method: str
    path: str
    request_headers: Mapping[str, str]
    request_body: str
    status: int
    phrase: str
    headers: Mapping[str, str]
    text: str = field(repr=False)

    @property
    def json(self) -> Any:
        """The response's body, read as JSON."""
        return json.loads(self.text)

    @property
    def verdict(self) -> str:
        """The guard's answer: `allowed`, `denied`, or `failed` where the API itself broke."""
        if self.status in (401, 403):
            return "denied"
        return "failed" if self.status >= 500 else "allowed"

    @property
    def refusal(self) -> str:
        """What a denied answer asks for, in a few words; empty where it was not denied."""
        if self.verdict == "allowed":
            return ""
        try:
            body = self.json
        except ValueError:
            body = None
        problem = body if isinstance(body, dict) else {}
        if isinstance(needed := problem.get("scope"), str) and needed:
            return f"needs {' and '.join(needed.split())}"
        return str(problem.get("detail") or self.phrase)

    def __repr__(self) -> str:
        from scopekit.show import exchange_text

        return exchange_text(self)

    def _repr_html_(self) -> str:
        from scopekit.show import exchange_html

        return exchange_html(self)


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
    import requests

    headers = {**(headers or {}), **({} if token is None else {"Authorization": f"Bearer {token}"})}
    asked = requests.Request(method, base_url + path, headers=headers, json=body if media_type == JSON else None)
    if body is not None and media_type != JSON:
        asked.headers["Content-Type"], asked.data = media_type, encoded(body, media_type)
    response = session.send(session.prepare_request(asked), timeout=10, allow_redirects=False)
    response.encoding = response.encoding or "utf-8"  # JSON's; requests would guess for application/problem+json
    sent = response.request.body or b""
    return Exchange(
        method, _IN_ADDRESS.sub(r"\1$TOKEN", path), _masked(response.request.headers),
        sent if isinstance(sent, str) else sent.decode(),
        response.status_code, response.reason, dict(response.headers), response.text,
    )  # fmt: skip


def encoded(body: Any, media_type: str) -> bytes:
    """A body as it is sent: the fields of a form, text as it is, and all else as JSON."""
    kind = media_type.partition(";")[0].strip().lower()
    if kind == FORM:
        return urlencode({name: _fields(value) for name, value in body.items()}, doseq=True).encode()
    if isinstance(body, str) and not is_json(kind):
        return body.encode()
    return json.dumps(body, allow_nan=False).encode()


def is_json(media_type: str) -> bool:
    """Whether a body of this media type, which has no parameters, is JSON."""
    return media_type == JSON or media_type.endswith("+json")


def _fields(value: Any) -> Any:
    """A form's value: a list as several fields, text as it is, and all else as JSON writes it."""
    if isinstance(value, list):
        return [_fields(each) for each in value]
    return value if isinstance(value, str) else json.dumps(value)


def _masked(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: "Bearer $TOKEN" if name.lower() == "authorization" else value for name, value in headers.items()}
