"""The application: mounts, each with its own protection and the same calls, wired together and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route, Router

from sample_api import docs, github, oauth, wire
from sample_api.opaque import opaque_key
from sample_api.operations import OPERATIONS, SCOPES, Json, Operation
from sample_api.requests import requirement_of, with_body
from sample_api.state import EXPLORER, State
from scopekit.asgi import Handler, requires
from scopekit.guard import Guard
from scopekit.issuer import GITHUB, RFC9068, Issuer

REPOS = "https://api.example/"
MODERN = "https://api.example/modern"
PROFILES = {REPOS: GITHUB, MODERN: RFC9068}

Protect = Callable[[Operation], Callable[[Handler], Handler]]


@dataclass(frozen=True, slots=True)
class ApiMount:
    """A prefix with its own protection; `extra` holds the routes that it has beside the calls and their document."""

    prefix: str
    title: str
    protect: Protect
    security: Json
    client: tuple[str, str] | None = None
    extra: Sequence[BaseRoute] = ()

    def mounted(self) -> Mount:
        """The calls behind their protection, the OpenAPI document and its page."""
        document = docs.openapi(self.title, OPERATIONS, SCOPES, self.security)
        calls = [self._route(operation) for operation in OPERATIONS]
        routes = [*docs.routes(document, self.client), *self.extra, *calls]
        return Mount(self.prefix, app=Router(routes, redirect_slashes=False))

    def _route(self, operation: Operation) -> Route:
        handler = self.protect(operation)(with_body(operation, github.HANDLERS[operation.id]))
        return Route(operation.path.replace("{path}", "{path:path}"), handler, methods=[operation.method])


def guard_of(state: State, audience: str) -> Guard:
    """The guard of the mount for an audience: the same keys for all, another profile for each."""
    return Guard(
        state.keys, audience=audience, profile=PROFILES[audience], vocabulary=SCOPES,
        denylist=state.denylist, clock=state.clock, leeway_seconds=0,
    )  # fmt: skip


def issuer_of(state: State, audience: str) -> Issuer:
    """The issuer for an audience, which decides the profile of its tokens."""
    return Issuer(next(iter(state.keys)), PROFILES[audience], audience, state.clock, state.new_id)


def jwt_mount(prefix: str, title: str, state: State, audience: str, *, explorer: bool) -> ApiMount:
    """A mount whose guard takes tokens for `audience`, with the endpoint that they come from."""
    guard = guard_of(state, audience)
    endpoint = oauth.token_endpoint(issuer_of(state, audience), state.clients, SCOPES)

    def protect(operation: Operation) -> Callable[[Handler], Handler]:
        return requires(guard, requirement_of(operation, github.resource))

    client = (EXPLORER, state.clients[EXPLORER]) if explorer and EXPLORER in state.clients else None
    token = Route("/oauth/token", endpoint, methods=["POST"])
    return ApiMount(prefix, title, protect, docs.oauth2(SCOPES, "oauth/token"), client, [token])


def key_mount(prefix: str, title: str, state: State) -> ApiMount:
    """A mount behind opaque keys: whoever has one may make every call."""
    return ApiMount(prefix, title, lambda operation: opaque_key(state.clients, operation), docs.OPAQUE_KEY)


def create_app(state: State, *, host: str = "127.0.0.1") -> Starlette:
    """The sample API over a state; on a loopback host the documentation page's client is filled in."""
    explorer = ip_address(host).is_loopback
    mounts = (
        jwt_mount("/modern", "Sample API, RFC 9068", state, MODERN, explorer=explorer),
        key_mount("/keys", "Sample API, opaque key", state),
        jwt_mount("", "Sample API", state, REPOS, explorer=explorer),
    )
    app = Starlette(
        routes=[Route("/health", wire.health), *(mount.mounted() for mount in mounts)],
        middleware=wire.middleware(state.clock, host),
        exception_handlers=wire.EXCEPTION_HANDLERS,
    )
    app.state.data = state.data
    return app
