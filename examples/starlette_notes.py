"""An API for notes in Starlette, protected by scopes. The guard and the OpenAPI document share one list of scopes.

NOTES_KEY=key.json NOTES_ISSUER=https://issuer.example/ uvicorn --factory examples.starlette_notes:app
"""

import json
import os
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from scopekit import Guard, Key, KeySet, Vocabulary
from scopekit.asgi import requires

NEEDS = {"get": "notes:read", "delete": "notes"}
IMPLIES = {"notes": ["notes:read"]}
SCOPES = Vocabulary({"notes": "all of the notes", "notes:read": "read notes"}, IMPLIES)
ANSWERS = {"200": "The notes", "400": "More than one token", "401": "No valid token", "403": "The scope is missing"}


def document(token_url: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document: the scopes that each call needs, and its responses."""
    answers = {code: {"description": why} for code, why in ANSWERS.items()}
    calls = {method: {"security": [{"token": [scope]}], "responses": answers} for method, scope in NEEDS.items()}
    flow = {"tokenUrl": token_url, "scopes": dict(SCOPES.descriptions)}
    scheme = {"type": "oauth2", "flows": {"clientCredentials": flow}, "x-scope-implies": IMPLIES}
    api = {"openapi": "3.1.0", "info": {"title": "Notes", "version": "1"}, "paths": {"/notes": calls}}
    return {**api, "components": {"securitySchemes": {"token": scheme}}}


def create_app(guard: Guard, token_url: str) -> Starlette:
    """Builds the application behind this guard; its OpenAPI document says that tokens come from `token_url`."""
    notes = ["buy milk"]

    @requires(guard, NEEDS["get"])
    async def list_notes(request: Request) -> JSONResponse:
        return JSONResponse(notes)

    @requires(guard, NEEDS["delete"])
    async def clear_notes(request: Request) -> JSONResponse:
        notes.clear()
        return JSONResponse(notes)

    calls = [Route("/notes", list_notes), Route("/notes", clear_notes, methods=["DELETE"])]
    return Starlette(routes=[*calls, Route("/openapi.json", lambda _: JSONResponse(document(token_url)))])


def app() -> Starlette:
    """Builds the application from environment variables; NOTES_KEY is a file with a secret or a public key."""
    key = Key.from_jwk(json.loads(Path(os.environ["NOTES_KEY"]).read_text()), os.environ["NOTES_ISSUER"])
    guard = Guard(KeySet([key]), audience="https://notes.example/", vocabulary=SCOPES)
    return create_app(guard, f"{key.issuer}token")
