"""POST /oauth/introspect: what a token is worth just now, told to a client that could not check it (RFC 7662).

POST /oauth/revoke: a client takes back a token that was given to it, and all that was narrowed from it (RFC 7009).

To take back what is not known, has ended or was taken back before is a success: it is good for nothing either way.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from sample_api.oauth.authorization_server import AuthorizationServer
from sample_api.oauth.clients import authenticate
from sample_api.oauth.protocol import NO_STORE, OAuthError, answer, endpoint, form_of, needed
from scopekit.asgi import Handler

TOLD = ("iss", "sub", "aud", "client_id", "iat", "exp", "jti")


def introspection_endpoint(server: AuthorizationServer) -> Handler:
    """The handler; of a token that is no good for any reason it says nothing but that (section 2.2)."""

    @endpoint
    async def introspect(request: Request) -> Response:
        form = await form_of(request)
        authenticate(request, form, server.state.clients)
        text = needed(form, "token")
        token = (await server.apart(lambda: server.judge(text))).token
        if token is None:
            return answer({"active": False})
        told = {name: token.claims[name] for name in TOLD if name in token.claims}
        return answer({"active": True, "token_type": "Bearer", "scope": " ".join(token.scopes), **told})

    return introspect


def revocation_endpoint(server: AuthorizationServer) -> Handler:
    """The handler. The answer comes when the denylist has kept it; 503 says that the token still lives."""

    @endpoint
    async def revoke(request: Request) -> Response:
        form = await form_of(request)
        client = authenticate(request, form, server.state.clients, server.public)
        text = needed(form, "token")
        await server.apart(lambda: _take_back(server, client, text))
        return Response(status_code=200, headers=NO_STORE)

    return revoke


def _take_back(server: AuthorizationServer, client: str, text: str) -> None:
    token = server.judge(text).token
    if token is None:
        return
    claims = token.claims
    if claims.get("client_id", claims["sub"]) != client:
        raise OAuthError("unauthorized_client", "The token was given to another client, and stays good.")
    server.state.denylist.revoke(claims["iss"], claims["jti"], claims["exp"])
