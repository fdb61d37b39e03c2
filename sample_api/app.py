"""The application: mounts, each with its own protection, wired together and nothing else."""

from __future__ import annotations

from ipaddress import ip_address

from starlette.applications import Starlette
from starlette.routing import Route

from sample_api import docs, oauth, wire
from sample_api.mounts import GITHUB_API, MODERN, REPOS, ApiMount, guard_of, guarded, issuer_of, keyed
from sample_api.state import EXPLORER, State
from sample_api.vocabularies import GITHUB_SCOPES


def create_app(state: State, *, host: str = "127.0.0.1") -> Starlette:
    """The sample API over a state; on a loopback host the documentation page's client is filled in."""
    explorer = ip_address(host).is_loopback
    mounts = (
        _jwt_mount("/modern", ", RFC 9068", state, MODERN, explorer=explorer),
        ApiMount("/keys", GITHUB_API, keyed(state), docs.OPAQUE_KEY, ", opaque key"),
        _jwt_mount("", "", state, REPOS, explorer=explorer),
    )
    app = Starlette(
        routes=[Route("/health", wire.health), *(mount.mounted() for mount in mounts)],
        middleware=wire.middleware(state.clock, host),
        exception_handlers=wire.EXCEPTION_HANDLERS,
    )
    app.state.data = state.data
    return app


def _jwt_mount(prefix: str, variant: str, state: State, audience: str, *, explorer: bool) -> ApiMount:
    """A mount whose guard takes tokens for `audience`, with the endpoint that they come from."""
    endpoint = oauth.token_endpoint(issuer_of(state, audience), state.clients, GITHUB_SCOPES)
    client = (EXPLORER, state.clients[EXPLORER]) if explorer and EXPLORER in state.clients else None
    return ApiMount(
        prefix, GITHUB_API, guarded(guard_of(state, audience), GITHUB_API), docs.oauth2(GITHUB_SCOPES, "oauth/token"),
        variant, client, [Route("/oauth/token", endpoint, methods=["POST"])],
    )  # fmt: skip
