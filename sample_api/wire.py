"""Around every call: which hosts are answered, how large a request may be, the date, and errors as problem bodies."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Collection
from email.utils import formatdate
from http import HTTPStatus
from itertools import chain
from typing import Any, TextIO

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sample_api.log import AccessLog
from scopekit.asgi import respond
from scopekit.clock import Clock
from scopekit.http import problem

MAX_BODY_BYTES = 64 * 1024
MAX_HEAD_BYTES = 64 * 1024
LOOPBACK_HOSTS = ["127.0.0.1", "localhost"]
"""The names a request may call this server by: another one is a page that rebinds its own name to this machine."""

_HOST = re.compile(rb"(\[[0-9a-f:.]+\]|[^\[\]:]+)(:\d*)?")


class JsonAnswer(JSONResponse):
    """A JSON answer. Starlette's own makes a new encoder for each."""

    _write = staticmethod(json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode)

    def render(self, content: Any) -> bytes:
        """The content as JSON in UTF-8."""
        return self._write(content).encode()


async def health(request: Request) -> Response:
    """GET /health: the API answers."""
    return JsonAnswer({"status": "ok"})


def middleware(clock: Clock, host: str, log: TextIO | None = None) -> list[Middleware]:
    """What a request passes through before it is routed; `host` is the address listened on, `0.0.0.0` for all."""
    named = f"[{host}]" if ":" in host else host
    every = host in ("0.0.0.0", "::")
    return [
        *([Middleware(AccessLog, stream=log, clock=clock)] if log else []),
        Middleware(Dated, clock=clock),
        *([] if every else [Middleware(Named, hosts=[*LOOPBACK_HOSTS, named])]),
        Middleware(Bounded),
    ]


class Dated:
    """Writes the Date header from the API's own clock."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self.app, self.clock = app, clock
        self._last = (-1, b"")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, and dates its answer."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [(b"date", self._date()), *message["headers"]]
            await send(message)

        await self.app(scope, receive, dated)

    def _date(self) -> bytes:
        second, date = self._last
        if (now := int(self.clock.now())) != second:
            date = formatdate(now, usegmt=True).encode()
            self._last = now, date  # together: another thread reads both or neither
        return date


class Named:
    """Refuses a request that calls this server by a name which is not its own, or by none, or by two."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self.app, self.hosts = app, frozenset(host.encode() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or refuses it."""
        if scope["type"] == "http" and not self._is_called(scope):
            told = problem(400, "The Host header is not a name of this server.", {"Connection": "close"})
            return await respond(told)(scope, receive, send)
        return await self.app(scope, receive, send)

    def _is_called(self, scope: Scope) -> bool:
        named = [value for name, value in scope["headers"] if name == b"host"]
        found = _HOST.fullmatch(named[0].lower()) if len(named) == 1 else None
        return found is not None and found[1] in self.hosts


class Bounded:
    """Reads a body before it is passed on; refuses one over 64 KiB with 413, and as much of headers with 431."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on with its whole body, or refuses it."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if _head_bytes(scope) > MAX_HEAD_BYTES:
            return await _too_large(431, f"Address and headers have at most {MAX_HEAD_BYTES} bytes.", scope, send)
        if not any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"]):
            return await self.app(scope, receive, send)
        body = await _read(receive)
        if body is None:
            return None
        if len(body) > MAX_BODY_BYTES:
            return await _too_large(413, f"A body has at most {MAX_BODY_BYTES} bytes.", scope, send)
        return await self.app(scope, _whole(body, receive), send)


def _head_bytes(scope: Scope) -> int:
    return len(scope["query_string"]) + len(scope["path"]) + sum(map(len, chain.from_iterable(scope["headers"])))


async def _read(receive: Receive) -> bytes | None:
    """The body, or a little more than may be; None where the client hung up. Who stalls is the server's to end."""
    body, more = b"", True
    while more and len(body) <= MAX_BODY_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


async def _too_large(status: int, detail: str, scope: Scope, send: Send) -> None:
    await respond(problem(status, detail, {"Connection": "close"}))(scope, _nothing, send)


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


def _whole(body: bytes, receive: Receive) -> Receive:
    left = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return left.pop() if left else await receive()

    return again


def no_such(name: str) -> str:
    """The sentence of a 404 where the path is right, and the record that it names is not there."""
    return f"There is no such {name}."


async def _http_problem(request: Request, error: Exception) -> Response:
    known = error if isinstance(error, HTTPException) else HTTPException(500)
    return respond(problem(known.status_code, _detail(request, known), dict(known.headers or {})))


def _detail(request: Request, error: HTTPException) -> str:
    """What whoever raised it had to say; Starlette itself says the status in words, and no more."""
    if error.detail != HTTPStatus(error.status_code).phrase:
        return error.detail
    general = {404: "There is nothing at this path.", 405: f"This path does not answer {request.method}."}
    return general.get(error.status_code, "Something went wrong on this side.")


EXCEPTION_HANDLERS: dict[int | type[Exception], Callable[[Request, Exception], Response | Awaitable[Response]]] = {
    HTTPException: _http_problem,
    500: _http_problem,
}
