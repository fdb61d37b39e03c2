"""An API for notes in FastAPI, protected by scopes.

NOTES_KEY=key.json NOTES_ISSUER=https://issuer.example/ uvicorn --factory examples.fastapi_notes:app
"""

import json
import os
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from scopekit import Guard, Key, KeySet, Vocabulary, any_of
from scopekit.fastapi import Scoped, ScopedRoute

SCOPES = Vocabulary({"notes": "all of the notes", "notes:read": "read notes"}, implies={"notes": ["notes:read"]})
WHY = {400: "More than one token", 401: "No valid token", 403: "The scope is missing"}
REFUSALS: Any = {code: {"description": why, "content": {"application/problem+json": {}}} for code, why in WHY.items()}


class Note(BaseModel):
    """A note: the JSON that a client sends and the application stores."""

    text: str


def create_app(guard: Guard, token_url: str) -> FastAPI:
    """Builds the application behind this guard; its OpenAPI document says that tokens come from `token_url`."""
    app = FastAPI(title="Notes", responses=REFUSALS)
    app.router.route_class = ScopedRoute
    notes: list[Note] = []

    @app.get("/notes", dependencies=[Scoped(guard, any_of("notes:read"), token_url=token_url)])
    async def list_notes() -> list[Note]:
        return notes

    @app.post("/notes", dependencies=[Scoped(guard, any_of("notes"), token_url=token_url)], status_code=201)
    async def add_note(note: Note) -> Note:
        notes.append(note)
        return note

    return app


def app() -> FastAPI:
    """Builds the application from environment variables; NOTES_KEY is a file with a secret or a public key."""
    key = Key.from_jwk(json.loads(Path(os.environ["NOTES_KEY"]).read_text()), os.environ["NOTES_ISSUER"])
    guard = Guard(KeySet([key]), audience="https://notes.example/", vocabulary=SCOPES)
    return create_app(guard, f"{key.issuer}token")
