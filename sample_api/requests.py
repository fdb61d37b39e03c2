"""Before a handler sees a request: which case of its operation it is, and whether what it sends fits.

And after: the fields that an answer shows to these scopes.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

import fastjsonschema
from starlette.requests import Request
from starlette.responses import Response

from sample_api.operation import Case, Json, Operation, PrivateFields
from scopekit.asgi import Handler, RequirementOf, respond
from scopekit.http import problem
from scopekit.requirements import OwnerBound, Requirement, any_of

MAX_SENTENCE = 200
"""How much of what is wrong with a body comes back: it may quote names out of the body."""

MAX_DEPTH = 64
"""How deep a body may be nested: what can just be read could not be written again, in a record of a list of records."""

Validator = Callable[[Any], Any]
Owner = tuple[str, str]
"""Who owns a record: an issuer, and a subject of it."""


class NoJson:
    """Stands in for a body that could not be read as JSON."""


def nothing(request: Request) -> None:
    """What a request is about, and who owns it, where a case asks for neither."""


def requirement_of(
    operation: Operation,
    resource: Callable[[Request], Json | None] = nothing,
    owner: Callable[[Request], Owner | None] = nothing,
) -> Requirement | RequirementOf:
    """What a request for this operation needs: what the first case that it fits does, or any where it fits none.

    Where there is one case alone, that is known before any request.
    """
    if len(operation.cases) == 1 and not operation.cases[0].own:
        return operation.cases[0].requirement
    cases = [(_validator(case.when), case) for case in operation.cases]
    own = [case.own for case in operation.cases if case.own]
    any_case = Case(
        "any", any_of(*(case.requirement for case in operation.cases)), own=any_of(*own) if own else None
    )  # fmt: skip

    async def needed(request: Request) -> Requirement | OwnerBound:
        facts: Json = {"path": dict(request.path_params)}
        facts |= {"body": await _body(request)} if operation.body else {}
        if facts.get("body") is NoJson:
            return _needed(any_case, request, owner)
        facts |= {"resource": found} if (found := resource(request)) else {}
        return _needed(next((case for fits, case in cases if _fits(fits, facts)), any_case), request, owner)

    return needed


def with_body(operation: Operation, handler: Handler) -> Handler:
    """The handler, reached only by a body and a query that fit the operation's schemas; 400 says what does not."""
    parts = [
        (part, read, _validator(schema))
        for part, read, schema in (("body", _body, operation.body), ("query", _query, operation.query))
        if schema is not None
    ]
    if not parts:
        return handler

    @functools.wraps(handler)
    async def checked(request: Request) -> Response:
        for part, read, validate in parts:
            if (value := await read(request)) is NoJson:
                return respond(problem(400, "The body is a JSON object in UTF-8; this one cannot be read as JSON."))
            try:
                validate(value)
            except fastjsonschema.JsonSchemaValueException as error:
                return respond(problem(400, f"The {part} does not fit: {_sentence(error)}.", pointer=_pointer(error)))
        return await handler(request)

    return checked


def shown(record: Json, private: PrivateFields, request: Request) -> Json:
    """The record as an answer shows it: private fields only where the token's scopes, or an opaque key, allow them."""
    decision = request.state.decision
    if decision is None or decision.grants(private.requirement):
        return record
    return functools.reduce(_without, private.names, record)


def _needed(case: Case, request: Request, owner: Callable[[Request], Owner | None]) -> Requirement | OwnerBound:
    found = owner(request) if case.own else None
    return OwnerBound(case.requirement, case.own, *found) if case.own and found else case.requirement


def _without(record: Json, name: str) -> Json:
    """The record without one field; `identities.access_token` is a field of each entry of a list."""
    name, _, inner = name.partition(".")
    if not inner:
        return {each: value for each, value in record.items() if each != name}
    return {**record, name: [_without(entry, inner) for entry in record[name]]}


async def _body(request: Request) -> Any:
    """The body, read once: the case that a request is may depend on it, and so may its handler."""
    if not hasattr(request.state, "body"):
        request.state.body = _json(await request.body())
    return request.state.body


async def _query(request: Request) -> Any:
    return dict(request.query_params)


def _json(raw: bytes) -> Any:
    try:
        body = json.loads(raw.decode("utf-8"))
        # Refuses what could not be written again: a number that is infinite, or half of a surrogate pair.
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        return body if _depth(body) <= MAX_DEPTH else NoJson
    except (ValueError, RecursionError):
        return NoJson


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0)


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
    """What is wrong, and with which part; the library calls the whole `data`, and a part of it `data.name`."""
    whole = error.name or ""
    text = (whole.removeprefix("data").removeprefix(".") or "it") + str(error.message).removeprefix(whole)
    return text if len(text) <= MAX_SENTENCE else f"{text[:MAX_SENTENCE]}…"


def _pointer(error: fastjsonschema.JsonSchemaValueException) -> str:
    """Where it is: empty for the whole (RFC 6901 section 5)."""
    return "".join(f"/{part}" for part in error.path[1:])
