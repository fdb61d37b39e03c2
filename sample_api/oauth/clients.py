"""Clients: who may ask for tokens, for which scopes, and how a client shows who it is (RFC 6749 section 2)."""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode
from collections.abc import Collection, Mapping
from typing import NamedTuple
from urllib.parse import unquote_plus

from starlette.requests import Request

from sample_api.oauth.protocol import Form, OAuthError
from sample_api.state import EXPLORER, GALLERY, REPORTER


class Registration(NamedTuple):
    """What a client was registered for: its scopes, and where a user is sent back to; a public client has no secret."""

    scopes: tuple[str, ...] | None
    redirect_uris: tuple[str, ...] = ()
    public: bool = False


ANY = None
"""The scopes of a client that may ask for all of them."""

REGISTERED: Mapping[str, Registration] = {
    EXPLORER: Registration(ANY),
    REPORTER: Registration(scopes=("public_repo", "read:user", "read:org")),
    GALLERY: Registration(ANY, redirect_uris=("http://127.0.0.1:8642/callback",), public=True),
}
"""The clients. `gallery` is public: an application on the user's own machine, which could keep no secret."""


def authenticate(request: Request, form: Form, secrets: Mapping[str, str], public: Collection[str] = ()) -> str:
    """The client that a request proves to be, by HTTP Basic or in the form; those in `public` are taken at their word.

    It is invalid_client otherwise, and invalid_request where it shows who it is in two ways.
    """
    if len(request.headers.getlist("authorization")) + ("client_secret" in form) > 1:
        raise OAuthError("invalid_request", "The client shows who it is in one way, not in two.")
    name, secret = _basic(request) or (form.get("client_id", ""), form.get("client_secret"))
    if form.get("client_id", name) != name:
        raise OAuthError("invalid_request", "The client_id is that of the client that shows who it is.")
    if secret is None and name in public and name not in secrets:
        return name
    known = secrets.get(name, "")
    if known and hmac.compare_digest(known.encode(), (secret or "").encode()):
        return name
    raise OAuthError("invalid_client", "The client's id and secret are not known here.", 401)


def _basic(request: Request) -> tuple[str, str | None] | None:
    if "authorization" not in request.headers:
        return None
    scheme, _, credentials = request.headers["authorization"].partition(" ")
    try:
        name, _, secret = b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return (unquote_plus(name), unquote_plus(secret)) if scheme.lower() == "basic" else ("", "")
