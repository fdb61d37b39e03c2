"""POST /oauth/introspect: what a token is worth just now, told to a client that could not check it (RFC 7662)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from sample_api.oauth.answers import answer, endpoint
from sample_api.oauth.clients import authenticate
from sample_api.oauth.forms import form_of, needed
from sample_api.oauth.server import AuthorizationServer
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
