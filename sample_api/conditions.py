"""Cases: which one of its operation a request is, and so what it needs."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request

from sample_api.operations import Case, Operation
from sample_api.schemas import Json
from sample_api.serving.bodies import NoJson, body_of, fits, validator
from scopekit.asgi import RequirementOf
from scopekit.requirements import OwnerBound, Requirement, any_of

Owner = tuple[str, str]
"""Who owns a record: an issuer, and a subject of it."""


def nothing(request: Request) -> None:
    """Finds no record, and no owner of one: for an API whose cases depend on neither."""


def requirement_of(
    operation: Operation,
    resource: Callable[[Request], Json | None] = nothing,
    owner: Callable[[Request], Owner | None] = nothing,
) -> Requirement | RequirementOf:
    """What a request for this operation needs: the requirement of the first case that it fits.

    A request that fits none of them is let in by any of them, for its handler's schema to refuse. An operation of one
    case, for which nobody's own record is an exception, needs the same of every request, and no function of it.
    """
    if len(operation.cases) == 1 and not operation.cases[0].own:
        return operation.cases[0].requirement
    cases = [(validator(case.when), case) for case in operation.cases]
    own = [case.own for case in operation.cases if case.own]
    any_case = Case(
        "any", any_of(*(case.requirement for case in operation.cases)), own=any_of(*own) if own else None
    )  # fmt: skip

    async def of_request(request: Request) -> Requirement | OwnerBound:
        facts: Json = {"path": dict(request.path_params)}
        facts |= {"body": await body_of(request)} if operation.body else {}
        if facts.get("body") is NoJson:
            return _bound(any_case, request, owner)
        facts |= {"resource": found} if (found := resource(request)) else {}
        return _bound(next((case for schema, case in cases if fits(schema, facts)), any_case), request, owner)

    return of_request


def _bound(case: Case, request: Request, owner: Callable[[Request], Owner | None]) -> Requirement | OwnerBound:
    """The requirement of a case, bound to the owner of the record where the case makes an exception for owners."""
    found = owner(request) if case.own else None
    return OwnerBound(case.requirement, case.own, *found) if case.own and found else case.requirement
