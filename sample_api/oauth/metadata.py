"""The published documents: endpoints (RFC 8414), the issuers that an API accepts (RFC 9728), public keys (RFC 7517).

The addresses of the endpoints begin with the address of the request, so they also work through a proxy. The issuer's
name stays as configured, because a client accepts only the issuer that it expects (RFC 8414 section 3.3).
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sample_api.oauth.authorization_server import AuthorizationServer
from sample_api.oauth.grants import GRANTS
from sample_api.oauth.openid import OPENID
from sample_api.schemas import Json
from scopekit.asgi import Handler

_AUTHENTICATION = ["client_secret_basic", "client_secret_post"]


def metadata_routes(server: AuthorizationServer) -> list[Route]:
    """The routes of the documents under /.well-known."""
    return [
        Route("/.well-known/oauth-authorization-server", server_document(server)),
        Route("/.well-known/openid-configuration", server_document(server)),
        Route("/.well-known/jwks.json", key_set(server)),
        *(
            # The API's path follows the well-known path (RFC 9728 section 3.1).
            Route(f"/.well-known/oauth-protected-resource{urlsplit(name).path.rstrip('/')}", api_document(server, name))
            for name in server.targets
        ),
    ]


def document(content: Callable[[str], Json], media_type: str = "application/json") -> Handler:
    """Makes the handler that shows a document. `content` makes the document from the server's address."""

    async def show(request: Request) -> Response:
        return JSONResponse(content(str(request.base_url).rstrip("/")), media_type=media_type)

    return show


def server_document(server: AuthorizationServer) -> Handler:
    """Makes the handler of the server's metadata: what RFC 8414 names, and a little more for OpenID Connect."""
    return document(
        lambda base: {
            "issuer": server.issuer,
            "authorization_endpoint": f"{base}/oauth/authorize",
            "token_endpoint": f"{base}/oauth/token",
            "introspection_endpoint": f"{base}/oauth/introspect",
            "revocation_endpoint": f"{base}/oauth/revoke",
            "userinfo_endpoint": f"{base}/userinfo",
            "jwks_uri": f"{base}/.well-known/jwks.json",
            "scopes_supported": [OPENID, *server.vocabulary],
            "response_types_supported": ["code"],
            "grant_types_supported": list(GRANTS),
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": [*_AUTHENTICATION, "none"],
            "introspection_endpoint_auth_methods_supported": _AUTHENTICATION,
            "revocation_endpoint_auth_methods_supported": [*_AUTHENTICATION, "none"],
            "authorization_response_iss_parameter_supported": True,
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [server.key.alg],
        }
    )


def api_document(server: AuthorizationServer, audience: str) -> Handler:
    """Makes the handler of an API's metadata, which says whose tokens the API accepts (RFC 9728 section 2)."""
    return document(
        lambda base: {
            "resource": audience,
            "authorization_servers": [server.issuer, *server.targets[audience].others],
            "scopes_supported": list(server.vocabulary),
            "bearer_methods_supported": ["header"],
        }
    )


def key_set(server: AuthorizationServer) -> Handler:
    """Makes the handler of the public keys, as a JWK Set. The set is empty if the server signs with a secret."""
    return document(lambda base: server.state.keys.to_jwks(), "application/jwk-set+json")
