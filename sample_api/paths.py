"""The paths: a handler is found at once where a list of routes would be tried one after the other.

A path without parameters is looked up, and the others are tried only where their beginning fits. When no method fits,
Allow names those of every route at that path (RFC 9110 section 10.2.1), not of the first alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.types import Scope

from scopekit.asgi import Handler


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
