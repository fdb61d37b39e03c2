"""The mounts: each a prefix with its own protection, over a set of calls."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.routing import Route

from sample_api import auth0, docs, github
from sample_api import visibility as hiding
from sample_api.conditions import Owner, nothing, requirement_of
from sample_api.opaque_keys import KeyStore, opaque_key
from sample_api.openapi import openapi
from sample_api.operations import AUTH0_OPERATIONS, GITHUB_OPERATIONS, Operation
from sample_api.schemas import Json
from sample_api.scope_headers import courteous
from sample_api.serving.bodies import with_body
from sample_api.state import State
from sample_api.vocabularies import AUTH0_SCOPES, GITHUB_SCOPES
from scopekit.asgi import Handler, requires
from scopekit.errors import PolicyError
from scopekit.guard import Guard
from scopekit.issuer import RFC9068, Issuer
from scopekit.profiles import AUTH0_V2, GITHUB
from scopekit.scopes import Vocabulary

REPOS = "https://api.example/"
MODERN = "https://api.example/modern"
PROFILES = {REPOS: GITHUB, MODERN: RFC9068}

Protect = Callable[[Operation], Callable[[Handler], Handler]]


@dataclass(frozen=True, slots=True)
class Api:
    """A set of calls: their table, the scopes it knows, and a handler for each.

    `resource` finds the record that a request is about, and `owner` who owns it. `courtesy` says that answers tell
    which scopes are held and accepted, and `hide` that private repositories are hidden.
    """

    title: str
    description: str
    operations: Sequence[Operation]
    vocabulary: Vocabulary
    handlers: Mapping[str, Handler]
    resource: Callable[[Request], Json | None] = nothing
    owner: Callable[[Request], Owner | None] = nothing
    courtesy: bool = False
    hide: bool = False


GITHUB_API = Api(
    "Sample API", "A toy API, modelled on GitHub's, to learn scopes with.",
    GITHUB_OPERATIONS, GITHUB_SCOPES, github.HANDLERS, github.resource, courtesy=True,
)  # fmt: skip
HIDING_API = replace(GITHUB_API, operations=hiding.without_oracle(GITHUB_OPERATIONS), hide=True)
AUTH0_API = Api(
    "Sample API for tenants",
    "A toy API, modelled on Auth0's Management API. A tenant makes its own tokens, with its own secret and its name as "
    "their audience, and reaches no records but its own.",
    AUTH0_OPERATIONS, AUTH0_SCOPES, auth0.HANDLERS, owner=auth0.owner,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ApiMount:
    """A prefix with its own protection; `extra` holds the routes that it has beside the calls and their document."""

    prefix: str
    api: Api
    protect: Protect
    security: Json
    variant: str = ""
    client: tuple[str, str] | None = None
    extra: Sequence[Route] = ()

    def routes(self) -> list[Route]:
        """The calls behind their protection, the OpenAPI document and its page, each with its whole path."""
        api = self.api
        title = api.title + self.variant
        document = openapi(title, api.description, api.operations, api.vocabulary, self.security)
        beside = [self._prefixed(route) for route in (*docs.routes(document, self.client), *self.extra)]
        return [*beside, *self.calls()]

    def calls(self) -> list[Route]:
        """The calls alone, behind their protection."""
        return [self._prefixed(self._route(operation)) for operation in self.api.operations]

    def _route(self, operation: Operation) -> Route:
        handler = self.protect(operation)(with_body(operation, self.api.handlers[operation.id]))
        return Route(operation.path.replace("{path}", "{path:path}"), handler, methods=[operation.method])

    def _prefixed(self, route: Route) -> Route:
        return Route(self.prefix + route.path, route.endpoint, methods=sorted(route.methods or ()))


def guarded(guard: Guard, api: Api, *, lesson: bool = False) -> Protect:
    """The protection of a mount whose guard takes tokens: what a call needs, the table says.

    A guard with checks off protects nothing, and is taken for a `lesson` alone.
    """

    def protect(operation: Operation) -> Callable[[Handler], Handler]:
        allowed = requires(guard, requirement_of(operation, api.resource, api.owner), lesson=lesson)
        polite = courteous(guard, operation) if api.courtesy else _as_it_is
        secretive = hiding.hiding(guard, operation, api.resource) if api.hide else _as_it_is
        return lambda handler: secretive(polite(allowed(handler)))

    return protect


def _as_it_is(handler: Handler) -> Handler:
    return handler


def keyed(state: State) -> Protect:
    """The protection of a mount behind opaque keys: whoever has one may make every call."""
    store = KeyStore(state.clients)
    return lambda operation: functools.partial(opaque_key, store)


def guard_of(state: State, audience: str, leeway_seconds: float = 0) -> Guard:
    """The guard of the mount for an audience, which is an API's name or a tenant's; all tenants have one guard."""
    tenant = _is_tenant(state, audience)
    return Guard(
        state.tenants if tenant else state.keys,
        audience=tenants(state) if tenant else audience,
        profile=PROFILES.get(audience, AUTH0_V2),
        vocabulary=AUTH0_SCOPES if tenant else GITHUB_SCOPES,
        denylist=state.denylist, clock=state.clock, leeway_seconds=leeway_seconds,
    )  # fmt: skip


def issuer_of(state: State, audience: str) -> Issuer:
    """The issuer for an audience, which decides the key and the profile of its tokens: a tenant signs with its own."""
    keys = state.tenants.of_issuer(audience) if _is_tenant(state, audience) else state.keys
    return Issuer(next(iter(keys)), PROFILES.get(audience, AUTH0_V2), audience, state.clock, state.new_id)


def _is_tenant(state: State, audience: str) -> bool:
    """Whether an audience is a tenant's name and not an API's; PolicyError where it is neither."""
    if audience not in (*PROFILES, *tenants(state)):
        raise PolicyError(f"An audience is one of {' '.join((*PROFILES, *tenants(state)))}; found {audience!r}.")
    return audience not in PROFILES


def tenants(state: State) -> tuple[str, ...]:
    """The names of the tenants, each an audience and an issuer."""
    return tuple(dict.fromkeys(str(key.issuer) for key in state.tenants))
