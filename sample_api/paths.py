"""The router: it finds a path at once where a list of routes would be tried one after the other.

A path without parameters is looked up, and the others are tried only where their beginning fits. When no method fits,
Allow names those of every route at that path (RFC 9110 section 10.2.1), not of the first alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import BaseRoute, Match, Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from scopekit.asgi import Handler


class Paths(Router):
    """Routes by their whole path; a mount among them is a prefix of its routes, and nothing else."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        super().__init__(list(_flat(routes)), redirect_slashes=False)
        self._exact: dict[str, list[Route]] = {}
        self._others: dict[str, list[Route]] = {}
        for route in self.routes:
            assert isinstance(route, Route)
            if route.param_convertors:
                self._others.setdefault(route.path.partition("{")[0], []).append(route)
            else:
                self._exact.setdefault(route.path, []).append(route)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on to its route; 404 where there is none, 405 where none takes its method."""
        if scope["type"] != "http":
            return await super().app(scope, receive, send)
        path, allowed = scope["path"].removeprefix(scope.get("root_path", "")), set[str]()
        for route in self._exact.get(path, ()):
            if scope["method"] in (methods := route.methods or ()):
                scope.update(endpoint=route.endpoint, path_params={})
                return await route.app(scope, receive, send)
            allowed.update(methods)
        for route in self._beginning(path):
            match, found = route.matches(scope)
            if match is Match.FULL:
                scope.update(found)
                return await route.app(scope, receive, send)
            allowed.update((route.methods or ()) if match is Match.PARTIAL else ())
        raise HTTPException(405, headers={"Allow": ", ".join(sorted(allowed))}) if allowed else HTTPException(404)

    def _beginning(self, path: str) -> Iterator[Route]:
        for beginning, routes in self._others.items():
            if path.startswith(beginning):
                yield from routes


def _flat(routes: Iterable[BaseRoute], prefix: str = "") -> Iterator[Route]:
    for route in routes:
        if isinstance(route, Mount):
            yield from _flat(route.routes, prefix + route.path)
        elif isinstance(route, Route):
            flat = Route(prefix + route.path, route.endpoint, methods=sorted(route.methods or ()))
            flat.app = _answering(route.endpoint)
            yield flat


def _answering(handler: Handler) -> ASGIApp:
    """A handler as an application; the middleware around the router turns its exceptions into answers."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await handler(Request(scope, receive, send))
        await response(scope, receive, send)

    return app
