"""The document and its page: a Swagger UI that works offline and behind a proxy."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sample_api.schemas import Json

_HERE = Path(__file__).parent
_FILES = (
    ("swagger_ui", "swagger-ui-bundle.js"), ("swagger_ui", "swagger-ui.css"),
    ("explorer", "explorer.js"), ("explorer", "explorer.css"),
)  # fmt: skip


def routes(document: Json, client: tuple[str, str] | None = None) -> list[Route]:
    """The document at /openapi.json and its page at /docs; `client` is filled into the page's Authorize dialog."""
    page = _page(str(document["info"]["title"]), client)
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
  <link rel="stylesheet" href="docs/explorer.css">
</head>
<body>
  <main id="swagger-ui"></main>
  <script src="docs/swagger-ui-bundle.js"></script>
  <script src="docs/explorer.js"></script>
  <script>
    window.ui = SwaggerUIBundle({{
      url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null, plugins: [window.scopes]
    }});
    window.ui.initOAuth({json.dumps(filled)});
  </script>
</body>
</html>
"""


@functools.cache
def _files() -> Mapping[str, bytes]:
    """What the page is made of, read once for all mounts: two megabytes."""
    return {name: (_HERE / folder / name).read_bytes() for folder, name in _FILES}
