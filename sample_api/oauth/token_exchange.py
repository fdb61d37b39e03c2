"""Token exchange: a client trades a token for a token that can do less (RFC 8693).

"Less" is this server's policy, not the standard's rule. The new token has no scope and no API that the first token
lacks, and does not expire later. The client must also be registered for the scopes; otherwise the client could gain
scopes from another client's token. The new token carries `parent_jti`, so revoking the first token revokes both. If
the first token was issued earlier, the new token carries `parent_iat`, so a cut-off of the first token revokes both.
"""

from __future__ import annotations

from starlette.requests import Request

from sample_api.oauth.authorization_server import AuthorizationServer, issued
from sample_api.oauth.protocol import Form, OAuthError, needed
from sample_api.schemas import Json
from scopekit.scopes import Scopes
from scopekit.tokens import Token
from scopekit.wording import one_of

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
TOKEN_TYPES = (ACCESS_TOKEN, "urn:ietf:params:oauth:token-type:jwt")


def exchange_grant(server: AuthorizationServer, request: Request, form: Form) -> Json:
    """Mints a token with no more rights than `subject_token`. Without a parameter `scope`, the scopes are the same."""
    client = server.authenticate(request, form)
    for name, default in (("subject_token_type", ""), ("requested_token_type", ACCESS_TOKEN)):
        if (kind := form.get(name, default) or needed(form, name)) not in TOKEN_TYPES:
            raise OAuthError("invalid_request", one_of(f"The {name}", kind, TOKEN_TYPES))
    if "actor_token" in form or "actor_token_type" in form:
        raise OAuthError("invalid_request", "This server accepts no actor_token: it does not support delegation.")
    decision = server.decide(needed(form, "subject_token"))
    if (parent := decision.token) is None:
        raise OAuthError("invalid_request", f"The subject_token is not valid here. {decision.description}")
    if "parent_jti" in parent.claims:
        # A guard looks up only one parent, so a grandchild would survive the revocation of its grandparent.
        raise OAuthError("invalid_request", "A token from an exchange cannot be exchanged again.")
    audience, scopes = _narrower_audience(server, form, parent), _narrower_scopes(server, form, parent)
    server.refuse_beyond_registration(client, scopes)
    issued_at, now = parent.claims["iat"], server.state.clock.now()
    ancestry = {"parent_jti": parent.claims["jti"]} | ({"parent_iat": issued_at} if issued_at < now else {})
    left = int(parent.claims["exp"]) - int(now)
    token = server.mint(
        audience, scopes, client=client, subject=parent.claims["sub"],
        ttl_seconds=min(left, server.targets[audience].issuer.profile.ttl_seconds or left),
        **ancestry,
    )  # fmt: skip
    return issued(token, issued_token_type=ACCESS_TOKEN)


def _narrower_audience(server: AuthorizationServer, form: Form, parent: Token) -> str:
    """Returns the API of the new token: an API that `parent` is for, or one whose address is below that API's."""
    claim = parent.claims["aud"]
    audiences = claim if isinstance(claim, tuple) else (claim,)
    named = bool({"audience", "resource"} & form.keys())
    if not named and len(audiences) > 1:
        raise OAuthError("invalid_request", "The subject_token is for several APIs; name one as the audience.")
    audience = server.audience(form) if named else audiences[0]
    if any(audience == each or (each.endswith("/") and audience.startswith(each)) for each in audiences):
        return str(audience)
    raise OAuthError("invalid_target", f"The subject_token is for {' and '.join(audiences)}, not for {audience}.")


def _narrower_scopes(server: AuthorizationServer, form: Form, parent: Token) -> Scopes:
    """Returns the requested scopes. Raises invalid_scope for one that `parent` neither has nor implies."""
    scopes = tuple(form["scope"].split()) if "scope" in form else parent.scopes
    if beyond := sorted(set(scopes) - server.vocabulary.expand(parent.scopes)):
        missing = " ".join(server.scopes(beyond[0]))  # also raises invalid_scope, for an unknown scope
        raise OAuthError("invalid_scope", f"The subject_token does not have {missing}; an exchange cannot add scopes.")
    return scopes
