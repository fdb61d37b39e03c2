"""Before a handler sees a request: which case of its operation it is, and whether its body fits."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

import fastjsonschema
from starlette.requests import Request
from starlette.responses import Response

from sample_api.operation import Json, Operation
from scopekit.asgi import Handler, RequirementOf, respond
from scopekit.http import problem
from scopekit.requirements import Requirement, any_of

MAX_SENTENCE = 200
"""How much of what is wrong with a body comes back: it may quote names out of the body."""

Validator = Callable[[Any], Any]


class NoJson:
    """Stands in for a body that could not be read as JSON."""


def requirement_of(operation: Operation, resource: Callable[[Request], Json | None]) -> RequirementOf:
    """What a request for this operation needs: the requirement of the first case that it fits."""
    cases = [(_validator(case.when), case.requirement) for case in operation.cases]
    any_case = any_of(*(case.requirement for case in operation.cases))

    async def needed(request: Request) -> Requirement:
        request.state.body = await _body(request) if operation.body else None
        if request.state.body is NoJson:
            return any_case
        facts: Json = {"path": dict(request.path_params)}
        facts |= {"body": request.state.body} if operation.body else {}
        facts |= {"resource": found} if (found := resource(request)) else {}
        return next((requirement for fits, requirement in cases if _fits(fits, facts)), any_case)

    return needed


def with_body(operation: Operation, handler: Handler) -> Handler:
    """The handler, reached only by a body that fits the operation's schema; 400 says what does not."""
    if operation.body is None:
        return handler
    validate = _validator(operation.body)

    @functools.wraps(handler)
    async def checked(request: Request) -> Response:
        if request.state.body is NoJson:
            return respond(problem(400, "The body is a JSON object in UTF-8; this one cannot be read as JSON."))
        try:
            validate(request.state.body)
        except fastjsonschema.JsonSchemaValueException as error:
            return respond(problem(400, f"The body does not fit: {_sentence(error)}.", pointer=_pointer(error)))
        return await handler(request)

    return checked


async def _body(request: Request) -> Any:
    try:
        body = json.loads((await request.body()).decode("utf-8"), parse_constant=_refuse)
        json.dumps(body, ensure_ascii=False).encode()  # a surrogate without its other half is no text
    except (ValueError, RecursionError):
        return NoJson
    return body


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


@functools.cache
def _compiled(schema: str) -> Validator:
    validator: Validator = fastjsonschema.compile(json.loads(schema), use_default=False)
    return validator


def _validator(schema: Json | None) -> Validator:
    return _compiled(json.dumps(schema if schema is not None else {}))


def _fits(validate: Validator, facts: Json) -> bool:
    try:
        validate(facts)
    except fastjsonschema.JsonSchemaValueException:
        return False
    return True


def _sentence(error: fastjsonschema.JsonSchemaValueException) -> str:
    text = str(error.message).replace("data.", "").replace("data ", "it ", 1)
    return text if len(text) <= MAX_SENTENCE else f"{text[:MAX_SENTENCE]}…"


def _pointer(error: fastjsonschema.JsonSchemaValueException) -> str:
    return "/" + "/".join(str(part) for part in error.path[1:])
