"""Bodies and queries: read strictly, and held against the schemas of their operation before a handler sees them."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

import fastjsonschema
from starlette.requests import Request
from starlette.responses import Response

from sample_api.operations import Operation
from sample_api.schemas import Json
from scopekit.asgi import Handler, respond
from scopekit.http import problem

MAX_SENTENCE = 200
"""How much of what is wrong with a body comes back: it may quote names out of the body."""

MAX_DEPTH = 64
"""How deep a body may be nested: what can just be read could not be written again, in a record of a list of records."""

Validator = Callable[[Any], Any]


class NoJson:
    """Stands in for a body that could not be read as JSON."""


def with_body(operation: Operation, handler: Handler) -> Handler:
    """The handler, reached only by a body and a query that fit the operation's schemas; 400 says what does not."""
    parts = [
        (part, read, validator(schema))
        for part, read, schema in (("body", body_of, operation.body), ("query", _query, operation.query))
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


async def body_of(request: Request) -> Any:
    """The body, read once: the case that a request is may depend on it, and so may its handler."""
    if not hasattr(request.state, "body"):
        request.state.body = _json(await request.body())
    return request.state.body


def validator(schema: Json | None) -> Validator:
    """What raises for a value that does not fit the schema; all fit where there is none."""
    return _compiled(json.dumps(schema if schema is not None else {}))


def fits(validate: Validator, facts: Json) -> bool:
    """Whether the facts of a request fit the schema."""
    try:
        validate(facts)
    except fastjsonschema.JsonSchemaValueException:
        return False
    return True


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


def _sentence(error: fastjsonschema.JsonSchemaValueException) -> str:
    """What is wrong, and with which part; the library calls the whole `data`, and a part of it `data.name`."""
    whole = error.name or ""
    text = (whole.removeprefix("data").removeprefix(".") or "it") + str(error.message).removeprefix(whole)
    return text if len(text) <= MAX_SENTENCE else f"{text[:MAX_SENTENCE]}…"


def _pointer(error: fastjsonschema.JsonSchemaValueException) -> str:
    """Where it is: empty for the whole (RFC 6901 section 5)."""
    return "".join(f"/{part}" for part in error.path[1:])
