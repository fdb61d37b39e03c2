"""The application: checks a request against the limits, finds the handler for the path, and dates the response.

The application uses Starlette's requests and responses but not Starlette's middleware, because each middleware adds a
coroutine to every message of every call. If a handler raises an exception, the response is a problem (RFC 9457).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.utils import formatdate
from http import HTTPStatus
from types import SimpleNamespace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route
from starlette.types import Message, Receive, Scope, Send

from scopekit.asgi import Handler, respond
from scopekit.clock import Clock
from scopekit.http import problem

MAX_BODY_BYTES = 64 * 1024
MAX_HEAD_BYTES = 64 * 1024
LOOPBACK_HOSTS = ["127.0.0.1", "localhost"]
"""The host names that a request may use. Any other name could be an attacker's, pointed at this machine by DNS."""

_HOST = re.compile(rb"(\[[0-9a-f:.]+\]|[^\[\]:]+)(:\d*)?")
_ANNOUNCES_A_BODY = (b"content-length", b"transfer-encoding")


class Limits:
    """Admits only requests that are not too large and whose Host header names this server.

    `host` is the address that the server listens on. If `host` is `0.0.0.0` or `::`, any name is accepted.
    """

    def __init__(self, host: str) -> None:
        every = host in ("0.0.0.0", "::")
        names = [*LOOPBACK_HOSTS, f"[{host}]" if ":" in host else host]
        self._names = None if every else frozenset(name.encode() for name in names)

    async def admit(self, scope: Scope, receive: Receive) -> Request | Response | None:
        """Returns the request with its whole body, or the response that refuses it, or None if the client hung up."""
        hosts, has_body = [], False
        head_bytes = len(scope["query_string"]) + len(scope["path"])
        for name, value in scope["headers"]:
            head_bytes += len(name) + len(value)
            if name == b"host":
                hosts.append(value)
            elif name in _ANNOUNCES_A_BODY:
                has_body = True
        if self._names is not None:
            match = _HOST.fullmatch(hosts[0].lower()) if len(hosts) == 1 else None
            if match is None or match[1] not in self._names:
                return _closing(400, "The Host header is not a name of this server.")
        if head_bytes > MAX_HEAD_BYTES:
            return _closing(431, f"Address and headers may have at most {MAX_HEAD_BYTES} bytes.")
        if not has_body:
            return Request(scope, receive)
        body, more = b"", True
        while more and len(body) <= MAX_BODY_BYTES:  # the server disconnects a client that stalls
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body, more = body + message.get("body", b""), message.get("more_body", False)
        if len(body) > MAX_BODY_BYTES:
            return _closing(413, f"A body may have at most {MAX_BODY_BYTES} bytes.")
        unread = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return unread.pop() if unread else await receive()

        return Request(scope, again)


def _closing(status: int, detail: str) -> Response:
    return respond(problem(status, detail, {"Connection": "close"}))


class Paths:
    """Finds the handler of a request by method and path. If two routes match, the first one counts.

    A path without parameters is looked up in a table. A route with parameters is tried only if the path begins like it.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self._exact: dict[str, dict[str, Handler]] = {}
        self._others: dict[str, list[Route]] = {}
        for route in routes:
            self.add(route)

    def add(self, route: Route) -> None:
        """Adds a route after the existing ones."""
        if route.param_convertors:
            self._others.setdefault(route.path.partition("{")[0], []).append(route)
            return
        for method in route.methods or ():
            self._exact.setdefault(route.path, {}).setdefault(method, route.endpoint)

    def find(self, scope: Scope) -> Handler:
        """Returns the handler of a request, and puts the path's parameters into the request's scope.

        Raises HTTPException 404 if no route has the path, and 405 if no route with the path takes the method. The
        header Allow of a 405 names the methods of all routes with the path (RFC 9110 section 10.2.1).
        """
        method, path = scope["method"], scope["path"].removeprefix(scope.get("root_path", ""))
        exact = self._exact.get(path, {})
        if method in exact:
            return exact[method]
        allowed = set(exact)
        for beginning, routes in self._others.items():
            if not path.startswith(beginning):
                continue
            for route in routes:
                match, parameters = route.matches(scope)
                if match is Match.FULL:
                    scope.update(parameters)
                    handler: Handler = route.endpoint
                    return handler
                allowed.update((route.methods or ()) if match is Match.PARTIAL else ())
        raise HTTPException(405, headers={"Allow": ", ".join(sorted(allowed))}) if allowed else HTTPException(404)


class Application:
    """An ASGI application that serves the routes of `paths`. A handler finds `state` at `request.app.state`.

    `host` is the address that the server listens on, and `clock` gives the date of each response.
    """

    def __init__(self, paths: Paths, clock: Clock, host: str, **state: object) -> None:
        self.paths, self.clock, self.limits = paths, clock, Limits(host)
        self.state = SimpleNamespace(**state)
        self._last = (-1, b"")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request. An unexpected exception is answered with a 500, and raised again for the server's log."""
        if scope["type"] != "http":
            raise RuntimeError(f"This application answers only HTTP; found {scope['type']}.")
        scope["app"] = self
        failure = None
        try:
            admitted = await self.limits.admit(scope, receive)
            if admitted is None:
                return
            response = await self.paths.find(scope)(admitted) if isinstance(admitted, Request) else admitted
        except HTTPException as error:
            response = _problem(error, scope["method"])
        except Exception as error:
            response, failure = _problem(HTTPException(500), scope["method"]), error
        second, date = self._last
        if (now := int(self.clock.now())) != second:
            date = formatdate(now, usegmt=True).encode()
            self._last = now, date  # in one step: another thread reads both or neither
        response.raw_headers.insert(0, (b"date", date))
        await response(scope, receive, send)
        if failure is not None:
            raise failure


def _problem(error: HTTPException, method: str) -> Response:
    """Makes the problem response for an error. If the detail only repeats the status, a sentence replaces it."""
    detail = error.detail
    if detail == HTTPStatus(error.status_code).phrase:
        general = {404: "There is nothing at this path.", 405: f"This path does not answer {method}."}
        detail = general.get(error.status_code, "Something went wrong in this server.")
    return respond(problem(error.status_code, detail, dict(error.headers or {})))


async def health(request: Request) -> Response:
    """GET /health: says that the API is running."""
    return JSONResponse({"status": "ok"})
