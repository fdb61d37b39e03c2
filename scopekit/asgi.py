"""Protects the routes of a Starlette application with a guard.

    Route("/user/repos", requires(guard, any_of("repo", "public_repo"))(create_repo), methods=["POST"])

The handler finds the guard's Decision in `request.state.decision`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from scopekit.decision import Decision
from scopekit.errors import PolicyError
from scopekit.guard import Guard
from scopekit.http import Answer, answer, problem, switched_off
from scopekit.requirements import NO_SCOPE, OwnerBound, Requirement

_LOOPBACK_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?")

Handler = Callable[[Request], Awaitable[Response]]
RequirementOf = Callable[[Request], Awaitable[Requirement | OwnerBound]]


def requires(
    guard: Guard, requirement: Requirement | RequirementOf = NO_SCOPE, *, lesson: bool = False
) -> Callable[[Handler], Handler]:
    """A decorator that passes a request to the handler only if the guard allows the request.

    If the needed scopes depend on the request, or on the owner of a record, `requirement` is a function of the request.
    Raises PolicyError for a guard with checks off, unless `lesson` is True. Even for a lesson, such a guard answers
    only on a loopback socket.
    """
    refuse_in_earnest(guard, lesson=lesson)
    at_once = requirement if isinstance(requirement, Requirement) and not (guard.policy.off or guard.waits) else None

    def decorate(handler: Handler) -> Handler:
        answering = _saying_what_is_off(handler) if guard.policy.off else handler

        @functools.wraps(handler)
        async def guarded(request: Request) -> Response:
            if at_once:
                refused = _answered(guard, request, decide(guard, request, at_once))
            else:
                refused = await refusal(guard, request, requirement)
            return respond(refused) if refused else await answering(request)

        return guarded

    return decorate


def _saying_what_is_off(handler: Handler) -> Handler:
    """Wraps a handler behind a guard with checks off, so that each response names these checks."""

    async def saying(request: Request) -> Response:
        off = switched_off(request.state.decision.off)
        try:
            response = await handler(request)
        except HTTPException as error:
            error.headers = {**(error.headers or {}), **off}
            raise
        response.headers.update(off)
        return response

    return saying


def refuse_in_earnest(guard: Guard, *, lesson: bool) -> None:
    """Raises PolicyError for a guard with checks off, unless `lesson` is True."""
    if guard.policy.off and not lesson:
        names = ", ".join(sorted(guard.policy.off))
        raise PolicyError(f"A guard with checks off ({names}) is for lessons only: pass lesson=True.")


async def refusal(guard: Guard, request: Request, requirement: Requirement | RequirementOf) -> Answer | None:
    """The answer to a refused request, or None for an allowed one. Stores the guard's Decision in the request.

    A decision that may wait for another machine is made in a thread, so that other requests need not wait.
    """
    if guard.policy.off and not is_loopback(request):
        sentence = "A guard with checks off answers only on a loopback socket."
        return problem(503, sentence, switched_off(sorted(guard.policy.off)))
    needed = requirement if isinstance(requirement, Requirement) else await requirement(request)
    if guard.waits:
        return _answered(guard, request, await run_in_threadpool(decide, guard, request, needed))
    return _answered(guard, request, decide(guard, request, needed))


def _answered(guard: Guard, request: Request, decision: Decision) -> Answer | None:
    request.scope.setdefault("state", {})["decision"] = decision  # request.state reads this entry
    return None if decision.allowed else answer(decision, guard.policy.audience or "api")


def decide(guard: Guard, request: Request, requirement: Requirement | OwnerBound = NO_SCOPE) -> Decision:
    """The guard's decision about a request."""
    scope = request.scope
    headers = [value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"]
    query_token = request.query_params.get("access_token") if scope.get("query_string") else None
    return guard.decide(headers, requirement, query_token=query_token)


def respond(refused: Answer) -> Response:
    """Turns an Answer into a Starlette response."""
    return Response(refused.content, refused.status, refused.headers, refused.media_type)


def is_loopback(request: Request) -> bool:
    """Whether a request's socket and `Host` are loopback. Both are checked: any name may resolve to 127.0.0.1."""
    if not _LOOPBACK_HOST.fullmatch(request.headers.get("host", "")):
        return False
    ends = (request.client and request.client.host, (request.scope.get("server") or (None,))[0])
    try:
        return all(ip_address(end or "").is_loopback for end in ends)
    except ValueError:
        return False
