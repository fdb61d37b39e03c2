"""The token endpoint: a client shows who it is and gets a token for the scopes it asks for (RFC 6749 section 4.4)."""

from __future__ import annotations

import binascii
import hmac
import re
from base64 import b64decode
from collections.abc import Mapping
from urllib.parse import parse_qs, unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from scopekit.asgi import Handler
from scopekit.errors import ScopeKitError
from scopekit.issuer import Issuer
from scopekit.scopes import Vocabulary

# RFC 6749 section 5.2: a description may hold what a scope asked for held, and that may be anything.
_NOT_ALLOWED = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def token_endpoint(issuer: Issuer, clients: Mapping[str, str], vocabulary: Vocabulary) -> Handler:
    """The handler of POST /oauth/token: the scopes asked for, if the vocabulary knows them, and none by default."""

    async def token(request: Request) -> Response:
        form = await _form(request)
        client = _client(request, form, clients)
        if form is None:
            return _refusal("invalid_request", "The body is a form, and holds no parameter twice.")
        if len(request.headers.getlist("authorization")) + ("client_secret" in form) > 1:
            return _refusal("invalid_request", "The client shows who it is in one way, not in two.")
        if client is None:
            return _refusal("invalid_client", "The client's id and secret are not known here.", 401)
        if "grant_type" not in form:
            return _refusal("invalid_request", "The form names a grant_type.")
        if form["grant_type"] != "client_credentials":
            return _refusal("unsupported_grant_type", "The grant_type is client_credentials.")
        try:
            scopes = vocabulary.check(form.get("scope", "").split())
        except ScopeKitError as error:
            return _refusal("invalid_scope", str(error))
        minted = issuer.mint(scopes, subject=client)
        lifetime = minted.claims["exp"] - minted.claims["iat"]
        answer = {
            "access_token": str(minted),
            "token_type": "Bearer",
            "expires_in": lifetime,
            "scope": " ".join(scopes),
        }
        return JSONResponse(answer, headers=_NO_STORE)

    return token


async def _form(request: Request) -> dict[str, str] | None:
    try:
        fields = parse_qs(
            (await request.body()).decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=20
        )
    except ValueError:
        return None
    once = all(len(values) == 1 for values in fields.values())
    return {name: values[0] for name, values in fields.items()} if once else None


def _client(request: Request, form: dict[str, str] | None, clients: Mapping[str, str]) -> str | None:
    """The client that the request proves to be, by HTTP Basic or in the form (RFC 6749 section 2.3.1)."""
    name, secret = _basic(request) or ((form or {}).get("client_id", ""), (form or {}).get("client_secret", ""))
    known = clients.get(name, "")
    return name if known and hmac.compare_digest(known.encode(), secret.encode()) else None


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return unquote_plus(name), unquote_plus(secret)


def _refusal(error: str, description: str, status: int = 400) -> Response:
    headers = {"WWW-Authenticate": 'Basic realm="oauth"'} if status == 401 else {}
    clean = _NOT_ALLOWED.sub("?", description.replace('"', "'"))
    return JSONResponse({"error": error, "error_description": clean}, status, {**_NO_STORE, **headers})
