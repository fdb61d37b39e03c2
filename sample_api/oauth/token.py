"""POST /oauth/token: a grant is handed in, and an access token comes out (RFC 6749 section 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from sample_api.oauth.answers import OAuthError, answer, endpoint
from sample_api.oauth.assertion import assertion_grant
from sample_api.oauth.clients import authenticate
from sample_api.oauth.code import code_grant
from sample_api.oauth.exchange import exchange_grant
from sample_api.oauth.forms import Form, form_of, needed
from sample_api.oauth.server import AuthorizationServer, issued
from sample_api.operation import Json
from scopekit.asgi import Handler

Grant = Callable[[AuthorizationServer, Request, Form], Json]


def client_grant(server: AuthorizationServer, request: Request, form: Form) -> Json:
    """A client's own token, for scopes that it was registered for (RFC 6749 section 4.4); none where it asks for none.

    There is no user, so the subject is the client.
    """
    client = authenticate(request, form, server.state.clients)
    audience, scopes = server.audience(form), server.scopes(form.get("scope", ""))
    server.refuse_beyond_registration(client, scopes)
    return issued(server.mint(audience, scopes, client=client, subject=client))


CLIENT_CREDENTIALS = "client_credentials"
GRANTS: Mapping[str, Grant] = {
    CLIENT_CREDENTIALS: client_grant,
    "authorization_code": code_grant,
    "urn:ietf:params:oauth:grant-type:jwt-bearer": assertion_grant,
    "urn:ietf:params:oauth:grant-type:token-exchange": exchange_grant,
}


def token_endpoint(server: AuthorizationServer, grants: Mapping[str, Grant] = GRANTS) -> Handler:
    """The handler of the endpoint, for these grants."""

    @endpoint
    async def token(request: Request) -> Response:
        form = await form_of(request)
        kind = needed(form, "grant_type")
        if kind not in grants:
            raise OAuthError("unsupported_grant_type", f"The grant_type is one of {' '.join(grants)}.")
        return answer(await server.apart(lambda: grants[kind](server, request, form)))

    return token
