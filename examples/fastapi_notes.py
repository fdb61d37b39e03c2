"""An API for notes in FastAPI, protected by scopes.

NOTES_KEY=key.json NOTES_ISSUER=https://issuer.example/ uvicorn --factory examples.fastapi_notes:app
"""

import json
import os
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI
from pydantic import BaseModel

from scopekit import Guard, Key, KeySet, Vocabulary
from scopekit.fastapi import Caller, Scoped, install

SCOPES = Vocabulary({"notes": "all of the notes", "notes:read": "read notes"}, implies={"notes": ["notes:read"]})


class Note(BaseModel):
    """A note: the JSON that a client sends and the application stores."""

    text: str


def create_app(guard: Guard, token_url: str) -> FastAPI:
    """Builds the application behind this guard; its OpenAPI document says that tokens come from `token_url`."""
    app = FastAPI(title="Notes")
    install(app)
    notes: list[Note] = []

    Reader = Annotated[Caller, Scoped(guard, "notes:read", token_url=token_url)]

    @app.get("/notes")
    def list_notes(caller: Reader) -> list[Note]:
        return notes

    @app.post("/notes", dependencies=[Scoped(guard, "notes", token_url=token_url)], status_code=201)
    def add_note(note: Note) -> Note:
        notes.append(note)
        return note

    return app


def app() -> FastAPI:
    """Builds the application from environment variables; NOTES_KEY is a file with a secret or a public key."""
    key = Key.from_jwk(json.loads(Path(os.environ["NOTES_KEY"]).read_text()), os.environ["NOTES_ISSUER"])
    guard = Guard(KeySet([key]), audience="https://notes.example/", vocabulary=SCOPES)
    return create_app(guard, f"{key.issuer}token")
