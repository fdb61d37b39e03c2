"""The grant of a code: what a user allowed, fetched once by the client that it was for (RFC 6749 section 4.1.3).

A code that comes a second time was stolen by one of the two, so the token that it gave is taken back.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from starlette.requests import Request

from sample_api.oauth.answers import OAuthError
from sample_api.oauth.clients import authenticate
from sample_api.oauth.codes import Code
from sample_api.oauth.forms import Form, needed
from sample_api.oauth.openid import OPENID, id_token
from sample_api.oauth.server import AuthorizationServer, issued
from sample_api.operation import Json
from scopekit.keys import base64url

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
