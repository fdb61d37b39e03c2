"""Private fields: left out of an answer, unless the token's scopes allow them.

Hiding: a private repository answers a token that may not see it as if there were none, as GitHub's do.

What it buys: nobody learns which private repositories there are. What it costs:

- Where a scope is missing, and the repository is private or not there, the answer is 404: a client can no longer tell
  "insufficient scope" from "not there", and no answer names the scope that would open the call. A survey shows such a
  call as *hidden*, and cannot see a call that the guard let through to a real 404.
- To create a repository tells whether its name was free. So that takes a token that may see all names, one with
  `repo`: with `public_repo` alone, a 409 would tell of a private repository.

The courtesy headers stay, as on any 404: they tell of the token and of the call, and nothing of the repository.

Who has `repo` may see every repository, and is answered as without hiding.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from sample_api.operations import Operation, PrivateFields
from sample_api.schemas import Json
from sample_api.scope_headers import ACCEPTED, HELD, verified
from sample_api.serving.limits import no_such
from scopekit.asgi import Handler, respond
from scopekit.guard import Guard
from scopekit.http import problem
from scopekit.requirements import any_of
from scopekit.tokens import Token


def without_private(record: Json, private: PrivateFields, request: Request) -> Json:
    """The record as an answer shows it: private fields only where the token's scopes, or an opaque key, allow them."""
    decision = request.state.decision
    if decision is None or decision.grants(private.requirement):
        return record
    return functools.reduce(_without, private.names, record)


def _without(record: Json, name: str) -> Json:
    """The record without one field; `identities.access_token` is a field of each entry of a list."""
    name, _, inner = name.partition(".")
    if not inner:
        return {each: value for each, value in record.items() if each != name}
    return {**record, name: [_without(entry, inner) for entry in record[name]]}


SEES_ALL = any_of("repo")
_NAMES_ONE = "/repos/{owner}/{repo}"
_CREATES_ONE = ("create_repository", "create_organisation_repository")


def without_oracle(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """The table, in which creating a repository takes a token that may see all of them."""
    return tuple(_only_who_sees_all(each) if each.id in _CREATES_ONE else each for each in operations)


def hiding(
    guard: Guard, operation: Operation, resource: Callable[[Request], Json | None]
) -> Callable[[Handler], Handler]:
    """A decorator of a courteous handler, whose 403 becomes 404 unless the repository may be seen."""

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def hidden(request: Request) -> Response:
            response = await handler(request)
            if response.status_code != 403 or _may_see(guard, resource(request), verified(request)):
                return response
            kept = {name: response.headers[name] for name in (HELD, ACCEPTED)}
            return respond(problem(404, no_such("repository"), kept))

        return hidden if operation.path.startswith(_NAMES_ONE) else handler

    return decorate


def _may_see(guard: Guard, repository: Json | None, text: str | None) -> bool:
    if repository is not None and not repository["private"]:
        return True
    held = guard.policy.profile.scopes(Token.parse(text).claims) if text else ()
    return SEES_ALL.satisfied_by(guard.policy.vocabulary.expand(held))


def _only_who_sees_all(operation: Operation) -> Operation:
    return replace(operation, cases=tuple(replace(case, requirement=SEES_ALL) for case in operation.cases))
