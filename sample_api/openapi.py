"""The OpenAPI document, made from the operations table."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sample_api.operations import OWNER, Case, Operation
from sample_api.schemas import Json
from scopekit.http import PROBLEM
from scopekit.requirements import NO_SCOPE, Requirement, any_of
from scopekit.scopes import Vocabulary

_PARAMETER = re.compile(r"{(\w+)}")
_PROBLEMS = {
    400: "The request cannot be read",
    401: "No token or key, or one that is no good",
    403: "The token's scopes do not open this call",
    404: "There is no such thing",
    409: "It exists already",
    413: "The body is over 64 KiB",
    503: "Whether the token was taken back cannot be told",
}

_GROUPS = {
    "user": "the user", "repos": "repositories", "orgs": "organisations",
    "users": "users", "users-by-email": "users", "roles": "users", "tickets": "users",
    "clients": "applications", "client-grants": "applications", "connections": "connections",
}  # fmt: skip
"""The heading that calls are listed under, by the first part of their path; `the tenant` for all others."""

SECURITY_SCHEME = "token"


def openapi(
    title: str, description: str, operations: Sequence[Operation], vocabulary: Vocabulary, security: Json
) -> Json:
    """The OpenAPI 3.1 document of the operations; `security` is their one security scheme."""
    paths: dict[str, Json] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, len(paths), security)
    implies = {name: list(vocabulary.children(name)) for name in vocabulary if vocabulary.children(name)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": "1",
            "description": description,
        },
        "servers": [{"url": ".", "description": "this API"}],
        "paths": paths,
        "components": {
            "securitySchemes": {SECURITY_SCHEME: {**security, "x-scope-implies": implies}},
            "schemas": {
                "Problem": {
                    "type": "object",
                    "properties": {
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "detail": {"type": "string"},
                    },
                    "required": ["title", "status"],
                }
            },
        },
    }


def oauth2(vocabulary: Vocabulary, token_url: str) -> Json:
    """The security scheme whose scopes are the vocabulary, and whose tokens come from `token_url`."""
    flow = {"tokenUrl": token_url, "scopes": dict(vocabulary.descriptions)}
    return {"type": "oauth2", "flows": {"clientCredentials": flow}}


OPAQUE_KEY: Json = {"type": "http", "scheme": "bearer", "description": "An opaque key, which opens every call."}


def _operation(operation: Operation, number: int, security: Json) -> Json:
    name = operation.id if not operation.deprecated else f"{operation.id}_{number}"
    described: Json = {
        "operationId": name,
        "summary": operation.id.replace("_", " ").capitalize(),
        "description": _described(operation, security),
        "tags": [_GROUPS.get(operation.path.split("/")[1], "the tenant")],
        "parameters": [*_in_path(operation), *_in_query(operation)],
        "security": _security([_anyone_s(case) for case in operation.cases], security),
        "responses": _responses(operation, security),
        "x-scope-conditions": [_condition(case, security) for case in operation.cases],
    }
    if _has_scopes(security) and (depends := _depends(operation)):
        described["x-scope-depends"] = depends
    if operation.body:
        examples = {case.name: {"value": case.body} for case in operation.cases}
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": operation.body, "examples": examples}},
        }
    if operation.private and _has_scopes(security):
        needed = _security([operation.private.requirement], security)
        described["x-scope-fields"] = [{"fields": list(operation.private.names), "security": needed}]
    return described | ({"deprecated": True} if operation.deprecated else {})


def _has_scopes(security: Json) -> bool:
    """Whether what opens a call depends on scopes: an opaque key opens all."""
    return bool(security["type"] == "oauth2")


def _depends(operation: Operation) -> list[str]:
    """What of a request the scopes depend on: for a reader who cannot tell the cases apart, but has to know of them."""
    facts = {fact for case in operation.cases for fact in (case.when or {}).get("properties", {})}
    return sorted(facts | ({"owner"} if any(case.own for case in operation.cases) else set()))


def _in_path(operation: Operation) -> list[Json]:
    example = operation.cases[0].path
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, "example": example[name]}
        for name in _PARAMETER.findall(operation.path)
    ]


def _in_query(operation: Operation) -> list[Json]:
    schema, example = operation.query or {}, operation.cases[0].query
    return [
        {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": each}
        | ({"example": example[name]} if name in example else {})
        for name, each in schema.get("properties", {}).items()
    ]


def _condition(case: Case, security: Json) -> Json:
    """One case: what it needs, an example call, and when it applies; the first that fits counts.

    `owner` says what else opens it to a token whose `sub` is the path parameter named there.
    """
    example = {"path": dict(case.path)}
    example |= {"query": dict(case.query)} if case.query else {}
    example |= {"body": case.body} if case.body else {}
    condition = {"name": case.name, "security": _security([case.requirement], security), "example": example}
    condition |= {"when": case.when} if case.when else {}
    if case.own:
        condition["owner"] = {"parameter": OWNER, "claim": "sub", "security": _security([case.own], security)}
    return condition


def _anyone_s(case: Case) -> Requirement:
    """What opens a case to somebody: to anyone, or to the owner alone."""
    return any_of(case.requirement, case.own) if case.own else case.requirement


def _security(requirements: Sequence[Requirement], scheme: Json) -> list[Json]:
    """Requirements as OpenAPI has them: a list of alternatives, each with all the scopes that it needs."""
    if not _has_scopes(scheme):
        return [{SECURITY_SCHEME: []}]
    alternatives = dict.fromkeys(one for each in requirements for one in each.alternatives)
    return [{SECURITY_SCHEME: sorted(one)} for one in alternatives]


def _described(operation: Operation, security: Json) -> str:
    article = "The article's path for the same call.\n\n" if operation.deprecated else ""
    notes = f"\n\n{operation.notes}" if operation.notes else ""
    return (
        article
        + (_scopes_needed(operation) if _has_scopes(security) else "Any key that is known here opens this call.")
        + notes
    )


def _scopes_needed(operation: Operation) -> str:
    lines = [f"- {case.name}: **{case.requirement}**" + _own(case) for case in operation.cases]
    if operation.private:
        lines.append(f"- the fields {', '.join(operation.private.names)}: **{operation.private.requirement}**")
    return "Scopes needed:\n\n" + "\n".join(lines)


def _own(case: Case) -> str:
    return f", or **{case.own}** where `{OWNER}` is the token's `sub`" if case.own else ""


def _responses(operation: Operation, security: Json) -> Json:
    content: Json = (
        {} if operation.success == 204 else {"content": {"application/json": {"schema": {"type": ["object", "array"]}}}}
    )
    problems = {
        str(status): {
            "description": _PROBLEMS[status],
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in _refusals(operation, security)
    }
    return {str(operation.success): {"description": "Done", **content}, **problems}


def _refusals(operation: Operation, security: Json) -> list[int]:
    """The statuses with which this call may be refused: by whoever protects it, for its body, or by its handler."""
    asks = any(case.requirement != NO_SCOPE for case in operation.cases)
    happens = {400, 401, *operation.refusals}
    happens |= {503} if _has_scopes(security) else set()
    happens |= {403} if _has_scopes(security) and asks else set()
    happens |= {404} if _PARAMETER.search(operation.path) else set()
    happens |= {413} if operation.body else set()
    return sorted(happens)
