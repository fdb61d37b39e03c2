"""Reads the authorization server's forms and client credentials, and writes its answers (RFC 6749 section 5)."""

from __future__ import annotations

import binascii
import functools
import re
from base64 import b64decode
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sample_api.schemas import Json
from scopekit.asgi import Handler
from scopekit.errors import StoreError
from scopekit.http import RETRY_AFTER_SECONDS

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}

# RFC 6749 section 5.2 forbids these characters; a description may quote a requested scope, which may be any text.
_NOT_ALLOWED = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


class OAuthError(Exception):
    """A refused request: the error code, a sentence for the client's developer, and the HTTP status."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.status = error, status
        self.description = _NOT_ALLOWED.sub("?", description.replace('"', "'"))


def unavailable() -> OAuthError:
    """Makes the error for a denylist that does not answer: a token that may be revoked must not be used."""
    return OAuthError("temporarily_unavailable", "Token revocation cannot be checked right now; try again later.", 503)


def answer(body: Json) -> Response:
    """A 200 response that caches must not store."""
    return JSONResponse(body, headers=NO_STORE)


def endpoint(handler: Handler) -> Handler:
    """Wraps a handler: an OAuthError becomes an error response, and a failure of the denylist becomes a 503."""

    @functools.wraps(handler)
    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except (OAuthError, StoreError) as failure:
            error = failure if isinstance(failure, OAuthError) else unavailable()
        headers = dict(NO_STORE)
        if error.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="oauth"'
        if error.status == 503:
            headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return JSONResponse({"error": error.error, "error_description": error.description}, error.status, headers)

    return answered


Form = Mapping[str, str]

MOST_FIELDS = 20
IN_ADDRESS = ("audience", "resource")
"""The only parameters that an endpoint reads from its query: they name the API, and never the client."""


async def form_of(request: Request) -> Form:
    """Returns the parameters in the body's form, and the API if the query names one. Refuses a repeated parameter."""
    named = [pair for pair in request.query_params.multi_items() if pair[0] in IN_ADDRESS]
    return once([*named, *await pairs_of(request)])


async def pairs_of(request: Request, most: int = MOST_FIELDS) -> list[tuple[str, str]]:
    """Returns the names and values in the body's form. A name may be repeated."""
    try:
        body = (await request.body()).decode()
        return parse_qsl(body, keep_blank_values=True, strict_parsing=True, max_num_fields=most)
    except ValueError:
        raise OAuthError("invalid_request", "The body must be a form.") from None


def once(pairs: list[tuple[str, str]]) -> Form:
    """Returns the parameters that have a value (RFC 6749 section 3.2). Raises invalid_request if one is repeated."""
    form = dict(pairs)
    if len(form) < len(pairs):
        raise OAuthError("invalid_request", "A parameter is repeated.")
    return {name: value for name, value in form.items() if value}


def needed(form: Form, name: str) -> str:
    """Returns the value of a required parameter. Raises invalid_request if the parameter is missing."""
    if name in form:
        return form[name]
    raise OAuthError("invalid_request", f"The parameter {name} is missing.")


def basic_credentials(request: Request) -> tuple[str, str | None] | None:
    """Returns the id and secret of HTTP Basic (RFC 6749 section 2.3.1), or None if there is no Authorization header.

    If the header cannot be read as Basic, the id and the secret are empty.
    """
    if "authorization" not in request.headers:
        return None
    scheme, _, credentials = request.headers["authorization"].partition(" ")
    try:
        name, _, secret = b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return (unquote_plus(name), unquote_plus(secret)) if scheme.lower() == "basic" else ("", "")
