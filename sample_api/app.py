"""The application: mounts, each with its own protection, wired together and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address
from typing import TextIO
from urllib.parse import urlencode

from starlette.routing import Route
from starlette.types import ASGIApp

from sample_api import cookie_session as session
from sample_api import mounts, oauth
from sample_api.authorization import server_of_repositories, server_of_tenant
from sample_api.mounts import AUTH0_API, GITHUB_API, HIDING_API, MODERN, REPOS, Api, ApiMount
from sample_api.oauth.grants import CLIENT_CREDENTIALS, client_grant
from sample_api.openapi import OPAQUE_KEY, oauth2
from sample_api.serving import limits as wire
from sample_api.serving.access_log import AccessLog
from sample_api.serving.dispatch import Application, Paths
from sample_api.state import EXPLORER, State
from sample_api.trusted_issuers import TrustedKeys
from sample_api.vocabularies import AUTH0_SCOPES, GITHUB_SCOPES
from scopekit.stores.jwks import RemoteKeySet

Client = tuple[str, str]


def create_app(
    state: State,
    *,
    host: str = "127.0.0.1",
    trusted: Sequence[RemoteKeySet] = (),
    log: TextIO | None = None,
    hide: bool = False,
) -> ASGIApp:
    """The sample API over a state; on a loopback host the documentation page's client is filled in.

    `trusted` are the keys of other issuers, whose tokens open /modern as well. `log` gets the access log.
    `hide` makes private repositories answer as if they were not there.
    """
    loopback = ip_address(host).is_loopback
    client = (EXPLORER, state.clients[EXPLORER]) if loopback and EXPLORER in state.clients else None
    api = HIDING_API if hide else GITHUB_API
    prefixes = (
        _modern(state, trusted, client, api),
        _tenants(state, client),
        ApiMount("/keys", GITHUB_API, mounts.keyed(state), OPAQUE_KEY, ", opaque key"),
        _root(state, trusted, client, api),
    )
    paths = Paths(route for mount in prefixes for route in mount.routes())
    app = Application(paths, state.clock, host, data=state.data, kept=state)
    return AccessLog(app, log, state.clock) if log else app


def _root(state: State, trusted: Sequence[RemoteKeySet], client: Client | None, api: Api) -> ApiMount:
    """The calls with the token in a header, or in a cookie as well, and what the whole server has once."""
    guard = mounts.guard_of(state, REPOS)
    protect = mounts.guarded(guard, api)
    once = [
        Route("/health", wire.health),
        *oauth.routes(server_of_repositories(state, trusted)),
        *session.session_routes(guard, state.clock),
    ]
    security = oauth2(GITHUB_SCOPES, "oauth/token")
    return ApiMount("", api, lambda operation: session.cookie_too(protect(operation)), security, "", client, once)


def _modern(state: State, trusted: Sequence[RemoteKeySet], client: Client | None, api: Api) -> ApiMount:
    """The same calls with today's tokens, which other issuers may mint too."""
    guard = mounts.guard_of(state, MODERN)
    if trusted:  # another machine's clock may be ahead of ours
        guard = mounts.guard_of(replace(state, keys=TrustedKeys(state.keys, trusted)), MODERN, leeway_seconds=60)
    security = oauth2(GITHUB_SCOPES, f"../oauth/token?{urlencode({'audience': MODERN})}")
    return ApiMount("/modern", api, mounts.guarded(guard, api), security, ", RFC 9068", client)


def _tenants(state: State, client: Client | None) -> ApiMount:
    """The calls of tenants, who mint for themselves; the page's client gets its tokens from a server that does."""
    guard = mounts.guard_of(state, mounts.tenants(state)[0])
    endpoint = oauth.token_endpoint(server_of_tenant(state), {CLIENT_CREDENTIALS: client_grant})
    security = oauth2(AUTH0_SCOPES, "oauth/token")
    token = [Route("/oauth/token", endpoint, methods=["POST"])]
    return ApiMount("/api/v2", AUTH0_API, mounts.guarded(guard, AUTH0_API), security, "", client, token)
