"""The guard in FastAPI applications.

    app = FastAPI()
    install(app)

    @app.get("/notes")
    def list_notes(caller: Annotated[Caller, Scoped(guard, "notes:read")]) -> list[Note]:
        return notes_of(caller.subject)

`Scoped` is a dependency. It decides, gives the handler its Caller, and belongs on a parameter, a route, a router or the
whole application. FastAPI runs dependencies only after it has read the request's body. With `install`, the guard
decides before the first byte of the body is read, refusals have a problem body, and the OpenAPI document is complete. A
refusal is the exception Refused, which an application's own exception handler can answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

import fastapi.routing
from fastapi import FastAPI, HTTPException
from fastapi import Security as SecurityDependency
from fastapi.dependencies.models import Dependant
from fastapi.openapi.models import HTTPBearer, OAuth2, OAuthFlowClientCredentials, OAuthFlows
from fastapi.openapi.models import SecurityBase as Scheme
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scopekit.arguments import checked
from scopekit.asgi import RequirementOf, denial, refusal, refuse_in_earnest
from scopekit.decision import Allowed
from scopekit.endpoints import prepared
from scopekit.errors import PolicyError
from scopekit.guard import Guard, Needed
from scopekit.http import PROBLEM, Answer, switched_off
from scopekit.log import logger
from scopekit.protected_resource import check_address
from scopekit.requirements import NO_SCOPE, Requirement, all_of
from scopekit.tokens import Claims

SCHEME = "token"
"""The name of the security scheme in the OpenAPI document, unless `Scoped` is given another."""
REFUSALS = {"400": "Credentials were sent twice", "401": "No valid token", "403": "The token lacks a scope"}

_DECISIONS = "scopekit.decisions"
_UNINSTALLED: WeakSet[Any] = WeakSet()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request: the token's subject and issuer, and what they may do."""

    decision: Allowed
    guard: Guard = field(repr=False)

    @property
    def claims(self) -> Claims:
        """The token's claims, read-only."""
        return self.decision.token.claims

    @property
    def subject(self) -> str | None:
        """The claim `sub`, or None if the token has none. A subject is unique only within its issuer."""
        return self.claims.get("sub")

    @property
    def issuer(self) -> str | None:
        """The token's issuer."""
        return self.claims.get(self.guard.policy.profile.hint)

    @property
    def scopes(self) -> frozenset[str]:
        """The token's scopes, and all that they imply."""
        return self.decision.granted

    def may(self, requirement: Needed) -> bool:
        """Whether the token's scopes satisfy another requirement, such as `"notes:write"`."""
        needed = self.guard.requirement(requirement)
        if not isinstance(needed, Requirement):
            needed = needed.of(self.issuer, self.subject)
        return self.decision.grants(needed)


class Refused(HTTPException):
    """The guard refused a request. `answer` is the response that `install` gives, and RFC 6750 prescribes."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status, str(answer.body["detail"]), answer.headers)
        self.answer = answer


class ScopedGuard(SecurityBase):
    """The dependency that `Scoped` makes: a guard, and the requirement of a call."""

    @checked(PolicyError, "Scoped()'s")
    def __init__(
        self, guard: Guard, requirement: Needed | RequirementOf, *, optional: bool = False,
        token_url: str | None = None, scheme: str = SCHEME, resource_metadata: str | None = None,
    ) -> None:  # fmt: skip
        self.guard, self.optional, self.scheme_name = guard, optional, scheme
        self.requirement = prepared(guard, requirement)
        if resource_metadata is not None:
            check_address("resource_metadata", resource_metadata)
        self.resource_metadata = resource_metadata
        vocabulary = guard.policy.vocabulary
        implies = {name: below for name in vocabulary if (below := list(vocabulary.children(name)))}
        hierarchy: dict[str, Any] = {"x-scope-implies": implies} if implies else {}
        self.model: Scheme = HTTPBearer(bearerFormat="JWT", **hierarchy)
        if token_url is not None:
            flow = OAuthFlowClientCredentials(tokenUrl=token_url, scopes=dict(vocabulary.descriptions))
            self.model = OAuth2(flows=OAuthFlows(clientCredentials=flow), **hierarchy)

    @property
    def documented(self) -> Requirement:
        """The requirement to document. One that depends on the request is documented as NO_SCOPE (any valid token)."""
        if callable(self.requirement):
            return NO_SCOPE
        return self.requirement if isinstance(self.requirement, Requirement) else self.requirement.of(None, None)

    async def __call__(self, connection: HTTPConnection) -> Caller | None:
        """The caller of an allowed request, or None for one without a token if that is optional. Raises Refused."""
        decisions = connection.scope.get(_DECISIONS)
        if decisions is None:
            decisions = {}
            _say_once(connection.scope.get("app"))
        if id(self) not in decisions and not await self.decide(connection, self.requirement):
            return None
        decision = decisions[id(self)] = decisions.get(id(self)) or connection.scope["state"]["decision"]
        connection.scope["state"]["decision"] = decision
        return Caller(decision, self.guard)

    async def decide(self, connection: HTTPConnection, requirement: Needed | RequirementOf) -> bool:
        """Whether the guard allows the request; False if it has no token and needs none. Raises Refused otherwise."""
        sent = any(connection.headers.getlist("authorization")) or "access_token" in connection.query_params
        if self.optional and not sent:
            return False
        if refused := await refusal(self.guard, connection, requirement, self.resource_metadata):
            raise Refused(refused)
        return True


@checked(when="failed")
def Scoped(
    guard: Guard,
    requirement: Needed | RequirementOf = NO_SCOPE,
    *,
    optional: bool = False,
    token_url: str | None = None,
    scheme: str = SCHEME,
    resource_metadata: str | None = None,
    lesson: bool = False,
) -> Any:
    """A dependency that lets a request through only if the guard allows it, and gives its Caller.

    - `optional`: a request without a token is let through too, and its caller is None. A bad token is still refused.
    - `token_url`: the issuer's token endpoint. The OpenAPI document then has an oauth2 scheme with the guard's
      vocabulary, so that its page can request tokens. Without it, the document has a bearer scheme.
    - `scheme`: the scheme's name in the document. Guards with different schemes need different names.
    - `resource_metadata`: the address that challenges name (RFC 9728 section 5.1).

    Raises VocabularyError for an unknown scope, and PolicyError for a guard with checks off unless `lesson` is True.
    """
    refuse_in_earnest(guard, lesson=lesson)
    if not isinstance(optional, bool):  # the text "no" would open the call
        raise PolicyError(f"`optional` must be True or False; found {type(optional).__name__}.")
    scoped = ScopedGuard(
        guard, requirement, optional=optional, token_url=token_url, scheme=scheme, resource_metadata=resource_metadata
    )
    return SecurityDependency(scoped, scopes=sorted(scoped.documented.alternatives[0]))


@checked(when="failed")
def install(app: FastAPI) -> None:
    """Makes an application, and the FastAPI applications mounted in it, decide before a request's body is read.

    Also answers refusals with problem bodies, unless the application has its own handler for Refused, and completes the
    OpenAPI document: every alternative of each requirement, and the refusals. Call it once, before the first request.
    """
    if not isinstance(app, FastAPI):
        raise PolicyError(f"install() needs a FastAPI application; found {type(app).__name__}.")
    if isinstance(app.router.middleware_stack, _BeforeBody):
        return
    app.router.middleware_stack = _BeforeBody(app, app.router.middleware_stack)
    app.exception_handlers.setdefault(Refused, _respond)
    described = app.openapi

    def openapi() -> dict[str, Any]:
        fresh = app.openapi_schema is None
        document = described()
        return _complete(document, app) if fresh else document

    app.openapi = openapi  # type: ignore[method-assign]


async def _respond(request: HTTPConnection, refused: Any) -> Any:
    return denial(request, refused.answer)


class _BeforeBody:
    """Decides about a request when its body is about to be read: only then is the route known, and nothing read yet."""

    def __init__(self, app: FastAPI, inner: ASGIApp) -> None:
        self.app, self.inner = app, inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self.inner(scope, receive, send)
        for route in self.app.routes:
            if isinstance(route, Mount) and isinstance(route.app, FastAPI):
                install(route.app)
        decisions = scope[_DECISIONS] = scope.get(_DECISIONS, {})
        decided = False

        async def after_decision() -> Message:
            nonlocal decided
            if not decided and scope["type"] == "http":
                decided = True
                for scoped in _guards_of_call(self.app, scope):
                    await _decide_early(scoped, scope, decisions)
            return await receive()

        async def saying(message: Message) -> None:
            if message["type"] == "http.response.start":
                off = {name for decision in decisions.values() for name in decision.off}
                fields = switched_off(sorted(off)).items()
                message["headers"] = [
                    *message.get("headers", []),
                    *((n.lower().encode(), v.encode()) for n, v in fields),
                ]
            await send(message)

        return await self.inner(scope, after_decision, saying)


async def _decide_early(scoped: ScopedGuard, scope: Scope, decisions: dict[int, Allowed]) -> None:
    """Decides before the body is read. If the requirement is a function, which may read it, only about the token."""
    if id(scoped) in decisions:
        return
    connection = HTTPConnection(scope)
    later = callable(scoped.requirement)
    if await scoped.decide(connection, NO_SCOPE if later else scoped.requirement) and not later:
        decisions[id(scoped)] = scope["state"]["decision"]


def _contexts(routes: Iterable[Any]) -> Iterator[Any]:
    """The routes of an application, those of included routers with what was added to them when they were included."""
    return getattr(fastapi.routing, "iter_route_contexts", iter)(routes)  # older versions copy the routes


def _guards_of_call(app: FastAPI, scope: Scope) -> Iterator[ScopedGuard]:
    """The guards of the route to which FastAPI has sent a request."""
    for route in _contexts(app.routes):
        original = getattr(route, "original_route", route)
        if original is scope.get("route") and route.matches(scope)[0] is Match.FULL:
            return _guards(route.dependant, app.dependency_overrides)
    return iter(())


def _guards(dependant: Dependant, overrides: Any = ()) -> Iterator[ScopedGuard]:
    """The guards among the dependencies of a route, in the order in which FastAPI runs them."""
    for each in dependant.dependencies:
        if each.call not in overrides:
            yield from _guards(each, overrides)
            if isinstance(each.call, ScopedGuard):
                yield each.call


def _complete(document: dict[str, Any], app: FastAPI) -> dict[str, Any]:
    """Writes into an OpenAPI document what FastAPI leaves out: all alternatives of each call, and its refusals."""
    for route in _contexts(app.routes):
        guards = list(_guards(route.dependant)) if getattr(route, "dependant", None) else []
        for method in getattr(route, "methods", None) or () if guards else ():
            operation = document.get("paths", {}).get(route.path_format, {}).get(method.lower())
            if operation is not None:
                operation["security"] = _security(operation, guards)
                for status, description in REFUSALS.items():
                    if status != "403" or any(
                        callable(each.requirement) or each.documented != NO_SCOPE for each in guards
                    ):
                        refusal = {"description": description, "content": {PROBLEM: {"schema": {"type": "object"}}}}
                        operation["responses"].setdefault(status, refusal)
    return document


def _security(operation: dict[str, Any], guards: list[ScopedGuard]) -> list[dict[str, list[str]]]:
    """The alternatives of a call: each meets the requirements of all its guards, and FastAPI's other schemes."""
    names = {each.scheme_name for each in guards}
    others = {
        name: scopes for each in operation.get("security", []) for name, scopes in each.items() if name not in names
    }
    alternatives: list[dict[str, list[str]]] = [others]
    for name in sorted(names):
        needed = all_of(*(each.documented for each in guards if each.scheme_name == name)).alternatives
        alternatives = [{**one, name: sorted(scopes)} for one in alternatives for scopes in needed]
    return [*alternatives, {}] if all(each.optional for each in guards) and not others else alternatives


def _say_once(app: object) -> None:
    if app is not None and app not in _UNINSTALLED:
        _UNINSTALLED.add(app)
        logger().warning("A guard in a FastAPI application decides only after the body is read: call install(app).")
