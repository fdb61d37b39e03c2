"""POST /oauth/revoke: a client takes back a token that was given to it, and all that was narrowed from it (RFC 7009).

To take back what is not known, has ended or was taken back before is a success: it is good for nothing either way.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from sample_api.oauth.answers import NO_STORE, OAuthError, endpoint
from sample_api.oauth.clients import authenticate
from sample_api.oauth.forms import form_of, needed
from sample_api.oauth.server import AuthorizationServer
from scopekit.asgi import Handler


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
