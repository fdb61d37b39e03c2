"""The exchange: a token is traded for one that can do less (RFC 8693).

The standard does not ask for less; this server does, as its policy: no scope, no second of life and no API that the
first token did not have, and no scope that the client which asks was not registered for: it would get more by way of
somebody's token than it gets for itself. The new one carries `parent_jti` and dies with its parent.
"""

from __future__ import annotations

from starlette.requests import Request

from sample_api.oauth.authorization_server import AuthorizationServer, issued
from sample_api.oauth.clients import authenticate
from sample_api.oauth.protocol import Form, OAuthError, needed
from sample_api.schemas import Json
from scopekit.scopes import Scopes
from scopekit.tokens import Token

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
TOKEN_TYPES = (ACCESS_TOKEN, "urn:ietf:params:oauth:token-type:jwt")


def exchange_grant(server: AuthorizationServer, request: Request, form: Form) -> Json:
    """A narrower token; without a scope parameter it has the scopes of the first."""
    client = authenticate(request, form, server.state.clients)
    _refuse_other_kinds(form)
    parent = _parent(server, needed(form, "subject_token"))
    audience, scopes = _narrower_audience(server, form, parent), _narrower_scopes(server, form, parent)
    server.refuse_beyond_registration(client, scopes)
    left = int(parent.claims["exp"]) - int(server.state.clock.now())
    token = server.mint(
        audience, scopes, client=client, subject=parent.claims["sub"],
        ttl_seconds=min(left, server.targets[audience].issuer.profile.ttl_seconds or left),
        parent_jti=parent.claims["jti"],
    )  # fmt: skip
    return issued(token, issued_token_type=ACCESS_TOKEN)


def _refuse_other_kinds(form: Form) -> None:
    if needed(form, "subject_token_type") not in TOKEN_TYPES:
        raise OAuthError("invalid_request", f"The subject_token_type is one of {' '.join(TOKEN_TYPES)}.")
    if form.get("requested_token_type", ACCESS_TOKEN) not in TOKEN_TYPES:
        raise OAuthError("invalid_request", f"The requested_token_type is one of {' '.join(TOKEN_TYPES)}.")
    if "actor_token" in form or "actor_token_type" in form:
        raise OAuthError("invalid_request", "There is no acting for somebody else here: no actor_token is taken.")


def _parent(server: AuthorizationServer, text: str) -> Token:
    """The token that is traded in: one of ours that is still good, and was not narrowed itself."""
    decision = server.judge(text)
    if decision.token is None:
        raise OAuthError("invalid_request", f"The subject_token is no good here. {decision.description}")
    if "parent_jti" in decision.token.claims:
        # A guard looks up one parent, so a grandchild would outlive its grandparent.
        raise OAuthError("invalid_request", "A token that came out of an exchange goes into no other.")
    return decision.token


def _narrower_audience(server: AuthorizationServer, form: Form, parent: Token) -> str:
    """One of the parent's APIs, or one under the address of one."""
    named = parent.claims["aud"]
    held = named if isinstance(named, tuple) else (named,)
    asks = bool({"audience", "resource"} & form.keys())
    if not asks and len(held) > 1:
        raise OAuthError("invalid_request", "The token is for several APIs; an exchange names one, as its audience.")
    audience = server.audience(form) if asks else held[0]
    if any(audience == each or (each.endswith("/") and audience.startswith(each)) for each in held):
        return str(audience)
    raise OAuthError("invalid_target", f"The token is for {' and '.join(held)}; {audience} is not under it.")


def _narrower_scopes(server: AuthorizationServer, form: Form, parent: Token) -> Scopes:
    """The scopes asked for, each of them held or implied by one that is."""
    held = server.vocabulary.expand(parent.scopes)
    asked = tuple(form["scope"].split()) if "scope" in form else parent.scopes
    if beyond := sorted(set(asked) - held):
        known = server.scopes(beyond[0])
        raise OAuthError("invalid_scope", f"The subject_token does not have {' '.join(known)}; a token only narrows.")
    return asked
