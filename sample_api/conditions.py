"""Matches a request with the operations table: checks the body and the query, and finds the scopes that are needed."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

import fastjsonschema
from starlette.requests import Request
from starlette.responses import Response

from sample_api.operations import Case, Operation
from sample_api.schemas import Json
from scopekit.asgi import Handler, RequirementOf, respond
from scopekit.http import problem
from scopekit.requirements import OwnerBound, Requirement, any_of

MAX_SENTENCE = 200
"""The maximum length of a sentence about a wrong body, because the sentence may quote names from the body."""

MAX_DEPTH = 64
"""How deeply a body may nest. The parser allows more, but a list of such records could not be written as JSON."""

Validator = Callable[[Any], Any]
"""Raises JsonSchemaValueException for a value that does not fit a schema."""

Owner = tuple[str, str]
"""The owner of a record: an issuer, and one of its subjects."""


class NoJson:
    """Stands in for a body that cannot be read as JSON."""


async def body_of(request: Request) -> Any:
    """Returns the request's JSON body, or NoJson if the body is not valid. Later calls return the stored result."""
    if not hasattr(request.state, "body"):
        try:
            body = json.loads((await request.body()).decode("utf-8"))
            # Refuses values that could not be written as JSON again: an infinite number, or half of a surrogate pair.
            json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
            request.state.body = body if _depth(body) <= MAX_DEPTH else NoJson
        except (ValueError, RecursionError):
            request.state.body = NoJson
    return request.state.body


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0)


def validator(schema: Json | None) -> Validator:
    """Returns a function that checks a value against a schema. If the schema is None, every value fits."""
    return _compiled(json.dumps(schema if schema is not None else {}))


@functools.cache
def _compiled(schema: str) -> Validator:
    validate: Validator = fastjsonschema.compile(json.loads(schema), use_default=False)
    return validate


def with_body(operation: Operation, handler: Handler) -> Handler:
    """Wraps a handler: first checks the body and the query against the operation's schemas; a mismatch gets a 400."""

    async def query(request: Request) -> Any:
        return dict(request.query_params)

    parts = [
        (part, read, validator(schema))
        for part, read, schema in (("body", body_of, operation.body), ("query", query, operation.query))
        if schema is not None
    ]
    if not parts:
        return handler

    @functools.wraps(handler)
    async def checked(request: Request) -> Response:
        for part, read, validate in parts:
            if (value := await read(request)) is NoJson:
                return respond(problem(400, "The body must be a JSON object in UTF-8; it cannot be read as JSON."))
            try:
                validate(value)
            except fastjsonschema.JsonSchemaValueException as error:
                pointer = "".join(f"/{step}" for step in error.path[1:])  # empty: the whole part (RFC 6901 section 5)
                return respond(problem(400, f"The {part} does not fit: {_sentence(error)}.", pointer=pointer))
        return await handler(request)

    return checked


def _sentence(error: fastjsonschema.JsonSchemaValueException) -> str:
    """Says which member is wrong, and why. The library calls a member `data.name`; the sentence calls it `name`."""
    whole = error.name or ""
    text = (whole.removeprefix("data").removeprefix(".") or "it") + str(error.message).removeprefix(whole)
    return text if len(text) <= MAX_SENTENCE else f"{text[:MAX_SENTENCE]}…"


def nothing(request: Request) -> None:
    """Always returns None. It is the default of `resource` and `owner`, for APIs that use neither."""


def requirement_of(
    operation: Operation,
    resource: Callable[[Request], Json | None] = nothing,
    owner: Callable[[Request], Owner | None] = nothing,
) -> Requirement | RequirementOf:
    """Returns the scopes that `operation` requires, or a function that finds them for each request.

    A single case without `own` requires the same scopes for every request. For any other operation, the function finds
    the requirement of the first case that the request fits. If the request fits no case, the scopes of any case are
    enough, because `with_body` then refuses the request.
    """
    cases = operation.cases
    if len(cases) == 1 and not cases[0].own:
        return cases[0].requirement
    own = [case.own for case in cases if case.own]
    any_case = Case("any", any_of(*(case.requirement for case in cases)), own=any_of(*own) if own else None)
    schemas = [(validator(case.when), case) for case in cases]

    def first_that_fits(facts: Json) -> Case:
        for validate, case in schemas:
            try:
                validate(facts)
            except fastjsonschema.JsonSchemaValueException:
                continue
            return case
        return any_case

    async def of_request(request: Request) -> Requirement | OwnerBound:
        body = await body_of(request) if operation.body else None
        if body is NoJson:
            case = any_case
        else:
            facts: Json = {"path": dict(request.path_params)} | ({"body": body} if operation.body else {})
            record = resource(request)
            case = first_that_fits(facts | ({"resource": record} if record else {}))
        whose = owner(request) if case.own else None
        return OwnerBound(case.requirement, case.own, *whose) if case.own and whose else case.requirement

    return of_request
