"""The authorization servers: one for the GitHub-like calls, and one that mints for a tenant where the page needs it."""

from __future__ import annotations

from collections.abc import Sequence

from sample_api.mounts import MODERN, REPOS, guard_of, issuer_of, tenants
from sample_api.oauth import AuthorizationServer, Target
from sample_api.oauth.clients import REGISTERED
from sample_api.state import EXPLORER, State
from sample_api.vocabularies import AUTH0_SCOPES, GITHUB_SCOPES
from scopekit.stores.jwks import RemoteKeySet


def server_of_repositories(state: State, trusted: Sequence[RemoteKeySet] = ()) -> AuthorizationServer:
    """The server for both APIs with repositories; /modern takes tokens of the `trusted` issuers too."""
    others = {MODERN: tuple(keys.issuer for keys in trusted)}
    targets = {
        audience: Target(issuer_of(state, audience), guard_of(state, audience), others.get(audience, ()))
        for audience in (REPOS, MODERN)
    }
    return AuthorizationServer(state, targets, GITHUB_SCOPES, REGISTERED)


def server_of_tenant(state: State) -> AuthorizationServer:
    """The server that mints with the first tenant's secret, for the documentation page's client and for no other.

    A tenant makes its tokens itself, and needs no server; the page cannot, for it has no tenant's secret.
    """
    tenant = tenants(state)[0]
    target = Target(issuer_of(state, tenant), guard_of(state, tenant))
    return AuthorizationServer(state, {tenant: target}, AUTH0_SCOPES, {EXPLORER: REGISTERED[EXPLORER]})
