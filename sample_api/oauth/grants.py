"""The grant of a code: what a user allowed, fetched once by the client that it was for (RFC 6749 section 4.1.3).

A code that comes a second time was stolen by one of the two, so the token that it gave is taken back.

The grant of a signed assertion: a tenant vouches for one of its users, with its own secret (RFC 7523).

Nobody had to ask this server first: that is what the article calls self-issued. The assertion is a token like any
other, so a guard judges it, and it is used up by putting it on the denylist, where a second look finds it. Two
processes that see it in the same instant could both pass; it lives five minutes at most.

Its audience is this server's own name and nothing else, as the update of RFC 7523 will have it. RFC 7523 allows the
address of this endpoint too; but that address is what the caller's Host header says, and an assertion for another
server could be handed in here under that server's name.

POST /oauth/token: a grant is handed in, and an access token comes out (RFC 6749 section 3.2).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from sample_api.oauth.authorization_server import AuthorizationServer, issued
from sample_api.oauth.clients import authenticate
from sample_api.oauth.codes import Code
from sample_api.oauth.openid import OPENID, id_token
from sample_api.oauth.protocol import Form, OAuthError, answer, endpoint, form_of, needed, unavailable
from sample_api.oauth.token_exchange import exchange_grant
from sample_api.schemas import Json
from scopekit.asgi import Handler
from scopekit.guard import Guard
from scopekit.issuer import Profile
from scopekit.keys import base64url
from scopekit.scopes import notation

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def code_grant(server: AuthorizationServer, request: Request, form: Form) -> Json:
    """The token that the user allowed, and an ID token beside it where `openid` is among the scopes."""
    client = authenticate(request, form, server.state.clients, server.public)
    code, now = server.codes.get(needed(form, "code")), server.state.clock.now()
    if code and code.given:
        claims = code.given.claims
        server.state.denylist.revoke(claims["iss"], claims["jti"], claims["exp"])
        raise OAuthError("invalid_grant", "The code was used before; the token that it gave was taken back.")
    if code is None or now >= code.ends or not _is_for(code, client, form):
        raise OAuthError("invalid_grant", "The code is not known here, is too old, or is another client's.")
    if not _proves(needed(form, "code_verifier"), code.challenge):
        raise OAuthError("invalid_grant", "The code_verifier is not the one that the code_challenge was made from.")
    token = server.mint(code.audience, code.scopes, client=client, subject=code.subject)
    code.given = token
    more = {"id_token": str(id_token(server, code))} if OPENID in code.scopes else {}
    return issued(token, **more)


def _is_for(code: Code, client: str, form: Form) -> bool:
    same = (client, form.get("redirect_uri")) == (code.client, code.redirect_uri)
    return same and all(form.get(name, code.audience) == code.audience for name in ("audience", "resource"))


def _proves(verifier: str, challenge: str) -> bool:
    """Whether the challenge is the hash of this verifier: S256 (RFC 7636 section 4.6)."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    return hmac.compare_digest(base64url(hashlib.sha256(verifier.encode()).digest()), challenge)


ASSERTION = Profile(
    "ASSERTION", notation("oauth"), ("JWT",), ("iss", "sub", "aud", "iat", "exp", "jti"), 60, 300
)  # fmt: skip
"""RFC 7523 section 3, and stricter: `iat` and `jti` are asked for, so that a lifetime is bounded and a replay found."""


def assertion_grant(server: AuthorizationServer, request: Request, form: Form) -> Json:
    """A token for the tenant's user, who is told apart from another tenant's of the same name.

    The assertion is proof enough of who asks; a client that names itself as well has to prove it.
    """
    if "authorization" in request.headers or "client_secret" in form:
        authenticate(request, form, server.state.clients)
    audience, scopes = server.audience(form), server.scopes(form.get("scope", ""))
    decision = _guard(server).decide(f"Bearer {needed(form, 'assertion')}")
    if decision.status == 503:
        raise unavailable()
    if decision.token is None:
        used = decision.check == "revocation"
        raise OAuthError("invalid_grant", "The assertion was used before." if used else decision.description)
    claims = decision.token.claims
    if claims["aud"] != server.issuer:
        raise OAuthError(
            "invalid_grant", f"The assertion is for this server alone: its aud is {server.issuer!r}, and no list."
        )
    token = server.mint(audience, scopes, client=claims["iss"], subject=f"{claims['iss']}|{claims['sub']}")
    server.state.denylist.revoke(claims["iss"], claims["jti"], claims["exp"])
    return issued(token)


def _guard(server: AuthorizationServer) -> Guard:
    """The guard of this endpoint: it believes the tenants."""
    state = server.state
    return Guard(
        state.tenants, audience=server.issuer, profile=ASSERTION,
        denylist=state.denylist, clock=state.clock, leeway_seconds=0, cache_size=0,
    )  # fmt: skip


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
