"""What the authorization server answers: JSON that no cache keeps, and errors with a code (RFC 6749 section 5)."""

from __future__ import annotations

import functools
import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sample_api.operation import Json
from scopekit.asgi import Handler
from scopekit.errors import StoreError
from scopekit.http import RETRY_AFTER_SECONDS

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}

# RFC 6749 section 5.2: a description may hold what a scope asked for held, and that may be anything.
_NOT_ALLOWED = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


class OAuthError(Exception):
    """A request that is refused: its code, a sentence for the developer, and the status."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.status = error, status
        self.description = _NOT_ALLOWED.sub("?", description.replace('"', "'"))


def unavailable() -> OAuthError:
    """The error where the denylist does not answer: what the token is good for cannot be told, so nothing is done."""
    return OAuthError("temporarily_unavailable", "The denylist does not answer just now; try again later.", 503)


def answer(body: Json) -> Response:
    """A 200 that no cache keeps."""
    return JSONResponse(body, headers=NO_STORE)


def endpoint(handler: Handler) -> Handler:
    """A handler whose OAuthError is its answer, and for which a denylist that fails is one as well."""

    @functools.wraps(handler)
    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except OAuthError as error:
            return _refusal(error)
        except StoreError:
            return _refusal(unavailable())

    return answered


def _refusal(error: OAuthError) -> Response:
    headers = dict(NO_STORE)
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="oauth"'
    if error.status == 503:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return JSONResponse({"error": error.error, "error_description": error.description}, error.status, headers)
