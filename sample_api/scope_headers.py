"""GitHub's courtesy: two headers that tell a client which scopes it holds, and which the call accepts.

They are on every answer to a token that was verified, allowed or not, and on no other. `X-Accepted-OAuth-Scopes` lists
the scopes of which any one opens the call, or one of its cases, whatever this request asked for: a list that
depended on the repository would tell a private one from one that does not exist. What takes two scopes together it
cannot say; the `scope` of a 403 can.
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
from scopekit.issuer import Profile
from scopekit.scopes import Scopes, Vocabulary
from scopekit.tokens import Token

RawHeader = tuple[bytes, bytes]

HELD = "X-OAuth-Scopes"
ACCEPTED = "X-Accepted-OAuth-Scopes"


def courteous(guard: Guard, operation: Operation) -> Callable[[Handler], Handler]:
    """A decorator of a guarded handler, which puts the two headers on its answers."""
    held, accepted = _held(guard.policy.profile), _header(ACCEPTED, accepted_scopes(operation, guard.policy.vocabulary))

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def told(request: Request) -> Response:
            response = await handler(request)
            if (text := verified(request)) is not None:
                response.raw_headers += [held(text), accepted]
            return response

        return told

    return decorate


def accepted_scopes(operation: Operation, vocabulary: Vocabulary) -> Scopes:
    """The scopes of which any one opens a case of the operation; none where it opens without."""
    requirements = [case.requirement for case in operation.cases]
    if any(requirement.satisfied_by(frozenset()) for requirement in requirements):
        return ()
    opens = ((name, vocabulary.expand([name])) for name in sorted(vocabulary))
    return tuple(name for name, held in opens if any(requirement.satisfied_by(held) for requirement in requirements))


@functools.cache
def _held(profile: Profile) -> Callable[[str], RawHeader]:
    """The header for tokens of a profile, by their text: one that comes again is not read again."""
    return functools.lru_cache(maxsize=1024)(lambda text: _header(HELD, profile.scopes(Token.parse(text).claims)))


def _header(name: str, scopes: Scopes) -> RawHeader:
    return name.lower().encode(), ", ".join(scopes).encode()


def verified(request: Request) -> str | None:
    """The text of a request's token, if the guard verified it: it was let through, or lacked nothing but a scope."""
    decision: Decision = request.scope["state"]["decision"]
    if decision.status != 403:
        return decision.token.text if decision.token else None
    return request.headers["authorization"].partition(" ")[2].strip(" ")
