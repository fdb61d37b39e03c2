"""An OAuth 2.0 authorization server, small enough to read.

Begin with `grants`, which takes a grant and returns an access token. `authorization_server` knows the APIs and the
clients; `protocol` reads forms and answers errors. The page in `consent` gives a client its code. `token_status` checks
and revokes issued tokens, `openid` says who the user is, and `metadata` publishes the addresses of the endpoints.

The server does not build on authlib: authlib's server is made for the synchronous requests of Flask and Django, and its
base classes would hide the rules that a reader wants to see here.
"""

from __future__ import annotations

from starlette.routing import Route

from sample_api.oauth.authorization_server import REGISTERED, AuthorizationServer, Target
from sample_api.oauth.consent import Consent, in_pages
from sample_api.oauth.grants import token_endpoint
from sample_api.oauth.metadata import metadata_routes
from sample_api.oauth.openid import userinfo_endpoint
from sample_api.oauth.token_status import introspection_endpoint, revocation_endpoint

__all__ = ["REGISTERED", "AuthorizationServer", "Target", "routes", "token_endpoint"]


def routes(server: AuthorizationServer) -> list[Route]:
    """All the endpoints of an authorization server."""
    consent = Consent(server)
    return [
        Route("/oauth/token", token_endpoint(server), methods=["POST"]),
        Route("/oauth/introspect", introspection_endpoint(server), methods=["POST"]),
        Route("/oauth/revoke", revocation_endpoint(server), methods=["POST"]),
        Route("/oauth/authorize", in_pages(consent.ask), methods=["GET"]),
        Route("/oauth/authorize", in_pages(consent.decide), methods=["POST"]),
        Route("/userinfo", userinfo_endpoint(server), methods=["GET", "POST"]),
        *metadata_routes(server),
    ]
