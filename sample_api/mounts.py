"""The mounts: each a prefix with its own protection, over a set of calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.routing import BaseRoute, Mount, Route, Router

from sample_api import docs, github
from sample_api.opaque import opaque_key
from sample_api.operation import Json, Operation
from sample_api.operations import GITHUB_OPERATIONS
from sample_api.requests import requirement_of, with_body
from sample_api.state import State
from sample_api.vocabularies import GITHUB_SCOPES
from scopekit.asgi import Handler, requires
from scopekit.guard import Guard
from scopekit.issuer import GITHUB, RFC9068, Issuer
from scopekit.scopes import Vocabulary

REPOS = "https://api.example/"
MODERN = "https://api.example/modern"
PROFILES = {REPOS: GITHUB, MODERN: RFC9068}

Protect = Callable[[Operation], Callable[[Handler], Handler]]


@dataclass(frozen=True, slots=True)
class Api:
    """A set of calls: their table, the scopes it knows, a handler for each, and the record that a request is about."""

    title: str
    operations: Sequence[Operation]
    vocabulary: Vocabulary
    handlers: Mapping[str, Handler]
    resource: Callable[[Request], Json | None]


GITHUB_API = Api("Sample API", GITHUB_OPERATIONS, GITHUB_SCOPES, github.HANDLERS, github.resource)


@dataclass(frozen=True, slots=True)
class ApiMount:
    """A prefix with its own protection; `extra` holds the routes that it has beside the calls and their document."""

    prefix: str
    api: Api
    protect: Protect
    security: Json
    variant: str = ""
    client: tuple[str, str] | None = None
    extra: Sequence[BaseRoute] = ()

    def mounted(self) -> Mount:
        """The calls behind their protection, the OpenAPI document and its page."""
        api = self.api
        document = docs.openapi(api.title + self.variant, api.operations, api.vocabulary, self.security)
        calls = [self._route(operation) for operation in api.operations]
        routes = [*docs.routes(document, self.client), *self.extra, *calls]
        return Mount(self.prefix, app=Router(routes, redirect_slashes=False))

    def _route(self, operation: Operation) -> Route:
        handler = self.protect(operation)(with_body(operation, self.api.handlers[operation.id]))
        return Route(operation.path.replace("{path}", "{path:path}"), handler, methods=[operation.method])


def guarded(guard: Guard, api: Api) -> Protect:
    """The protection of a mount whose guard takes tokens: what a call needs, the table says."""
    return lambda operation: requires(guard, requirement_of(operation, api.resource))


def keyed(state: State) -> Protect:
    """The protection of a mount behind opaque keys: whoever has one may make every call."""
    return lambda operation: opaque_key(state.clients, operation)


def guard_of(state: State, audience: str) -> Guard:
    """The guard of the mount for an audience: the same keys for all, another profile for each."""
    return Guard(
        state.keys, audience=audience, profile=PROFILES[audience], vocabulary=GITHUB_SCOPES,
        denylist=state.denylist, clock=state.clock, leeway_seconds=0,
    )  # fmt: skip


def issuer_of(state: State, audience: str) -> Issuer:
    """The issuer for an audience, which decides the profile of its tokens."""
    return Issuer(next(iter(state.keys)), PROFILES[audience], audience, state.clock, state.new_id)
