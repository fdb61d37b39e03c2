"""Protects the routes of a Starlette application with a guard.

    Route("/user/repos", requires(guard, any_of("repo", "public_repo"))(create_repo), methods=["POST"])

The handler finds the guard's Decision in `request.state.decision`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp
from starlette.websockets import WebSocketClose

from scopekit.arguments import checked
from scopekit.decision import Allowed, Denied
from scopekit.endpoints import Endpoint, asked, guarded, prepared
from scopekit.errors import PolicyError
from scopekit.guard import Guard, Needed
from scopekit.http import Answer, answer, problem, switched_off
from scopekit.log import warn_rarely
from scopekit.protected_resource import check_address
from scopekit.protected_resource import resource_metadata as resource_metadata
from scopekit.requirements import NO_SCOPE

_LOOPBACK_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?")

Handler = Callable[[Request], Awaitable[Response]]
RequirementOf = Callable[[Any], Awaitable[Needed] | Needed]


@checked(when="failed")
def requires(
    guard: Guard,
    requirement: Needed | RequirementOf = NO_SCOPE,
    *,
    lesson: bool = False,
    resource_metadata: str | None = None,
) -> Callable[[Endpoint], Endpoint]:
    """A decorator that passes a request to the handler only if the guard allows the request.

    The handler is a function of a request or of a websocket, an HTTPEndpoint or a WebSocketEndpoint. If the needed
    scopes depend on the request, or on the owner of a record, `requirement` is a function of the request, async or not.
    The challenge names the address `resource_metadata` (RFC 9728 section 5.1). Raises PolicyError for anything else
    that is decorated, and for a guard with checks off, unless `lesson` is True. Even for a lesson, such a guard answers
    only on a loopback socket.
    """
    refuse_in_earnest(guard, lesson=lesson)
    needed = prepared(guard, requirement)
    if resource_metadata is not None:
        check_address("resource_metadata", resource_metadata)

    async def denied(request: HTTPConnection) -> ASGIApp | None:
        refused = await refusal(guard, request, needed, resource_metadata)
        return denial(request, refused) if refused else None

    return functools.partial(guarded, denied, sorted(guard.policy.off))


def refuse_in_earnest(guard: Guard, *, lesson: bool) -> None:
    """Raises PolicyError for what is no guard, and for a guard with checks off, unless `lesson` is True."""
    if not isinstance(guard, Guard):
        raise PolicyError(f"The first argument must be a Guard, and the second a scope; found {type(guard).__name__}.")
    if guard.policy.off and lesson is not True:
        names = ", ".join(sorted(guard.policy.off))
        raise PolicyError(f"A guard with checks off ({names}) is for lessons only: pass lesson=True.")
    if guard.policy.off:
        warn_rarely("A guard for a lesson is in use. These checks are off: %s", ", ".join(sorted(guard.policy.off)))


async def refusal(
    guard: Guard, request: HTTPConnection, requirement: Needed | RequirementOf = NO_SCOPE, metadata: str | None = None
) -> Answer | None:
    """The answer to a refused request, or None for an allowed one. Stores the guard's Decision in the request.

    The challenge names the address `metadata`. A decision that has to wait for another machine is made in a thread.
    """
    if guard.policy.off and not is_loopback(request):
        sentence = "A guard with checks off answers only on a loopback socket."
        return problem(503, sentence, switched_off(sorted(guard.policy.off)))
    needed = await asked(requirement, request) if callable(requirement) else requirement
    headers, query_token = _credentials(request)
    decision = guard.decide_at_once(headers, needed, query_token=query_token)
    if decision is None:
        decision = await run_in_threadpool(guard.decide, headers, needed, query_token=query_token)
    request.scope.setdefault("state", {})["decision"] = decision  # request.state reads this entry
    return None if decision else answer(decision, guard.policy.audience or "api", metadata)


def decide(guard: Guard, request: HTTPConnection, requirement: Needed = NO_SCOPE) -> Allowed | Denied:
    """The guard's decision about a request."""
    headers, query_token = _credentials(request)
    return guard.decide(headers, requirement, query_token=query_token)


def _credentials(request: HTTPConnection) -> tuple[list[str], str | None]:
    """The Authorization headers of a request, and the token in its address, if there is one."""
    scope = request.scope
    query_token = request.query_params.get("access_token") if scope.get("query_string") else None
    return [value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"], query_token


def respond(refused: Answer) -> Response:
    """Turns an Answer into a Starlette response."""
    return Response(refused.content, refused.status, refused.headers, refused.media_type)


def denial(request: HTTPConnection, refused: Answer) -> ASGIApp:
    """The ASGI application that answers a refused request, or a websocket before it is accepted.

    A server without the extension for responses to websockets closes the handshake with status 403 (code 1008).
    """
    if request.scope["type"] == "http" or "websocket.http.response" in (request.scope.get("extensions") or ()):
        return respond(refused)
    return WebSocketClose(1008)


def is_loopback(request: HTTPConnection) -> bool:
    """Whether a request's socket and `Host` are loopback. Both are checked: any name may resolve to 127.0.0.1."""
    if not _LOOPBACK_HOST.fullmatch(request.headers.get("host", "")):
        return False
    ends = (request.client and request.client.host, (request.scope.get("server") or (None,))[0])
    try:
        return all(ip_address(end or "").is_loopback for end in ends)
    except ValueError:
        return False
