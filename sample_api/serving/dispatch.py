"""The paths: a handler is found at once where a list of routes would be tried one after the other.

A path without parameters is looked up, and the others are tried only where their beginning fits. When no method fits,
Allow names those of every route at that path (RFC 9110 section 10.2.1), not of the first alone.

The application: one way for every request, from the door to its handler, and back as an answer with a date.

It is Starlette's requests and responses without Starlette's layers: each of those is a coroutine more for every message
of every call. What a handler raises ends here, as a problem body.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from email.utils import formatdate
from http import HTTPStatus
from types import SimpleNamespace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from sample_api.serving.limits import Door
from scopekit.asgi import Handler, respond
from scopekit.clock import Clock
from scopekit.http import problem


class Paths:
    """Handlers by method and whole path, as the routes have them; of two that fit, the first one counts."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._exact: dict[str, dict[str, Handler]] = {}
        self._others: dict[str, list[Route]] = {}
        for route in routes:
            self.add(route)

    def add(self, route: Route) -> None:
        """Adds a route after those that are there."""
        if route.param_convertors:
            self._others.setdefault(route.path.partition("{")[0], []).append(route)
            return
        for method in route.methods or ():
            self._exact.setdefault(route.path, {}).setdefault(method, route.endpoint)

    def find(self, scope: Scope) -> Handler:
        """The handler of a request, whose path's parameters are put into its scope.

        HTTPException 404 where nothing is at its path, 405 where nothing there takes its method.
        """
        method, path = scope["method"], scope["path"].removeprefix(scope.get("root_path", ""))
        exact = self._exact.get(path, {})
        if method in exact:
            return exact[method]
        allowed = set(exact)
        for route in self._beginning(path):
            match, found = route.matches(scope)
            if match is Match.FULL:
                scope.update(found)
                handler: Handler = route.endpoint
                return handler
            allowed.update((route.methods or ()) if match is Match.PARTIAL else ())
        raise HTTPException(405, headers={"Allow": ", ".join(sorted(allowed))}) if allowed else HTTPException(404)

    def _beginning(self, path: str) -> Iterator[Route]:
        for beginning, routes in self._others.items():
            if path.startswith(beginning):
                yield from routes


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
