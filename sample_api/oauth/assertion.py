"""The grant of a signed assertion: a tenant vouches for one of its users, with its own secret (RFC 7523).

Nobody had to ask this server first: that is what the article calls self-issued. The assertion is a token like any
other, so a guard judges it, and it is used up by putting it on the denylist, where a second look finds it. Two
processes that see it in the same instant could both pass; it lives five minutes at most.

Its audience is this server's own name and nothing else, as the update of RFC 7523 will have it. RFC 7523 allows the
address of this endpoint too; but that address is what the caller's Host header says, and an assertion for another
server could be handed in here under that server's name.
"""

from __future__ import annotations

from starlette.requests import Request

from sample_api.oauth.answers import OAuthError, unavailable
from sample_api.oauth.clients import authenticate
from sample_api.oauth.forms import Form, needed
from sample_api.oauth.server import AuthorizationServer, issued
from sample_api.operation import Json
from scopekit.guard import Guard
from scopekit.issuer import Profile
from scopekit.notations import notation

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
