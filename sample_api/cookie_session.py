"""Keeps a page's token in a cookie that the page's scripts cannot read. The token and the guard are the usual ones.

The browser sends the cookie with every request to this site, and may send it even if another site's page made the
request. So a call that changes something must come from a page of this site. A token in the Authorization header needs
no such check, because another site's page cannot add that header.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sample_api.operations import Operation
from scopekit.asgi import Handler, requires, respond
from scopekit.clock import Clock
from scopekit.guard import Guard
from scopekit.http import problem

COOKIE = "session"
MOST_BYTES = 4000
"""Browsers silently drop a longer cookie."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def session_routes(guard: Guard, clock: Clock) -> list[Route]:
    """POST /session copies the token of its Authorization header into the cookie. DELETE /session deletes the cookie.

    The cookie expires when the token expires. Deleting the cookie does not revoke the token: a copy still works.
    """

    async def begin(request: Request) -> Response:
        token = request.state.decision.token
        if len(str(token)) > MOST_BYTES:
            return respond(problem(400, f"A cookie holds at most {MOST_BYTES} bytes; the token has {len(str(token))}."))
        response = Response(status_code=204, headers={"Cache-Control": "no-store"})
        response.set_cookie(
            COOKIE, str(token), max_age=int(token.claims["exp"] - clock.now()), path="/",
            secure=request.url.scheme == "https", httponly=True, samesite="strict",
        )  # fmt: skip
        return response

    async def end(request: Request) -> Response:
        if comes_from_elsewhere(request):
            return _refused()
        response = Response(status_code=204)
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return response

    return [
        Route("/session", requires(guard)(begin), methods=["POST"]),
        Route("/session", end, methods=["DELETE"]),
    ]


def or_cookie(
    protect: Callable[[Operation], Callable[[Handler], Handler]],
) -> Callable[[Operation], Callable[[Handler], Handler]]:
    """Makes a mount accept the cookie too: passes the token in the cookie to the guard as an Authorization header.

    If the request also has an Authorization header, the guard finds two headers and answers 400.
    """

    def decorate(operation: Operation, handler: Handler) -> Handler:
        protected = protect(operation)(handler)

        def checked(request: Request) -> Awaitable[Response]:
            for name, _ in request.scope["headers"]:  # most calls have no cookie to parse
                if name == b"cookie":
                    return with_cookie(request) if COOKIE in request.cookies else protected(request)
            return protected(request)

        async def with_cookie(request: Request) -> Response:
            if request.method not in SAFE_METHODS and comes_from_elsewhere(request):
                return _refused()
            header = (b"authorization", f"Bearer {request.cookies[COOKIE]}".encode("latin-1", "replace"))
            request.scope.setdefault("state", {})  # both requests share this state and its decision
            scope = {**request.scope, "headers": [*request.scope["headers"], header]}
            response = await protected(Request(scope, request.receive))
            response.headers["Cache-Control"] = "no-store"  # without Authorization, a cache could store this
            return response

        return checked

    return lambda operation: functools.partial(decorate, operation)


def comes_from_elsewhere(request: Request) -> bool:
    """Whether a page of another origin made this request. Sec-Fetch-Site decides or, if this header is missing, Origin.

    A request with neither header does not come from a current browser, so no cookie is at risk.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")


def _refused() -> Response:
    return respond(problem(403, "With the cookie, a call that changes something must come from this site's own pages."))
