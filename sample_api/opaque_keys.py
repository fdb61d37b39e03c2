"""The old way, to compare with: an opaque key, looked up in a store, that opens every call or none.

The key says nothing by itself, so every call asks the store, and every server that takes the key has to reach it. How
often it was asked is counted, and every answer says so.
"""

from __future__ import annotations

import functools
import hmac
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from scopekit.asgi import Handler, respond
from scopekit.http import problem

LOOK_UPS = "ScopeKit-Key-Lookups"
"""The header that says how often the store has been asked, this call included."""
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="keys"'}


class KeyStore:
    """The keys that are known, which are the secrets of `clients`, and how often it was asked for one."""

    def __init__(self, clients: Mapping[str, str]) -> None:
        self._clients = clients
        self.look_ups = 0

    def find(self, key: str) -> str | None:
        """Whose key this is, None where it is nobody's; one look-up."""
        self.look_ups += 1
        return next((name for name, secret in self._clients.items() if _same(key, secret)), None)


def opaque_key(store: KeyStore, handler: Handler) -> Handler:
    """The handler, reached by any key that the store knows, whatever the call."""

    @functools.wraps(handler)
    async def checked(request: Request) -> Response:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and store.find(key) is not None:
            request.state.decision = None
            response = await handler(request)
        else:
            response = respond(problem(401, "This call needs a key that is known here.", _CHALLENGE))
        response.headers[LOOK_UPS] = str(store.look_ups)
        return response

    return checked


def _same(key: str, secret: str) -> bool:
    return hmac.compare_digest(key.encode(), secret.encode())
