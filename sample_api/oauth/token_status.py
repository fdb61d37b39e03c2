"""POST /oauth/introspect says whether a token is active (RFC 7662). POST /oauth/revoke revokes a token (RFC 7009).

A client may revoke the tokens that were issued to it. Revoking a token also revokes the tokens that an exchange made
from it. Revoking a token that is unknown, expired or already revoked succeeds, because that token opens nothing.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from sample_api.oauth.authorization_server import AuthorizationServer
from sample_api.oauth.protocol import NO_STORE, OAuthError, answer, endpoint, form_of, needed
from scopekit.asgi import Handler

PUBLISHED = ("iss", "sub", "aud", "client_id", "iat", "exp", "jti")


def introspection_endpoint(server: AuthorizationServer) -> Handler:
    """Makes the handler of introspection. No response says why a token is not active (RFC 7662 section 2.2)."""

    @endpoint
    async def introspect(request: Request) -> Response:
        form = await form_of(request)
        server.authenticate(request, form)
        text = needed(form, "token")
        token = (await server.in_turn(lambda: server.decide(text))).token
        if token is None:
            return answer({"active": False})
        claims = {name: token.claims[name] for name in PUBLISHED if name in token.claims}
        return answer({"active": True, "token_type": "Bearer", "scope": " ".join(token.scopes), **claims})

    return introspect


def revocation_endpoint(server: AuthorizationServer) -> Handler:
    """Makes the handler of revocation. After a 200, the token opens nothing; after a 503, it is still valid."""

    @endpoint
    async def revoke(request: Request) -> Response:
        form = await form_of(request)
        client = server.authenticate(request, form, public=True)
        text = needed(form, "token")

        def work() -> None:
            if (token := server.decide(text).token) is None:
                return
            if token.claims.get("client_id", token.claims["sub"]) != client:
                raise OAuthError("unauthorized_client", "The token was issued to another client and stays valid.")
            server.revoke(token)

        await server.in_turn(work)
        return Response(status_code=200, headers=NO_STORE)

    return revoke
