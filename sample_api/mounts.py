"""The mounts. Each one puts the calls of an API under a path prefix, and protects them with a guard or opaque keys.

An opaque key is the old way, kept for comparison: a key opens every call or none. The key itself says nothing, so each
call looks the key up in a store, and each server that accepts the key must be able to reach that store. Every response
says how many look-ups there have been.
"""

from __future__ import annotations

import functools
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sample_api import auth0, docs, github
from sample_api.conditions import Owner, nothing, requirement_of, with_body
from sample_api.operations import AUTH0_OPERATIONS, GITHUB_OPERATIONS, Operation
from sample_api.schemas import Json
from sample_api.scope_headers import with_scope_headers
from sample_api.state import State
from sample_api.visibility import hiding, without_oracle
from sample_api.vocabularies import AUTH0_SCOPES, GITHUB_SCOPES
from scopekit.asgi import Handler, requires, respond
from scopekit.errors import PolicyError
from scopekit.guard import Guard
from scopekit.http import problem
from scopekit.issuer import Issuer
from scopekit.profile import RFC9068
from scopekit.profiles import AUTH0_V2, GITHUB
from scopekit.scopes import Vocabulary
from scopekit.wording import one_of

REPOS = "https://api.example/"
MODERN = "https://api.example/modern"
PROFILES = {REPOS: GITHUB, MODERN: RFC9068}


def guard_of(state: State, audience: str, leeway_seconds: float = 0) -> Guard:
    """Makes the guard for an audience. If the audience is a tenant, the guard accepts the tokens of all tenants."""
    tenant = _is_tenant(state, audience)
    return Guard(
        state.tenants if tenant else state.keys,
        audience=tenants(state) if tenant else audience,
        profile=PROFILES.get(audience, AUTH0_V2),
        vocabulary=AUTH0_SCOPES if tenant else GITHUB_SCOPES,
        denylist=state.denylist, clock=state.clock, leeway_seconds=leeway_seconds,
    )  # fmt: skip


def issuer_of(state: State, audience: str) -> Issuer:
    """Makes the issuer of tokens for an audience. The tokens for a tenant are signed with the tenant's own key."""
    keys = state.tenants.of_issuer(audience) if _is_tenant(state, audience) else state.keys
    return Issuer(next(iter(keys)), PROFILES.get(audience, AUTH0_V2), audience, state.clock, state.new_id)


def _is_tenant(state: State, audience: str) -> bool:
    """Whether an audience is a tenant, not an API. Raises PolicyError if the audience is neither."""
    if audience not in (*PROFILES, *tenants(state)):
        raise PolicyError(one_of("An audience", audience, (*PROFILES, *tenants(state))))
    return audience not in PROFILES


def tenants(state: State) -> tuple[str, ...]:
    """Returns the names of the tenants. Each name is used as an audience and also as an issuer."""
    return tuple(dict.fromkeys(str(key.issuer) for key in state.tenants))


Protect = Callable[[Operation], Callable[[Handler], Handler]]
"""Returns the decorator for an operation's handler, which checks each request before the handler sees it."""


@dataclass(frozen=True, slots=True)
class Api:
    """A set of calls: their table, the scopes of the API, and a handler for each call.

    `resource` finds the record that a request is about, and `owner` finds the owner of that record. With
    `scope_headers`, responses name the scopes of the token and of the call. With `hide`, private repositories are
    hidden.
    """

    title: str
    description: str
    operations: Sequence[Operation]
    vocabulary: Vocabulary
    handlers: Mapping[str, Handler]
    resource: Callable[[Request], Json | None] = nothing
    owner: Callable[[Request], Owner | None] = nothing
    scope_headers: bool = False
    hide: bool = False


GITHUB_API = Api(
    "Sample API", "A toy API, modelled on GitHub's, to learn scopes with.",
    GITHUB_OPERATIONS, GITHUB_SCOPES, github.HANDLERS, github.resource, scope_headers=True,
)  # fmt: skip
HIDING_API = replace(GITHUB_API, operations=without_oracle(GITHUB_OPERATIONS), hide=True)
AUTH0_API = Api(
    "Sample API for tenants",
    "A toy API, modelled on Auth0's Management API. A tenant makes its own tokens, with its own secret and its name as "
    "their audience, and reaches only its own records.",
    AUTH0_OPERATIONS, AUTH0_SCOPES, auth0.HANDLERS, owner=auth0.owner,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ApiMount:
    """An API under a path prefix, behind its own protection. Its documentation page is prefilled with `client`."""

    prefix: str
    api: Api
    protect: Protect
    security: Json
    variant: str = ""
    client: tuple[str, str] | None = None

    def routes(self) -> list[Route]:
        """Returns the routes of the calls, of the OpenAPI document and of its page. Only the calls are protected."""
        api = self.api
        title = api.title + self.variant
        document = docs.openapi(title, api.description, api.operations, api.vocabulary, self.security)
        pages = [Route(self.prefix + page.path, page.endpoint) for page in docs.routes(document, self.client)]
        return [*pages, *self.calls()]

    def calls(self) -> list[Route]:
        """Returns only the routes of the calls, each with its handler behind the protection."""
        return [
            Route(
                self.prefix + operation.path.replace("{path}", "{path:path}"),
                self.protect(operation)(with_body(operation, self.api.handlers[operation.id])),
                methods=[operation.method],
            )
            for operation in self.api.operations
        ]


def check_scopes(guard: Guard, api: Api, *, lesson: bool = False) -> Protect:
    """Protects a mount's calls with a guard. The operations table says which scopes each call needs.

    A guard with checks switched off protects nothing, so it is accepted only with `lesson=True`.
    """

    def protect(operation: Operation) -> Callable[[Handler], Handler]:
        scoped = requires(guard, requirement_of(operation, api.resource, api.owner), lesson=lesson)
        layers: list[Callable[[Handler], Handler]] = [scoped]
        if api.scope_headers:
            layers.append(with_scope_headers(guard, operation))
        if api.hide:
            layers.append(hiding(guard, operation, api.resource))
        return lambda handler: functools.reduce(lambda inner, layer: layer(inner), layers, handler)

    return protect


LOOK_UPS = "ScopeKit-Key-Lookups"
"""The response header that counts all look-ups in the store so far, including this call's."""


class KeyStore:
    """The known keys and a count of the look-ups. The keys are the secrets of `clients`."""

    def __init__(self, clients: Mapping[str, str]) -> None:
        self._clients = clients
        self.look_ups = 0

    def find(self, key: str) -> str | None:
        """Returns the name of the client whose secret is `key`, or None. Counts one look-up."""
        self.look_ups += 1
        secrets = self._clients.items()
        return next((name for name, secret in secrets if hmac.compare_digest(key.encode(), secret.encode())), None)


def check_key(store: KeyStore) -> Protect:
    """Protects a mount's calls with opaque keys. Any known key opens every call."""

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def checked(request: Request) -> Response:
            scheme, _, key = request.headers.get("authorization", "").partition(" ")
            if scheme.lower() == "bearer" and store.find(key) is not None:
                request.state.decision = None
                response = await handler(request)
            else:
                challenge = {"WWW-Authenticate": 'Bearer realm="keys"'}
                response = respond(problem(401, "This call needs a key that this API knows.", challenge))
            response.headers[LOOK_UPS] = str(store.look_ups)
            return response

        return checked

    return lambda operation: decorate
