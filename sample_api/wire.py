"""Around every call: which hosts are answered, how large a body may be, the date, and errors as problem bodies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from email.utils import formatdate

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scopekit.asgi import respond
from scopekit.clock import Clock
from scopekit.http import problem

MAX_BODY_BYTES = 64 * 1024
LOOPBACK_HOSTS = ["127.0.0.1", "localhost"]
"""The names a request may call this server by: another one is a page that rebinds its own name to this machine."""


async def health(request: Request) -> Response:
    """GET /health: the API answers."""
    return JSONResponse({"status": "ok"})


def middleware(clock: Clock, host: str) -> list[Middleware]:
    """What a request passes through before it is routed; `host` is the address listened on, `0.0.0.0` for all."""
    named = f"[{host}]" if ":" in host else host
    hosts = ["*"] if host in ("0.0.0.0", "::") else [*LOOPBACK_HOSTS, named]
    return [
        Middleware(Dated, clock=clock),
        Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
        Middleware(Bounded),
    ]


class Dated:
    """Writes the Date header from the API's own clock."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self.app, self.clock = app, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, and dates its answer."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = formatdate(self.clock.now(), usegmt=True).encode()
                message["headers"] = [(b"date", date), *message["headers"]]
            await send(message)

        await self.app(scope, receive, dated)


class Bounded:
    """Reads a body before it is passed on, and refuses one over 64 KiB with 413."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on with its whole body, or refuses it."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        body, more = b"", True
        while more and len(body) <= MAX_BODY_BYTES:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body, more = body + message.get("body", b""), message.get("more_body", False)
        if len(body) > MAX_BODY_BYTES:
            told = problem(413, f"A body has at most {MAX_BODY_BYTES} bytes.", {"Connection": "close"})
            return await respond(told)(scope, receive, send)
        return await self.app(scope, _whole(body, receive), send)


def _whole(body: bytes, receive: Receive) -> Receive:
    left = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return left.pop() if left else await receive()

    return again


async def _http_problem(request: Request, error: Exception) -> Response:
    known = error if isinstance(error, HTTPException) else HTTPException(500)
    detail = {
        404: "There is nothing at this path.",
        405: f"This path does not answer {request.method}.",
    }.get(known.status_code, "Something went wrong on this side.")
    return respond(problem(known.status_code, detail, dict(known.headers or {})))


EXCEPTION_HANDLERS: dict[int | type[Exception], Callable[[Request, Exception], Response | Awaitable[Response]]] = {
    HTTPException: _http_problem,
    500: _http_problem,
}
