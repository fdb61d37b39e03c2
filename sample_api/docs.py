"""Makes the OpenAPI document from the operations table, and its page: a Swagger UI that works offline."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sample_api.operations import OWNER, Case, Operation
from sample_api.schemas import Json
from scopekit.http import PROBLEM
from scopekit.requirements import NO_SCOPE, Requirement, any_of
from scopekit.scopes import Vocabulary

_PARAMETER = re.compile(r"{(\w+)}")
_PROBLEMS = {
    400: "The request cannot be read",
    401: "The token or key is missing or not valid",
    403: "The token's scopes do not open this call",
    404: "The record does not exist",
    409: "It already exists",
    413: "The body is over 64 KiB",
    503: "Token revocation cannot be checked",
}

_GROUPS = {
    "user": "the user", "repos": "repositories", "orgs": "organisations",
    "users": "users", "users-by-email": "users", "roles": "users", "tickets": "users",
    "clients": "applications", "client-grants": "applications", "connections": "connections",
}  # fmt: skip
"""Maps the first part of a call's path to the call's heading; all other calls are under `the tenant`."""

SECURITY_SCHEME = "token"
OPAQUE_KEY: Json = {"type": "http", "scheme": "bearer", "description": "An opaque key, which opens every call."}


def oauth2(vocabulary: Vocabulary, token_url: str) -> Json:
    """Returns the security scheme for OAuth 2.0: it lists the vocabulary's scopes, and tokens come from `token_url`."""
    flow = {"tokenUrl": token_url, "scopes": dict(vocabulary.descriptions)}
    return {"type": "oauth2", "flows": {"clientCredentials": flow}}


def openapi(
    title: str, description: str, operations: Sequence[Operation], vocabulary: Vocabulary, security: Json
) -> Json:
    """Returns the OpenAPI 3.1 document of the operations. Every operation uses the security scheme `security`."""
    paths: dict[str, Json] = {}
    scoped = security["type"] == "oauth2"  # an opaque key opens every call
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, len(paths), scoped)
    implies = {name: list(vocabulary.children(name)) for name in vocabulary if vocabulary.children(name)}
    members = {"title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1", "description": description},
        "servers": [{"url": ".", "description": "this API"}],
        "paths": paths,
        "components": {
            "securitySchemes": {SECURITY_SCHEME: {**security, "x-scope-implies": implies}},
            "schemas": {"Problem": {"type": "object", "properties": members, "required": ["title", "status"]}},
        },
    }


def _operation(operation: Operation, number: int, scoped: bool) -> Json:
    to_anyone = [any_of(case.requirement, case.own) if case.own else case.requirement for case in operation.cases]
    entry: Json = {
        "operationId": operation.id if not operation.deprecated else f"{operation.id}_{number}",
        "summary": operation.id.replace("_", " ").capitalize(),
        "description": _description(operation, scoped),
        "tags": [_GROUPS.get(operation.path.split("/")[1], "the tenant")],
        "parameters": _parameters(operation),
        "security": _security(to_anyone, scoped),
        "responses": _responses(operation, scoped),
        "x-scope-conditions": [_condition(case, scoped) for case in operation.cases],
    }
    # Names the parts of a request that the scopes depend on, for a tool that does not understand the cases.
    facts = {fact for case in operation.cases for fact in (case.when or {}).get("properties", {})}
    if any(case.own for case in operation.cases):
        facts.add("owner")
    if scoped and facts:
        entry["x-scope-depends"] = sorted(facts)
    if operation.body:
        examples = {case.name: {"value": case.body} for case in operation.cases}
        content = {"application/json": {"schema": operation.body, "examples": examples}}
        entry["requestBody"] = {"required": True, "content": content}
    if operation.private and scoped:
        needed = _security([operation.private.requirement], scoped)
        entry["x-scope-fields"] = [{"fields": list(operation.private.names), "security": needed}]
    return entry | ({"deprecated": True} if operation.deprecated else {})


def _description(operation: Operation, scoped: bool) -> str:
    lines = [
        f"- {case.name}: **{case.requirement}**"
        + (f", or **{case.own}** if `{OWNER}` is the token's `sub`" if case.own else "")
        for case in operation.cases
    ]
    if operation.private:
        lines.append(f"- the fields {', '.join(operation.private.names)}: **{operation.private.requirement}**")
    needed = "Scopes needed:\n\n" + "\n".join(lines) if scoped else "Any key that this API knows opens this call."
    article = "The article's path for the same call." if operation.deprecated else ""
    return "\n\n".join(text for text in (article, needed, operation.notes) if text)


def _parameters(operation: Operation) -> list[Json]:
    example, query = operation.cases[0], operation.query or {}
    return [
        *(
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, "example": example.path[name]}
            for name in _PARAMETER.findall(operation.path)
        ),
        *(
            {"name": name, "in": "query", "required": name in query.get("required", ()), "schema": schema}
            | ({"example": example.query[name]} if name in example.query else {})
            for name, schema in query.get("properties", {}).items()
        ),
    ]


def _security(requirements: Sequence[Requirement], scoped: bool) -> list[Json]:
    """Writes the requirements as OpenAPI does: a list of alternatives, each with all the scopes that it needs."""
    if not scoped:
        return [{SECURITY_SCHEME: []}]
    alternatives = dict.fromkeys(scopes for requirement in requirements for scopes in requirement.alternatives)
    return [{SECURITY_SCHEME: sorted(scopes)} for scopes in alternatives]


def _responses(operation: Operation, scoped: bool) -> Json:
    """Lists the possible responses: the success, and the refusals by the guard, the input checks and the handler."""
    statuses = {400, 401, *operation.refusals}
    statuses |= {503} if scoped else set()
    statuses |= {403} if scoped and any(case.requirement != NO_SCOPE for case in operation.cases) else set()
    statuses |= {404} if _PARAMETER.search(operation.path) else set()
    statuses |= {413} if operation.body else set()
    success: Json = {"description": "Done"}
    if operation.success != 204:
        success["content"] = {"application/json": {"schema": {"type": ["object", "array"]}}}
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    problems = {str(status): {"description": _PROBLEMS[status], "content": content} for status in sorted(statuses)}
    return {str(operation.success): success, **problems}


def _condition(case: Case, scoped: bool) -> Json:
    """Describes one case: the scopes that the case needs, an example call, and when the case applies.

    If several cases apply, the first one counts. In the result, `owner` names a path parameter and some scopes,
    which are enough if the token's `sub` equals that parameter.
    """
    example: Json = {"path": dict(case.path)}
    example |= {"query": dict(case.query)} if case.query else {}
    example |= {"body": case.body} if case.body else {}
    condition = {"name": case.name, "security": _security([case.requirement], scoped), "example": example}
    condition |= {"when": case.when} if case.when else {}
    if case.own:
        condition["owner"] = {"parameter": OWNER, "claim": "sub", "security": _security([case.own], scoped)}
    return condition


PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>TITLE</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="docs/swagger-ui.css">
  <link rel="stylesheet" href="docs/explorer.css">
</head>
<body>
  <main id="swagger-ui"></main>
  <script src="docs/swagger-ui-bundle.js"></script>
  <script src="docs/explorer.js"></script>
  <script>
    window.ui = SwaggerUIBundle({
      url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null, plugins: [window.scopes]
    });
    window.ui.initOAuth(CLIENT);
  </script>
</body>
</html>
"""


def routes(document: Json, client: tuple[str, str] | None = None) -> list[Route]:
    """Returns the routes of the document and its page. `client`, an id and a secret, prefills the Authorize dialog."""
    filled = {"clientId": client[0], "clientSecret": client[1]} if client else {}
    page = PAGE.replace("TITLE", document["info"]["title"]).replace("CLIENT", json.dumps(filled))
    files = _files()

    async def show_document(request: Request) -> Response:
        return JSONResponse(document)

    async def show_page(request: Request) -> Response:
        return HTMLResponse(page, headers={"Cache-Control": "no-store"})

    async def show_file(request: Request) -> Response:
        if (name := request.path_params["name"]) not in files:
            raise HTTPException(404)
        kind = "text/css" if name.endswith(".css") else "text/javascript"
        return Response(files[name], media_type=kind)

    return [
        Route("/openapi.json", show_document),
        Route("/docs", show_page),
        Route("/docs/{name}", show_file),
    ]


@functools.cache
def _files() -> Mapping[str, bytes]:
    """Returns the files of the page. They are two megabytes, and are read only once for all mounts."""
    folders = {"swagger_ui": ("swagger-ui-bundle.js", "swagger-ui.css"), "explorer": ("explorer.js", "explorer.css")}
    here = Path(__file__).parent
    return {name: (here / folder / name).read_bytes() for folder, names in folders.items() for name in names}
