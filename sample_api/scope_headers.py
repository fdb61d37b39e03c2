"""GitHub's scope headers. They name the scopes that the token has and the scopes that the call accepts.

Every response to a request with a verified token has both headers, even a refusal. No other response has them. The
header `X-Accepted-OAuth-Scopes` lists each scope that is enough for the call, or for one of its cases. The list is the
same for every request: if it depended on the repository, it would reveal which private repositories exist. The list
cannot say which scopes are needed together; the `scope` of a 403 can.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from sample_api.operations import Operation
from scopekit.asgi import Handler
from scopekit.decision import Decision
from scopekit.guard import Guard
from scopekit.profile import Profile
from scopekit.scopes import Scopes, Vocabulary
from scopekit.tokens import Token

GRANTED = "X-OAuth-Scopes"
ACCEPTED = "X-Accepted-OAuth-Scopes"

RawHeader = tuple[bytes, bytes]


def with_scope_headers(guard: Guard, operation: Operation) -> Callable[[Handler], Handler]:
    """A decorator that adds both scope headers to the responses of a guarded handler."""
    granted = _granted(guard.policy.profile)
    accepted = _header(ACCEPTED, accepted_scopes(operation, guard.policy.vocabulary))

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def with_headers(request: Request) -> Response:
            response = await handler(request)
            if (text := verified(request)) is not None:
                response.raw_headers += [granted(text), accepted]
            return response

        return with_headers

    return decorate


@functools.cache
def _granted(profile: Profile) -> Callable[[str], RawHeader]:
    """Returns the function that reads a token's text and makes the header with its scopes. Results are cached."""
    return functools.lru_cache(maxsize=1024)(lambda text: _header(GRANTED, profile.scopes(Token.parse(text).claims)))


def _header(name: str, scopes: Scopes) -> RawHeader:
    return name.lower().encode(), ", ".join(scopes).encode()


def accepted_scopes(operation: Operation, vocabulary: Vocabulary) -> Scopes:
    """Returns every scope that alone opens a case of the operation. Returns none if a case needs no scope."""
    requirements = [case.requirement for case in operation.cases]
    if any(requirement.satisfied_by(frozenset()) for requirement in requirements):
        return ()
    implied = {name: vocabulary.expand([name]) for name in sorted(vocabulary)}
    return tuple(name for name in implied if any(needs.satisfied_by(implied[name]) for needs in requirements))


def verified(request: Request) -> str | None:
    """Returns a request's token as text, even if the token lacked a scope; None if the guard did not verify it."""
    decision: Decision = request.scope["state"]["decision"]
    if decision.status != 403:
        return decision.token.text if decision.token else None
    return request.headers["authorization"].partition(" ")[2].strip(" ")
