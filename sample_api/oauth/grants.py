"""POST /oauth/token: a client sends a grant and gets an access token (RFC 6749 section 3.2). Each grant is a function.

- `client_grant`: a client asks for its own token (RFC 6749 section 4.4).
- `code_grant`: a client sends a code that stands for what a user allowed (section 4.1.3).
- `assertion_grant`: a tenant vouches for one of its users, and signs with the tenant's own secret (RFC 7523).
- `exchange_grant`, in `token_exchange`: a client trades a token for a token that can do less (RFC 8693).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from sample_api.oauth.authorization_server import AuthorizationServer, available, issued
from sample_api.oauth.openid import OPENID, id_token
from sample_api.oauth.protocol import Form, OAuthError, answer, endpoint, form_of, needed
from sample_api.oauth.token_exchange import exchange_grant
from sample_api.schemas import Json
from scopekit.asgi import Handler
from scopekit.guard import Guard
from scopekit.keys import base64url
from scopekit.profile import Profile
from scopekit.scopes import notation
from scopekit.wording import one_of

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")

ASSERTION = Profile(
    "ASSERTION", notation("oauth"), ("JWT",), ("iss", "sub", "aud", "iat", "exp", "jti"), 60, 300
)  # fmt: skip
"""RFC 7523 section 3, but stricter: requires `iat`, to limit the lifetime, and `jti`, to detect a replay."""

_USED = "The assertion was used before."

Grant = Callable[[AuthorizationServer, Request, Form], Json]


def client_grant(server: AuthorizationServer, request: Request, form: Form) -> Json:
    """Mints a token for the client itself. The client must be registered for the requested scopes.

    There is no user, so the client is the subject.
    """
    client = server.authenticate(request, form)
    audience, scopes = server.audience(form), server.scopes(form.get("scope", ""))
    server.refuse_beyond_registration(client, scopes)
    return issued(server.mint(audience, scopes, client=client, subject=client))


def code_grant(server: AuthorizationServer, request: Request, form: Form) -> Json:
    """Mints the access token that the user allowed and, if `openid` is among the scopes, an ID token.

    If a code is used twice, one of the two users of the code is a thief. So the token from the first use is revoked.
    """
    client = server.authenticate(request, form, public=True)
    code = server.codes.get(needed(form, "code"))
    if code and code.token:
        server.revoke(code.token)
        raise OAuthError("invalid_grant", "The code was used before; the token from its first use has been revoked.")
    if (
        code is None
        or server.state.clock.now() >= code.expires_at
        or (client, form.get("redirect_uri")) != (code.client, code.redirect_uri)
        or any(form.get(name, code.audience) != code.audience for name in ("audience", "resource"))
    ):
        raise OAuthError("invalid_grant", "The code is unknown, has expired, or was issued for another request.")
    verifier = needed(form, "code_verifier")
    hashed = base64url(hashlib.sha256(verifier.encode()).digest())  # S256 (RFC 7636 section 4.6)
    if not (_VERIFIER.fullmatch(verifier) and hmac.compare_digest(hashed, code.challenge)):
        raise OAuthError("invalid_grant", "The code_verifier does not match the code_challenge.")
    code.token = token = server.mint(code.audience, code.scopes, client=client, subject=code.subject)
    return issued(token, **({"id_token": str(id_token(server, code))} if OPENID in code.scopes else {}))


def assertion_grant(server: AuthorizationServer, request: Request, form: Form) -> Json:
    """Mints a token for a tenant's user. The subject names the tenant too: two tenants may have the same user name.

    The tenant makes the assertion without asking this server; the article behind the lessons calls that self-issued. A
    guard checks the assertion like any other token. The first use puts the assertion on the denylist, so a second use
    is refused, even at the same instant by another process. The client needs no other credentials. But if the client
    sends some, they must be right.

    The assertion's audience must be this server's own name, as the update of RFC 7523 will require. RFC 7523 also
    allows the address of this endpoint. But the caller's Host header decides that address, so the caller could use an
    assertion that was made for another server.
    """
    if "authorization" in request.headers or "client_secret" in form:
        server.authenticate(request, form)
    audience, scopes, state = server.audience(form), server.scopes(form.get("scope", "")), server.state
    guard = Guard(
        state.tenants, audience=server.issuer, profile=ASSERTION,
        denylist=state.denylist, clock=state.clock, leeway_seconds=0, cache_size=0,
    )  # fmt: skip
    decision = available(guard.decide(f"Bearer {needed(form, 'assertion')}"))
    if decision.token is None:
        used = decision.check == "revocation"
        raise OAuthError("invalid_grant", _USED if used else decision.description)
    claims = decision.token.claims
    if claims["aud"] != server.issuer:
        raise OAuthError("invalid_grant", f"The assertion's aud must be {server.issuer!r} and not a list.")
    token = server.mint(audience, scopes, client=claims["iss"], subject=f"{claims['iss']}|{claims['sub']}")
    if not server.revoke(decision.token):
        raise OAuthError("invalid_grant", _USED)
    return issued(token)


CLIENT_CREDENTIALS = "client_credentials"
GRANTS: Mapping[str, Grant] = {
    CLIENT_CREDENTIALS: client_grant,
    "authorization_code": code_grant,
    "urn:ietf:params:oauth:grant-type:jwt-bearer": assertion_grant,
    "urn:ietf:params:oauth:grant-type:token-exchange": exchange_grant,
}


def token_endpoint(server: AuthorizationServer, grants: Mapping[str, Grant] = GRANTS) -> Handler:
    """Makes the handler of the token endpoint. `grants` maps each grant type to its function."""

    @endpoint
    async def token(request: Request) -> Response:
        form = await form_of(request)
        kind = needed(form, "grant_type")
        if kind not in grants:
            raise OAuthError("unsupported_grant_type", one_of("The grant_type", kind, grants))
        return answer(await server.in_turn(lambda: grants[kind](server, request, form)))

    return token
