"""Private fields: left out of an answer, unless the token's scopes allow them."""

from __future__ import annotations

import functools

from starlette.requests import Request

from sample_api.operation import Json, PrivateFields


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
