"""The kinds of endpoint that `scopekit.asgi.requires` guards: functions of a request or a websocket, and classes."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.endpoints import HTTPEndpoint, WebSocketEndpoint
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from scopekit.errors import PolicyError
from scopekit.guard import Guard
from scopekit.http import switched_off

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Denied = Callable[[HTTPConnection], Awaitable[ASGIApp | None]]
"""Gives the application that answers a refused request, or None for an allowed one."""

RULE = "requires() guards a function of a request or a websocket, an HTTPEndpoint or a WebSocketEndpoint"


def prepared(guard: Guard, requirement: Any) -> Any:
    """The requirement of a call, checked when it is written. A function stays a function: it is asked at each request.

    Raises PolicyError for a function that does not take one request, and otherwise as `Guard.requirement`.
    """
    if not callable(requirement):
        return guard.requirement(requirement)
    name = getattr(requirement, "__name__", type(requirement).__name__)
    if isinstance(requirement, type):
        raise PolicyError(f"A requirement must be a scope, or a function of the request; found {name}, a class.")
    try:
        inspect.signature(requirement).bind(None)
    except TypeError:
        raise PolicyError(f"A requirement that is a function must take one request; {name}() does not.") from None
    return requirement


async def asked(requirement: Any, request: HTTPConnection) -> Any:
    """What a function, async or not, says that a request needs."""
    made = requirement(request)
    return await made if inspect.isawaitable(made) else made


def guarded(denied: Denied, off: Sequence[str], endpoint: Endpoint) -> Endpoint:
    """An endpoint that only allowed requests reach. Each of its responses names the checks that are `off`.

    A function that is not async runs in a thread. Raises PolicyError for anything but a function or an endpoint class.
    """
    made: Any = _guarded_class if isinstance(endpoint, type) else _guarded_function
    return made(denied, off, endpoint)  # type: ignore[no-any-return]


def _guarded_function(denied: Denied, off: Sequence[str], endpoint: Any) -> Any:
    place, name = _request_parameter(endpoint)
    call = endpoint if inspect.iscoroutinefunction(endpoint) else functools.partial(run_in_threadpool, endpoint)
    answering = _saying_what_is_off(call, off) if off else call

    @functools.wraps(endpoint)
    async def guarded(*sent: Any, **named: Any) -> Any:
        request = named[name] if name in named else sent[place]
        denial = await denied(request)
        if denial is None:
            return await answering(*sent, **named)
        if isinstance(request, WebSocket):
            return await denial(request.scope, request.receive, request.send)
        return denial

    return guarded


def _request_parameter(endpoint: Any) -> tuple[int, str]:
    """The place and the name of the parameter that takes the request: `request`, `websocket` or the only needed one."""
    found = f"{type(endpoint).__name__} object"
    if inspect.isfunction(endpoint) or inspect.ismethod(endpoint) or isinstance(endpoint, functools.partial):
        every = inspect.signature(endpoint).parameters.values()
        placed = [each for each in every if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
        needed = [each.name for each in placed if each.default is each.empty]
        for place, each in enumerate(placed):
            if each.name in ("request", "websocket") or needed == [each.name]:
                return place, each.name
        found = f"function {getattr(endpoint, '__name__', '')} without a parameter `request` or `websocket`"
    raise PolicyError(f"{RULE}; found a {found}.")


class _Guarded:
    """A guarded endpoint class. A subclass with a `dispatch` of its own would go round the guard."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if vars(cls).get("dispatch") is not vars(cls).get("_guarded"):
            raise PolicyError(f"A subclass of a guarded endpoint must not replace `dispatch`; {cls.__name__} does.")


def _guarded_class(denied: Denied, off: Sequence[str], endpoint: Any) -> Any:
    """A subclass of an endpoint class whose every method, and whose every websocket, is guarded."""
    if not issubclass(endpoint, HTTPEndpoint | WebSocketEndpoint):
        raise PolicyError(f"{RULE}; found the class {endpoint.__name__}.")
    if off:
        rule = "A guard with checks off guards only functions, so that each response can name these checks"
        raise PolicyError(f"{rule}; found the class {endpoint.__name__}.")
    kind = Request if issubclass(endpoint, HTTPEndpoint) else WebSocket

    async def dispatch(self: Any) -> None:
        denial = await denied(kind(self.scope, self.receive, self.send))
        await (denial(self.scope, self.receive, self.send) if denial else endpoint.dispatch(self))

    kept = {name: getattr(endpoint, name) for name in ("__module__", "__qualname__", "__doc__")}
    return type(endpoint.__name__, (endpoint, _Guarded), {"dispatch": dispatch, "_guarded": dispatch, **kept})


def _saying_what_is_off(call: Callable[..., Awaitable[Any]], names: Sequence[str]) -> Callable[..., Awaitable[Any]]:
    """Wraps a handler behind a guard with checks off, so that each response names these checks."""
    off = switched_off(names)

    async def saying(*sent: Any, **named: Any) -> Any:
        try:
            response = await call(*sent, **named)
        except HTTPException as error:
            error.headers = {**(error.headers or {}), **off}
            raise
        if response is not None:  # a websocket's handler returns nothing
            response.headers.update(off)
        return response

    return saying
