"""A user's program, checked by mypy --strict as an engineer would check it."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

PROGRAM = """
from typing import Annotated

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from scopekit import Guard, Key, KeySet, Vocabulary, profiles
from scopekit.asgi import requires
from scopekit.fastapi import Caller, Scoped, install

scopes = Vocabulary({"notes:read": "read notes"})
key = Key.generate("2026-12", "ES256", "https://login.example/")
guard = Guard(KeySet([key]), audience="https://notes.example/", vocabulary=scopes)
shop = Guard.discover("https://login.example/realms/shop", audience="notes", profile=profiles.KEYCLOAK)
app = FastAPI()
install(app)


@app.get("/notes")
def list_notes(caller: Annotated[Caller, Scoped(guard, "notes:read")]) -> list[str]:
    return [caller.subject or "", *sorted(caller.scopes)] if caller.may("notes:read") else []


@requires(shop, "notes:read")
async def read_note(request: Request) -> Response:
    return JSONResponse([])


def subject(header: str) -> str:
    decision = guard.decide(header, "notes:read")
    if decision:
        return str(decision.token.claims["sub"])
    return f"{decision.status} {decision.description}"


at_once = guard.decide_at_once("Bearer x", "notes:read")
print(subject("Bearer x") if at_once is None else at_once.verdict)
"""


def mypy(folder, program):
    """What mypy --strict says about a program, and whether it is content."""
    file = folder / "program.py"
    file.write_text(program)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(folder / "cache"), str(file)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    return run.stdout, run.returncode == 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("typed")


def test_a_user_s_program_passes_mypy_in_strict_mode(folder):
    told, content = mypy(folder, PROGRAM)
    assert content, told


def test_a_token_is_there_only_after_the_decision_was_asked(folder):
    careless = PROGRAM.replace("    if decision:\n        return str", "    if True:\n        return str")
    told, content = mypy(folder, careless)
    assert (content, 'has no attribute "claims"' in told) == (False, True)
