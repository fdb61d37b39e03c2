"""FastAPI applications with `install`: who calls, when it is decided, and what the document says."""

import asyncio
import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import pytest
import requests
from fastapi import APIRouter, Depends, FastAPI, WebSocket
from fastapi.responses import PlainTextResponse
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel
from serving import in_thread

from scopekit import RFC9068, Guard, Issuer, Key, KeySet, OwnerBound, Vocabulary, all_of, any_of
from scopekit.audit import read_calls, read_document
from scopekit.audit.probe_tokens import mint_probes
from scopekit.audit.run import audit
from scopekit.errors import VocabularyError
from scopekit.fastapi import Caller, Refused, Scoped, install

API = "https://notes.example/"
KEY = Key("k1", bytes(range(32)), issuer="https://issuer.example/")
SCOPES = Vocabulary({"notes": "", "notes:read": "", "admin": ""}, {"notes": ["notes:read"]})
GUARD = Guard(KeySet([KEY]), audience=API, vocabulary=SCOPES)
ISSUER = Issuer(KEY, RFC9068, API)
READ = Scoped(GUARD, "notes:read")


class Note(BaseModel):
    text: str


def bearer(*scopes, **options):
    return {"Authorization": f"Bearer {ISSUER.mint(scopes, **options)}"}


def application():
    app = FastAPI()
    install(app)

    @app.get("/notes")
    def list_notes(caller: Annotated[Caller, READ]):
        return {
            "subject": caller.subject, "issuer": caller.issuer, "jti": "jti" in caller.claims,
            "scopes": sorted(caller.scopes), "may": [caller.may(each) for each in ("notes", "notes:read", "admin")],
        }  # fmt: skip

    @app.post("/notes")
    def add_note(note: Note, caller: Annotated[Caller, Scoped(GUARD, "notes")]):
        return note.text

    @app.get("/motd")
    def read_motd(caller: Annotated[Caller | None, Scoped(GUARD, "notes:read", optional=True)]):
        return caller.subject if caller else "nobody"

    return app


@pytest.fixture
def send():
    with requests.Session() as session:
        session.trust_env = False

        def to(app, method="GET", path="/notes", **options):
            with in_thread(app) as url:
                headers = {"Content-Type": "application/json", **options.pop("headers", {})}
                return session.request(method, url + path, headers=headers, **options)

        yield to


# The caller


def test_the_handler_gets_its_caller(send):
    response = send(application(), headers=bearer("notes", subject="ann"))
    assert response.json() == {
        "subject": "ann", "issuer": "https://issuer.example/", "jti": True, "scopes": ["notes", "notes:read"],
        "may": [True, True, False],
    }  # fmt: skip


def test_what_a_caller_may_can_depend_on_whose_record_it_is():
    decision = GUARD.decide(bearer("notes:read", subject="ann")["Authorization"])
    caller = Caller(decision, GUARD)
    for owner, may in (("ann", True), ("bob", False)):
        assert caller.may(OwnerBound(any_of("admin"), any_of("notes:read"), KEY.issuer, owner)) is may


def test_without_a_token_an_optional_caller_is_none_and_a_bad_token_is_still_refused(send):
    app = application()
    assert send(app, path="/motd").json() == "nobody"
    assert send(app, path="/motd", headers=bearer("notes", subject="ann")).json() == "ann"
    assert send(app, path="/motd", headers={"Authorization": "Bearer x"}).status_code == 401
    assert send(app, path="/motd", headers=bearer("admin")).status_code == 403
    assert send(app, path="/motd?access_token=x").status_code == 401


def test_a_bad_token_behind_an_empty_header_is_no_anonymous_request(send):
    app = application()

    async def sent(*values):
        headers = [(b"authorization", each) for each in values]
        scope = {
            "type": "http", "method": "GET", "path": "/motd", "headers": headers, "query_string": b"", "scheme": "http",
        }  # fmt: skip
        answers = []

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def answer(message):
            answers.append(message)

        await app(scope, receive, answer)
        return answers[0]["status"]

    statuses = [asyncio.run(sent(*values)) for values in ((), (b"",), (b"", b"Bearer bad"), (b"Bearer bad", b""))]
    assert statuses == [200, 200, 400, 400]


def test_a_scope_that_the_api_does_not_have_is_refused_when_it_is_written():
    with pytest.raises(VocabularyError, match="'note:read' is not a scope of this API; did you mean 'notes:read'"):
        Scoped(GUARD, "note:read")


# When it is decided


def test_a_body_that_is_not_json_is_not_looked_at_without_a_token(send):
    app = application()
    assert send(app, "POST", data=b"{").status_code == 401
    assert send(app, "POST", data=b"{", headers=bearer("notes:read")).status_code == 403
    assert send(app, "POST", data=b"{", headers=bearer("notes")).status_code == 422
    assert send(app, "POST", json={"text": "milk"}, headers=bearer("notes")).json() == "milk"


def test_a_request_is_decided_once(send, monkeypatch):
    counted, decide = [], Guard.decide_at_once
    monkeypatch.setattr(Guard, "decide_at_once", lambda *args, **kw: counted.append(1) or decide(*args, **kw))
    assert send(application(), "POST", json={"text": "milk"}, headers=bearer("notes")).status_code == 200
    assert len(counted) == 1


def test_where_the_requirement_is_a_function_only_the_token_is_decided_before_the_body(send):
    async def as_the_request_says(request):
        return any_of("admin")

    app = FastAPI()
    install(app)

    @app.post("/notes", dependencies=[Scoped(GUARD, as_the_request_says)])
    def add_note(note: Note):
        return note.text

    assert send(app, "POST", data=b"{").status_code == 401
    assert send(app, "POST", data=b"{", headers=bearer("notes")).status_code == 422
    assert send(app, "POST", json={"text": "x"}, headers=bearer("notes")).status_code == 403
    assert send(app, "POST", json={"text": "x"}, headers=bearer("admin")).json() == "x"


def test_without_install_the_guard_decides_after_the_body_and_the_log_says_so_once(send, caplog):
    app = FastAPI()

    @app.post("/notes", dependencies=[Scoped(GUARD, "notes")])
    def add_note(note: Note):
        return note.text

    with caplog.at_level(logging.WARNING, "scopekit"):
        assert send(app, "POST", data=b"{").status_code == 422
        refused = [send(app, "POST", json={"text": "x"}) for _ in range(2)]
    assert [(each.status_code, each.headers["WWW-Authenticate"][:6]) for each in refused] == [(401, "Bearer")] * 2
    assert [record.getMessage() for record in caplog.records if record.name == "scopekit"] == [
        "A guard in a FastAPI application decides only after the body is read: call install(app)."
    ]


def test_an_application_answers_a_refusal_in_its_own_way(send):
    app = application()

    @app.exception_handler(Refused)
    async def sorry(request, refused):
        return PlainTextResponse(f"sorry: {refused.answer.body['detail']}", refused.answer.status)

    early = send(app, "POST", data=b"{")
    assert (early.status_code, early.text[:12]) == (401, "sorry: This ")
    late = send(app, headers=bearer("admin"))
    assert (late.status_code, late.text[:11]) == (403, "sorry: The ")


def test_an_override_for_a_test_takes_the_guard_s_place_before_the_body_too(send):
    app = application()
    scoped = (
        next(each for each in app.routes if getattr(each, "methods", None) == {"POST"}).dependant.dependencies[0].call
    )
    app.dependency_overrides[scoped] = lambda: None
    assert send(app, "POST", json={"text": "milk"}).json() == "milk"


def test_a_dependency_of_a_dependency_is_a_guard_too(send):
    def reader(caller: Annotated[Caller, READ]):
        return caller.subject

    app = FastAPI()
    install(app)

    @app.post("/notes")
    def add_note(note: Note, who: Annotated[str, Depends(reader)]):
        return who

    assert send(app, "POST", data=b"{").status_code == 401
    assert send(app, "POST", json={"text": "x"}, headers=bearer("notes:read", subject="ann")).json() == "ann"
    assert read_calls(app.openapi())[0].requirement == any_of("notes:read")


@pytest.mark.parametrize("chunked", [False, True], ids=["with-a-length", "chunked"])
def test_a_hundred_megabytes_without_a_token_are_refused_before_the_first_byte_and_never_held(tmp_path, chunked):
    """README's example under a real uvicorn, and the real curl."""
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not on this machine's path")
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(100 * 2**20)
    key = tmp_path / "key.json"
    key.write_text(json.dumps(KEY.to_jwk(private=True)))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", "examples.fastapi_notes:app", "--port", str(port)]
    environment = {"NOTES_KEY": str(key), "NOTES_ISSUER": KEY.issuer}
    with subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL) as server:
        try:
            url = f"http://127.0.0.1:{port}/notes"
            for _ in range(200):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            before = _resident(server.pid)
            how = ["-H", "Transfer-Encoding: chunked"] if chunked else []
            sent = subprocess.run(
                [curl, "-s", "--noproxy", "*", "-H", "Expect:", *how, "-T", str(big), "-X", "POST", url, "-o", "-",
                 "-w", "\n%{http_code} %{size_upload}"],
                capture_output=True, text=True, timeout=60,
            )  # fmt: skip
            status, uploaded = sent.stdout.splitlines()[-1].split()
            assert status == "401"
            assert int(uploaded) < 50 * 2**20
            assert _resident(server.pid) - before < 20 * 2**20
        finally:
            server.terminate()


def _resident(pid):
    """How many bytes of memory a process holds, as Linux counts them."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        pytest.skip("this machine does not say how much memory a process holds")
    return int(next(line for line in status.read_text().splitlines() if line.startswith("VmHWM")).split()[1]) * 1024


# Websockets


def talk(app, headers):
    """What a websocket's handshake comes to, over ASGI alone: the messages sent, and a status if there is one."""
    scope = {
        "type": "websocket", "path": "/live", "raw_path": b"/live", "query_string": b"", "headers": headers,
        "subprotocols": [], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "scheme": "ws", "root_path": "",
        "extensions": {"websocket.http.response": {}},
    }  # fmt: skip
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return [message["type"] for message in sent], sent[0].get("status")


def test_a_websocket_is_refused_before_it_is_accepted():
    app = FastAPI()
    install(app)

    @app.websocket("/live")
    async def live(websocket: WebSocket, caller: Annotated[Caller, READ]):
        await websocket.accept()
        await websocket.send_text(caller.subject)
        await websocket.close()

    good = bearer("notes:read")["Authorization"].encode()
    assert talk(app, [(b"authorization", good)])[0] == ["websocket.accept", "websocket.send", "websocket.close"]
    assert talk(app, [])[1] == 401
    assert talk(app, [(b"authorization", bearer("admin")["Authorization"].encode())])[1] == 403


# The document


def whole_application():
    """An application of routers in routers, dependencies on routers, a websocket and a mounted application."""
    app = FastAPI(title="Notes")
    inner = APIRouter(prefix="/archive", dependencies=[Scoped(GUARD, any_of("notes", "admin"))])
    outer = APIRouter(prefix="/v2", dependencies=[READ])
    below = FastAPI(title="Below")

    @inner.get("/notes")
    def list_archived():
        return []

    @outer.get("/notes")
    def list_notes(caller: Annotated[Caller, Scoped(GUARD, all_of("notes", "admin"))]):
        return []

    @outer.post("/notes", status_code=201)
    def add_note(note: Note):
        return note.text

    @app.get("/health")
    def health():
        return "here"

    @app.get("/motd")
    def motd(caller: Annotated[Caller | None, Scoped(GUARD, "notes:read", optional=True)]):
        return "hello"

    @app.websocket("/live")
    async def live(websocket: WebSocket, caller: Annotated[Caller, READ]):
        await websocket.accept()

    @below.post("/notes")
    def add_below(note: Note, caller: Annotated[Caller, Scoped(GUARD, "notes")]):
        return note.text

    outer.include_router(inner)
    app.include_router(outer)
    app.mount("/below", below)
    install(app)
    return app, below


def test_the_document_of_included_routers_names_every_alternative_and_every_refusal():
    app, below = whole_application()
    document = app.openapi()
    OpenAPIV31SpecValidator(document).validate()
    needs = {str(call): call.requirement for call in read_calls(document)}
    assert needs["GET /v2/archive/notes"] == any_of(all_of("notes", "notes:read"), all_of("admin", "notes:read"))
    assert needs["GET /v2/notes"] == all_of("notes:read", "notes", "admin")
    assert needs["POST /v2/notes"] == any_of("notes:read")
    operation = document["paths"]["/v2/notes"]["post"]
    assert {"400", "401", "403"} <= operation["responses"].keys()
    assert "application/problem+json" in operation["responses"]["401"]["content"]
    assert "401" not in document["paths"]["/health"]["get"]["responses"]
    assert {} in document["paths"]["/motd"]["get"]["security"]
    assert read_calls(below.openapi())[0].requirement == any_of("notes")


def test_an_audit_of_such_an_application_finds_no_drift():
    app, _ = whole_application()
    with in_thread(app) as url:
        document = read_document(f"{url}/openapi.json")
        found = audit(document, mint_probes(document, ISSUER), base_url=url)
    assert not found.drifts, found


def test_a_mounted_application_decides_before_the_body_too(send):
    app, _ = whole_application()
    refused = send(app, "POST", "/below/notes", data=b"{")
    assert (refused.status_code, refused.headers["Content-Type"]) == (401, "application/problem+json")
    assert send(app, "POST", "/below/notes", json={"text": "x"}, headers=bearer("notes")).json() == "x"
    assert send(app, "POST", "/v2/notes", data=b"{").status_code == 401
    assert send(app, "POST", "/v2/notes", data=b"{", headers=bearer("admin")).status_code == 403


def test_install_can_be_called_twice():
    app = application()
    stack = app.router.middleware_stack
    install(app)
    assert app.router.middleware_stack is stack
    assert app.openapi() is app.openapi()
