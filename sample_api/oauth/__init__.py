"""An OAuth 2.0 authorization server, small enough to read: one file for an endpoint, and one for a grant.

Begin with `token`, where a grant goes in and an access token comes out; `server` knows for which APIs. The grants are
in `token` (a client's own), `code` (what a user allowed on the page of `consent`), `assertion` (what a tenant vouches
for) and `exchange` (less than one has). `introspection` and `revocation` are for tokens that are out, `openid` says who
the user is, and `metadata` publishes where all this is.

It is written out rather than built on authlib: authlib's server is made for the synchronous requests of Flask and
Django, and it would put the rules that one comes here to see into base classes of its own.
"""

from __future__ import annotations

from starlette.routing import Route

from sample_api.oauth.authorization_server import AuthorizationServer, Target
from sample_api.oauth.consent import Consent, in_pages
from sample_api.oauth.grants import token_endpoint
from sample_api.oauth.metadata import metadata_routes
from sample_api.oauth.openid import userinfo_endpoint
from sample_api.oauth.token_status import introspection_endpoint, revocation_endpoint

__all__ = ["AuthorizationServer", "Target", "routes", "token_endpoint"]


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
