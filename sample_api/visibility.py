"""Hides private fields, and with `hide` also private repositories, from tokens that lack the scopes for them.

With hiding, as at GitHub, a private repository looks missing to a token that may not see it. The benefit: nobody learns
which private repositories exist. The cost:

- If a scope is missing, and the repository is private or does not exist, the status is 404. A client can no longer
  tell "insufficient scope" from "not there", and no response names the scope that would open the call. An audit shows
  such a call as *hidden*, and so overlooks a guard that wrongly lets a call through if the record is missing.
- Creating a repository reveals whether its name was free. So the call needs `repo`, the scope that may see all names.
  With `public_repo` alone, a 409 would reveal a private repository.

The response keeps the scope headers, as any 404 does: they depend on the token and the call, not on the repository. A
token with `repo` may see every repository, so it gets the same answers as without hiding.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from sample_api.data import not_found
from sample_api.operations import Operation, PrivateFields
from sample_api.schemas import Json
from sample_api.scope_headers import ACCEPTED, GRANTED, verified
from scopekit.asgi import Handler
from scopekit.guard import Guard
from scopekit.requirements import any_of
from scopekit.tokens import Token

SEES_ALL = any_of("repo")


def without_private(record: Json, private: PrivateFields, request: Request) -> Json:
    """Returns the record. Leaves out the private fields unless the token's scopes or an opaque key allow them."""
    decision = request.state.decision
    if decision is None or decision.grants(private.requirement):
        return record
    return functools.reduce(_without, private.names, record)


def _without(record: Json, name: str) -> Json:
    """Returns the record without a field. `identities.access_token` means a field of each entry in `identities`."""
    name, _, inner = name.partition(".")
    if not inner:
        return {each: value for each, value in record.items() if each != name}
    return {**record, name: [_without(entry, inner) for entry in record[name]]}


def without_oracle(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """Returns the operations, changed so that only tokens that may see all repositories can create a repository."""
    return tuple(
        replace(operation, cases=tuple(replace(case, requirement=SEES_ALL) for case in operation.cases))
        if operation.id in ("create_repository", "create_organisation_repository")
        else operation
        for operation in operations
    )


def hiding(
    guard: Guard, operation: Operation, resource: Callable[[Request], Json | None]
) -> Callable[[Handler], Handler]:
    """A decorator that turns a 403 into a 404 unless the token may see the repository. The scope headers stay."""

    def may_see(repository: Json | None, text: str | None) -> bool:
        if repository is not None and not repository["private"]:
            return True
        granted = guard.policy.profile.scopes(Token.parse(text).claims) if text else ()
        return SEES_ALL.satisfied_by(guard.policy.vocabulary.expand(granted))

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def hidden(request: Request) -> Response:
            response = await handler(request)
            if response.status_code != 403 or may_see(resource(request), verified(request)):
                return response
            return not_found("repository", {name: response.headers[name] for name in (GRANTED, ACCEPTED)})

        return hidden if operation.path.startswith("/repos/{owner}/{repo}") else handler

    return decorate
