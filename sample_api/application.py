"""The application: one way for every request, from the door to its handler, and back as an answer with a date.

It is Starlette's requests and responses without Starlette's layers: each of those is a coroutine more for every message
of every call. What a handler raises ends here, as a problem body.
"""

from __future__ import annotations

from email.utils import formatdate
from http import HTTPStatus
from types import SimpleNamespace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sample_api.paths import Paths
from sample_api.wire import Door
from scopekit.asgi import respond
from scopekit.clock import Clock
from scopekit.http import problem


class Application:
    """An ASGI application over paths; a handler finds what is in `state` as `request.app.state`.

    `host` is the address listened on, and `clock` the one that the answers are dated by.
    """

    def __init__(self, paths: Paths, clock: Clock, host: str, **state: object) -> None:
        self.paths, self.clock, self.door = paths, clock, Door(host)
        self.state = SimpleNamespace(**state)
        self._last = (-1, b"")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request; what went wrong on this side is answered with 500, and raised for the server's log."""
        if scope["type"] != "http":
            raise RuntimeError(f"This application answers HTTP; found {scope['type']}.")
        scope["app"] = self
        failed = None
        try:
            response = await self._answer(scope, receive)
        except HTTPException as error:
            response = _problem(error, scope["method"])
        except Exception as error:
            response, failed = _problem(HTTPException(500), scope["method"]), error
        if response is not None:
            response.raw_headers.insert(0, (b"date", self._date()))
            await response(scope, receive, send)
        if failed is not None:
            raise failed

    async def _answer(self, scope: Scope, receive: Receive) -> Response | None:
        request = await self.door.pass_on(scope, receive)
        if not isinstance(request, Request):
            return request
        handler = self.paths.find(scope)
        return await handler(request)

    def _date(self) -> bytes:
        second, date = self._last
        if (now := int(self.clock.now())) != second:
            date = formatdate(now, usegmt=True).encode()
            self._last = now, date  # together: another thread reads both or neither
        return date


def _problem(error: HTTPException, method: str) -> Response:
    return respond(problem(error.status_code, _detail(error, method), dict(error.headers or {})))


def _detail(error: HTTPException, method: str) -> str:
    """What whoever raised it had to say; Starlette itself says the status in words, and no more."""
    if error.detail != HTTPStatus(error.status_code).phrase:
        return error.detail
    general = {404: "There is nothing at this path.", 405: f"This path does not answer {method}."}
    return general.get(error.status_code, "Something went wrong on this side.")
