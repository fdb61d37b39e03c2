"""The OpenAPI document, made from the operations table, and a Swagger UI that works offline and behind a proxy."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sample_api.operation import Case, Json, Operation
from scopekit.http import PROBLEM
from scopekit.requirements import Requirement
from scopekit.scopes import Vocabulary

_FILES = Path(__file__).parent / "swagger_ui"
_PARAMETER = re.compile(r"{(\w+)}")
_PROBLEMS = {
    "400": "The request cannot be read",
    "401": "No token, or one that is no good",
    "403": "The token's scopes do not open this call",
    "404": "There is no such thing",
    "409": "It exists already",
    "413": "The body is over 64 KiB",
    "503": "Whether the token was taken back cannot be told",
}

_GROUPS = {"user": "the user", "repos": "repositories", "orgs": "organisations"}

SECURITY_SCHEME = "token"


def openapi(title: str, operations: Sequence[Operation], vocabulary: Vocabulary, security: Json) -> Json:
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
            "description": "A toy API, modelled on GitHub's, to learn scopes with.",
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


def routes(document: Json, client: tuple[str, str] | None = None) -> list[Route]:
    """The document at /openapi.json and its page at /docs; `client` is filled into the page's Authorize dialog."""
    page = _page(str(document["info"]["title"]), client)
    files = {name: (_FILES / name).read_bytes() for name in ("swagger-ui-bundle.js", "swagger-ui.css")}

    async def show_document(request: Request) -> Response:
        return JSONResponse(document)

    async def show_page(request: Request) -> Response:
        return HTMLResponse(page, headers={"Cache-Control": "no-store"})

    async def show_file(request: Request) -> Response:
        name = request.path_params["name"]
        kind = "text/css" if name.endswith(".css") else "text/javascript"
        return Response(files[name], media_type=kind) if name in files else Response(status_code=404)

    return [
        Route("/openapi.json", show_document),
        Route("/docs", show_page),
        Route("/docs/{name}", show_file),
    ]


def _operation(operation: Operation, number: int, security: Json) -> Json:
    name = operation.id if not operation.deprecated else f"{operation.id}_{number}"
    described: Json = {
        "operationId": name,
        "summary": operation.id.replace("_", " ").capitalize(),
        "description": _described(operation),
        "tags": [_GROUPS[operation.path.split("/")[1]]],
        "parameters": [
            {
                "name": each,
                "in": "path",
                "required": True,
                "schema": {"type": "string"},
                "example": operation.cases[0].path[each],
            }
            for each in _PARAMETER.findall(operation.path)
        ],
        "security": _security([case.requirement for case in operation.cases], security),
        "responses": _responses(operation),
        "x-scope-conditions": [_condition(case, security) for case in operation.cases],
    }
    if operation.body:
        examples = {case.name: {"value": case.body} for case in operation.cases}
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": operation.body, "examples": examples}},
        }
    if operation.private:
        needed = _security([operation.private.requirement], security)
        described["x-scope-fields"] = [{"fields": list(operation.private.names), "security": needed}]
    return described | ({"deprecated": True} if operation.deprecated else {})


def _condition(case: Case, security: Json) -> Json:
    """One case: what it needs, an example call, and when it applies; the first that fits counts."""
    example = {"path": dict(case.path), **({"body": case.body} if case.body else {})}
    condition = {"name": case.name, "security": _security([case.requirement], security), "example": example}
    return condition | ({"when": case.when} if case.when else {})


def _security(requirements: Sequence[Requirement], scheme: Json) -> list[Json]:
    """Requirements as OpenAPI has them: a list of alternatives, each with all the scopes that it needs."""
    if scheme["type"] != "oauth2":
        return [{SECURITY_SCHEME: []}]
    alternatives = dict.fromkeys(one for each in requirements for one in each.alternatives)
    return [{SECURITY_SCHEME: sorted(one)} for one in alternatives]


def _described(operation: Operation) -> str:
    lines = [f"- {case.name}: **{case.requirement}**" for case in operation.cases]
    if operation.private:
        lines.append(f"- the fields {', '.join(operation.private.names)}: **{operation.private.requirement}**")
    article = "The article's path for the same call.\n\n" if operation.deprecated else ""
    return f"{article}Scopes needed:\n\n" + "\n".join(lines)


def _responses(operation: Operation) -> Json:
    content: Json = (
        {} if operation.success == 204 else {"content": {"application/json": {"schema": {"type": ["object", "array"]}}}}
    )
    problems = {
        status: {"description": text, "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
        for status, text in _PROBLEMS.items()
    }
    return {str(operation.success): {"description": "Done", **content}, **problems}


def _page(title: str, client: tuple[str, str] | None) -> str:
    filled: dict[str, Any] = {"clientId": client[0], "clientSecret": client[1]} if client else {}
    return f"""<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{title}</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
  <main id="swagger-ui"></main>
  <script src="docs/swagger-ui-bundle.js"></script>
  <script>
    window.ui = SwaggerUIBundle({{
      url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null
    }});
    window.ui.initOAuth({json.dumps(filled)});
  </script>
</body>
</html>
"""
