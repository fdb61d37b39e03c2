"""The old way, to compare with: an opaque key, looked up in a store, that opens every call or none."""

from __future__ import annotations

import functools
import hmac
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from sample_api.operation import Operation
from scopekit.asgi import Handler, respond
from scopekit.http import problem

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="keys"'}


def opaque_key(clients: Mapping[str, str], operation: Operation) -> Callable[[Handler], Handler]:
    """A decorator that lets a request through where its key is the secret of one of `clients`, whatever the call."""

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def checked(request: Request) -> Response:
            scheme, _, key = request.headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not any(_same(key, secret) for secret in clients.values()):
                return respond(problem(401, "This call needs a key that is known here.", _CHALLENGE))
            request.state.decision = None
            return await handler(request)

        return checked

    return decorate


def _same(key: str, secret: str) -> bool:
    return hmac.compare_digest(key.encode(), secret.encode())
