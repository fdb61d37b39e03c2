"""OpenID Connect: a client learns who the user is, from an ID token or, with an access token, from /userinfo.

An ID token is signed with the same key as an access token but opens no API: its `aud` is the client that asked.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from sample_api.oauth.authorization_server import AuthorizationServer, Code
from sample_api.oauth.protocol import answer
from scopekit.asgi import Handler, refusal, respond
from scopekit.issuer import sign
from scopekit.requirements import any_of
from scopekit.tokens import Token

OPENID = "openid"
MEANING = "Learn who you are"
ID_TOKEN_SECONDS = 3600


def id_token(server: AuthorizationServer, code: Code) -> Token:
    """Makes the ID token that goes with a code (OpenID Connect Core section 2).

    A client checks an ID token with the server's public key. If the server signs with a secret, no client can check it.
    """
    now, key = int(server.state.clock.now()), server.key
    claims = {
        "iss": server.issuer, "sub": code.subject, "aud": code.client, "iat": now, "exp": now + ID_TOKEN_SECONDS,
    }  # fmt: skip
    if code.nonce is not None:
        claims["nonce"] = code.nonce
    return sign({"alg": key.alg, "typ": "JWT", "kid": key.kid}, claims, key)


def userinfo_endpoint(server: AuthorizationServer) -> Handler:
    """Makes the handler of GET and POST /userinfo. A caller needs an access token with the scope `openid`."""

    async def userinfo(request: Request) -> Response:
        text = request.headers.get("authorization", "").partition(" ")[2]
        if refused := await refusal(server.guard_for(text), request, any_of(OPENID)):
            return respond(refused)
        subject = request.state.decision.token.claims["sub"]
        return answer({"sub": subject, "preferred_username": subject})

    return userinfo
