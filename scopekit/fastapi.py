"""The guard in FastAPI applications.

    app = FastAPI()
    app.router.route_class = ScopedRoute

    @app.post("/user/repos", dependencies=[Scoped(guard, any_of("repo", "public_repo"))])
    async def create_repo() -> dict[str, str]: ...

`Scoped` is a dependency, so FastAPI adds it to the OpenAPI document. `ScopedRoute` answers refusals as RFC 6750
prescribes, and documents every alternative of a requirement. (A dependency alone documents only one.) A router does not
inherit the route class, so create each one as `APIRouter(route_class=ScopedRoute)`. A handler finds the Decision in
`request.state.decision`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi import Security as SecurityDependency
from fastapi.openapi.models import HTTPBearer, OAuth2, OAuthFlowClientCredentials, OAuthFlows
from fastapi.openapi.models import SecurityBase as Scheme
from fastapi.routing import APIRoute
from fastapi.security.base import SecurityBase

from scopekit.asgi import RequirementOf, refusal, refuse_in_earnest, respond
from scopekit.guard import Guard
from scopekit.http import Answer, switched_off
from scopekit.requirements import NO_SCOPE, Requirement, all_of

SCHEME = "token"
"""The name of the security scheme in the OpenAPI document."""


class Refused(HTTPException):
    """The guard refused a request. A route that is not a ScopedRoute answers with the status and the challenge only."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status, str(answer.body["detail"]), answer.headers)
        self.answer = answer


class ScopedGuard(SecurityBase):
    """A FastAPI dependency that holds a guard and the requirement of a call."""

    scheme_name = SCHEME

    def __init__(self, guard: Guard, requirement: Requirement | RequirementOf, token_url: str | None) -> None:
        self.guard, self.requirement = guard, requirement
        self.model: Scheme = HTTPBearer(bearerFormat="JWT")
        if token_url is not None:
            vocabulary = guard.policy.vocabulary
            flow = OAuthFlowClientCredentials(tokenUrl=token_url, scopes=dict(vocabulary.descriptions))
            implies = {name: below for name in vocabulary if (below := list(vocabulary.children(name)))}
            hierarchy: dict[str, Any] = {"x-scope-implies": implies} if implies else {}
            self.model = OAuth2(flows=OAuthFlows(clientCredentials=flow), **hierarchy)

    @property
    def documented(self) -> Requirement:
        """The requirement to document. One that depends on the request is documented as NO_SCOPE (any valid token)."""
        return self.requirement if isinstance(self.requirement, Requirement) else NO_SCOPE

    async def __call__(self, request: Request) -> None:
        """Lets a request through if the guard allows it. Raises Refused otherwise."""
        if refused := await refusal(self.guard, request, self.requirement):
            raise Refused(refused)


def Scoped(
    guard: Guard,
    requirement: Requirement | RequirementOf = NO_SCOPE,
    *,
    token_url: str | None = None,
    lesson: bool = False,
) -> Any:
    """A dependency that lets a request through only if the guard allows it.

    `token_url` is the issuer's token endpoint. With a `token_url`, the OpenAPI document has an oauth2 scheme with the
    guard's vocabulary, and the documentation page can request tokens. Otherwise, the document has a bearer scheme.
    A guard with checks off raises PolicyError unless `lesson=True`.
    """
    refuse_in_earnest(guard, lesson=lesson)
    scoped = ScopedGuard(guard, requirement, token_url)
    return SecurityDependency(scoped, scopes=sorted(scoped.documented.alternatives[0]))


class ScopedRoute(APIRoute):
    """A route that answers refusals with problem bodies, and documents every alternative of its requirement."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        dependencies = [each.dependency for each in options.get("dependencies") or ()]
        scoped = [each for each in dependencies if isinstance(each, ScopedGuard)]
        if scoped:
            # FastAPI itself documents one alternative: the first alternatives of all dependencies, merged.
            written = frozenset().union(*(each.documented.alternatives[0] for each in scoped))
            needed = all_of(*(each.documented for each in scoped)).alternatives
            security = [{SCHEME: sorted(one)} for one in needed if one != written]
            options["openapi_extra"] = {"security": security, **(options.get("openapi_extra") or {})}
        self._off = sorted({name for each in scoped for name in each.guard.policy.off})
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """Wraps FastAPI's handler, so that a refused request gets the guard's answer."""
        handler = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                response = await handler(request)
            except Refused as refused:
                return respond(refused.answer)
            response.headers.update(switched_off(self._off))
            return response

        return answered
