"""Builds the application: puts each API under a path prefix, behind the guard or the key check that protects it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address
from typing import TextIO
from urllib.parse import urlencode

from starlette.routing import Route
from starlette.types import ASGIApp

from sample_api import oauth
from sample_api.cookie_session import or_cookie, session_routes
from sample_api.docs import OPAQUE_KEY, oauth2
from sample_api.mounts import (
    AUTH0_API,
    GITHUB_API,
    HIDING_API,
    MODERN,
    REPOS,
    ApiMount,
    KeyStore,
    check_key,
    check_scopes,
    guard_of,
    issuer_of,
    tenants,
)  # fmt: skip
from sample_api.oauth import REGISTERED, AuthorizationServer, Target
from sample_api.oauth.grants import CLIENT_CREDENTIALS, client_grant
from sample_api.serving.access_log import AccessLog
from sample_api.serving.application import Application, Paths, health
from sample_api.state import EXPLORER, State
from sample_api.trusted_issuers import trusted_keys
from sample_api.vocabularies import AUTH0_SCOPES, GITHUB_SCOPES
from scopekit.asgi import Handler
from scopekit.stores.jwks import RemoteKeySet


def create_app(
    state: State,
    *,
    host: str = "127.0.0.1",
    trusted: Sequence[RemoteKeySet] = (),
    log: TextIO | None = None,
    hide: bool = False,
) -> ASGIApp:
    """Builds the sample API over a state. On a loopback host, /docs already holds a client's id and secret.

    `trusted` holds the keys of other issuers, whose tokens /modern also accepts. The access log is written to `log`.
    With `hide`, a token that may not see a private repository gets a 404, as if the repository did not exist.
    """
    loopback = ip_address(host).is_loopback
    client = (EXPLORER, state.clients[EXPLORER]) if loopback and EXPLORER in state.clients else None
    github = HIDING_API if hide else GITHUB_API
    repos, modern, tenant = guard_of(state, REPOS), guard_of(state, MODERN), guard_of(state, tenants(state)[0])
    if trusted:  # another machine's clock may be ahead of ours
        modern = guard_of(replace(state, keys=trusted_keys(state.keys, trusted)), MODERN, leeway_seconds=60)
    github_oauth, auth0_oauth = oauth2(GITHUB_SCOPES, "oauth/token"), oauth2(AUTH0_SCOPES, "oauth/token")
    modern_oauth = oauth2(GITHUB_SCOPES, f"../oauth/token?{urlencode({'audience': MODERN})}")
    mounts = (
        ApiMount("/modern", github, check_scopes(modern, github), modern_oauth, ", RFC 9068", client),
        ApiMount("/api/v2", AUTH0_API, check_scopes(tenant, AUTH0_API), auth0_oauth, "", client),
        ApiMount("/keys", GITHUB_API, check_key(KeyStore(state.clients)), OPAQUE_KEY, ", opaque key"),
        ApiMount("", github, or_cookie(check_scopes(repos, github)), github_oauth, "", client),
    )
    routes = (
        Route("/health", health),
        *(route for mount in mounts for route in mount.routes()),
        *session_routes(repos, state.clock),
        *oauth.routes(server_of_repositories(state, trusted)),
        Route("/api/v2/oauth/token", tenant_token_endpoint(state), methods=["POST"]),
    )
    app = Application(Paths(routes), state.clock, host, data=state.data, store=state)
    return AccessLog(app, log, state.clock) if log else app


def server_of_repositories(state: State, trusted: Sequence[RemoteKeySet] = ()) -> AuthorizationServer:
    """Makes the authorization server of the APIs at / and /modern. /modern accepts the `trusted` issuers too."""
    others = {MODERN: tuple(keys.issuer for keys in trusted)}
    targets = {
        audience: Target(issuer_of(state, audience), guard_of(state, audience), others.get(audience, ()))
        for audience in (REPOS, MODERN)
    }
    return AuthorizationServer(state, targets, GITHUB_SCOPES, REGISTERED)


def tenant_token_endpoint(state: State) -> Handler:
    """Makes the endpoint that mints tokens of the first tenant, for the documentation page only.

    A real tenant signs its own tokens and needs no endpoint. The page needs one: it does not know the tenant's secret.
    """
    tenant = tenants(state)[0]
    targets = {tenant: Target(issuer_of(state, tenant), guard_of(state, tenant))}
    server = AuthorizationServer(state, targets, AUTH0_SCOPES, {EXPLORER: REGISTERED[EXPLORER]})
    return oauth.token_endpoint(server, {CLIENT_CREDENTIALS: client_grant})
