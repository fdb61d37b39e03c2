"""Around every call: which hosts are answered, how large a request may be, and answers as JSON."""

from __future__ import annotations

import json
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive, Scope

from scopekit.asgi import respond
from scopekit.http import problem

MAX_BODY_BYTES = 64 * 1024
MAX_HEAD_BYTES = 64 * 1024
LOOPBACK_HOSTS = ["127.0.0.1", "localhost"]
"""The names a request may call this server by: another one is a page that rebinds its own name to this machine."""

_HOST = re.compile(rb"(\[[0-9a-f:.]+\]|[^\[\]:]+)(:\d*)?")
_ANNOUNCES_A_BODY = (b"content-length", b"transfer-encoding")


class JsonAnswer(JSONResponse):
    """A JSON answer. Starlette's own makes a new encoder for each."""

    _write = staticmethod(json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode)

    def render(self, content: Any) -> bytes:
        """The content as JSON in UTF-8."""
        return self._write(content).encode()


async def health(request: Request) -> Response:
    """GET /health: the API answers."""
    return JsonAnswer({"status": "ok"})


class Door:
    """What a request must be before it is looked at: called by a name of this server, and not too large.

    `host` is the address listened on, `0.0.0.0` for all, and then any name will do.
    """

    def __init__(self, host: str) -> None:
        every = host in ("0.0.0.0", "::")
        names = [*LOOPBACK_HOSTS, f"[{host}]" if ":" in host else host]
        self._names = None if every else frozenset(name.encode() for name in names)

    async def pass_on(self, scope: Scope, receive: Receive) -> Request | Response | None:
        """The request with its whole body, or the answer that refuses it; None where the client hung up."""
        named, has_body = [], False
        head_bytes = len(scope["query_string"]) + len(scope["path"])
        for name, value in scope["headers"]:
            head_bytes += len(name) + len(value)
            if name == b"host":
                named.append(value)
            elif name in _ANNOUNCES_A_BODY:
                has_body = True
        if self._names is not None and not (len(named) == 1 and self._is_ours(named[0])):
            return _closing(400, "The Host header is not a name of this server.")
        if head_bytes > MAX_HEAD_BYTES:
            return _closing(431, f"Address and headers have at most {MAX_HEAD_BYTES} bytes.")
        if not has_body:
            return Request(scope, receive)
        body = await _read(receive)
        if body is not None and len(body) > MAX_BODY_BYTES:
            return _closing(413, f"A body has at most {MAX_BODY_BYTES} bytes.")
        return None if body is None else Request(scope, _whole(body, receive))

    def _is_ours(self, host: bytes) -> bool:
        found = _HOST.fullmatch(host.lower())
        return found is not None and found[1] in (self._names or ())


async def _read(receive: Receive) -> bytes | None:
    """The body, or a little more than may be; None where the client hung up. Who stalls is the server's to end."""
    body, more = b"", True
    while more and len(body) <= MAX_BODY_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


def _closing(status: int, detail: str) -> Response:
    return respond(problem(status, detail, {"Connection": "close"}))


def _whole(body: bytes, receive: Receive) -> Receive:
    left = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return left.pop() if left else await receive()

    return again


def no_such(name: str) -> str:
    """The sentence of a 404 where the path is right, and the record that it names is not there."""
    return f"There is no such {name}."
