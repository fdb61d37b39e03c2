import asyncio
import json
import threading

import pytest
import requests
from forging import NOW, forged, whole_guard, with_claims
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from scopekit import all_of, any_of
from scopekit.asgi import decide, is_loopback, requires
from scopekit.errors import PolicyError, ScopeError, VocabularyError
from scopekit.lab.world.transports import InProcess
from scopekit.stores.memory import MemoryDenylist

NEED = any_of("repo", "public_repo")
GOOD = {"Authorization": f"Bearer {forged()}"}


async def create_repo(request):
    """Makes a repository, and tells what the guard granted."""
    return JSONResponse({"granted": sorted(request.state.decision.granted)}, 201)


async def scope_in_the_path(request):
    """A requirement that depends on what is asked for."""
    return all_of(request.path_params["scope"])


def plain_scope_in_the_path(request):
    """The same, as a function that is not async."""
    return all_of(request.path_params["scope"])


def application(guard, requirement=NEED, **options):
    """An application with one guarded call."""
    protected = requires(guard, requirement, **options)(create_repo)
    return Starlette(routes=[Route("/{scope}", protected, methods=["GET", "POST"])])


@pytest.fixture
def send():
    """Sends a request to an application, through requests and without a socket."""
    with requests.Session() as session:
        session.trust_env = False

        def to(app, method="POST", path="/repo", **options):
            return session.request(method, InProcess().open(app, session) + path, **options)

        yield to


def raw_call(app, headers=(), client=("127.0.0.1", 40000), server=("127.0.0.1", 80)):
    """The status, headers and body of a response, over ASGI alone; the first Host that is named counts."""
    headers = [*headers, ("Host", "localhost")]
    scope = {
        "type": "http", "method": "POST", "path": "/repo", "query_string": b"", "client": client, "server": server,
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
    }  # fmt: skip
    sent = []

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}, sent[1]["body"]


def test_an_allowed_request_reaches_its_handler_with_the_decision(guard, send):
    response = send(application(guard), headers=GOOD)
    assert response.status_code == 201
    assert response.json() == {"granted": ["public_repo", "repo", "repo:status"]}
    assert "ScopeKit-Checks-Off" not in response.headers


def test_a_denied_request_never_reaches_its_handler(guard, send):
    response = send(application(guard), headers={"Authorization": f"Bearer {with_claims(scopes=['gist'])}"})
    assert response.status_code == 403
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["error"] == "insufficient_scope"
    assert 'scope="public_repo"' in response.headers["WWW-Authenticate"]


def test_the_realm_is_the_guard_s_audience(guard, send):
    response = send(application(guard))
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (
        401,
        'Bearer realm="repos", scope="public_repo"',
    )


def test_a_token_in_the_address_is_not_read(guard, send):
    response = send(application(guard), path=f"/repo?access_token={forged()}")
    assert response.status_code == 401
    assert "error" not in response.json()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_token_in_the_body_is_not_read(guard, send, method):
    response = send(application(guard), method, data={"access_token": forged()})
    assert response.status_code == 401
    assert "error" not in response.json()


def test_a_token_in_header_and_address_is_a_bad_request(guard, send):
    response = send(application(guard), path=f"/repo?access_token={forged()}", headers=GOOD)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


def test_two_authorization_headers_are_a_bad_request(guard):
    status, _, body = raw_call(application(guard), [*GOOD.items(), *GOOD.items()])
    assert (status, json.loads(body)["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("needed", [scope_in_the_path, plain_scope_in_the_path], ids=["async", "plain"])
def test_a_requirement_may_depend_on_the_request(guard, send, needed):
    app = application(guard, needed)
    assert send(app, path="/repo:status", headers=GOOD).status_code == 201
    assert send(app, path="/gist", headers=GOOD).status_code == 403


def test_without_a_requirement_any_good_token_will_do(guard, send):
    app = Starlette(routes=[Route("/repo", requires(guard)(create_repo), methods=["POST"])])
    assert send(app, headers={"Authorization": f"Bearer {with_claims(scopes=[])}"}).status_code == 201
    assert send(app, headers={"Authorization": f"Bearer {with_claims(exp=NOW)}"}).status_code == 401


def test_a_guarded_handler_keeps_its_name_and_its_words(guard):
    guarded = requires(guard, NEED)(create_repo)
    assert guarded.__name__ == "create_repo"
    assert guarded.__doc__ == create_repo.__doc__


def test_a_handler_may_ask_the_guard_itself(guard, send):
    async def handler(request):
        return PlainTextResponse("yes" if decide(guard, request, any_of("gist")) else "no")

    app = Starlette(routes=[Route("/repo", handler, methods=["POST"])])
    assert send(app, headers=GOOD).text == "no"


# Strings


def test_a_string_is_a_requirement(guard, send):
    app = application(guard, "public_repo")
    assert send(app, headers=GOOD).status_code == 201
    assert send(app, headers={"Authorization": f"Bearer {with_claims(scopes=['gist'])}"}).status_code == 403


def test_an_unknown_scope_is_refused_where_the_handler_is_decorated(guard):
    with pytest.raises(VocabularyError, match=r"'rep' is not a scope of this API; did you mean 'repo'\?"):
        requires(guard, "rep")


@pytest.mark.parametrize("needed", [None, ["repo"], 42], ids=["None", "list", "number"])
def test_what_is_no_requirement_is_refused_where_the_handler_is_decorated(guard, needed):
    with pytest.raises(ScopeError, match=f"found {type(needed).__name__}"):
        requires(guard, needed)


# Threads


class Listening(MemoryDenylist):
    """A denylist that notes in which thread it is asked."""

    def __init__(self, waits):
        super().__init__()
        self.waits, self.asked_in = waits, []

    def find(self, asked):
        self.asked_in.append(threading.current_thread())
        return super().find(asked)


@pytest.mark.parametrize("waits", [True, False], ids=["waits", "does not wait"])
def test_a_decision_is_made_in_a_thread_only_if_it_has_to_wait(waits):
    denylist = Listening(waits)
    app = application(whole_guard(denylist=denylist))
    assert raw_call(app, GOOD.items())[0] == 201
    assert [each is threading.main_thread() for each in denylist.asked_in] == [not waits]


# Checks off


def test_a_guard_with_checks_off_is_refused_where_no_lesson_asked_for_it(guard):
    with pytest.raises(PolicyError, match=r"A guard with checks off \(signature, time\) is for lessons only"):
        requires(guard.without("time", "signature"), NEED)


def test_in_a_lesson_a_guard_with_checks_off_says_so_in_every_answer(guard, send):
    app = application(guard.without("signature"), lesson=True)
    for headers, status in ((GOOD, 201), ({}, 401)):
        response = send(app, headers=headers)
        assert (response.status_code, response.headers["ScopeKit-Checks-Off"]) == (status, "signature")


LOOPBACK, HERE, THERE = "127.0.0.1", "192.0.2.1", "192.0.2.2"
SOCKETS = {
    "from another machine": ((THERE, 40000), (HERE, 80), False),
    "from another machine to loopback": ((THERE, 40000), (LOOPBACK, 80), False),
    "from here to an open socket": ((LOOPBACK, 40000), (HERE, 80), False),
    "from nobody knows where": (None, (LOOPBACK, 80), False),
    "to nobody knows where": ((LOOPBACK, 40000), None, False),
    "from a name": (("localhost", 40000), (LOOPBACK, 80), False),
    "over a file": (("", 0), ("/run/api.sock", None), False),
    "over loopback": ((LOOPBACK, 40000), (LOOPBACK, 80), True),
    "over loopback of version 6": (("::1", 40000), ("::1", 80), True),
}


@pytest.mark.parametrize(("client", "server", "loopback"), SOCKETS.values(), ids=SOCKETS)
def test_a_guard_with_checks_off_answers_on_loopback_alone(guard, client, server, loopback):
    app = application(guard.without("signature"), lesson=True)
    status, headers, body = raw_call(app, GOOD.items(), client, server)
    scope = {"type": "http", "client": client, "server": server, "headers": [(b"host", b"localhost:8000")]}
    assert is_loopback(Request(scope)) == loopback
    assert status == (201 if loopback else 503)
    assert headers["scopekit-checks-off"] == "signature"
    assert loopback or b"only on a loopback socket" in body


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:80", "LOCALHOST.example", "evil.example", ""])
def test_a_guard_with_checks_off_answers_to_a_loopback_name_alone(guard, host):
    app = application(guard.without("signature"), lesson=True)
    known = host in ("127.0.0.1:8000", "localhost", "[::1]:80")
    assert raw_call(app, [*GOOD.items(), ("Host", host)])[0] == (201 if known else 503)


def test_an_error_raised_by_the_handler_says_too_which_checks_are_off(guard, send):
    async def gone(request):
        raise HTTPException(410)

    weakened = requires(guard.without("time"), NEED, lesson=True)(gone)
    response = send(Starlette(routes=[Route("/repo", weakened, methods=["POST"])]), headers=GOOD)
    assert (response.status_code, response.headers["ScopeKit-Checks-Off"]) == (410, "time")


def test_a_host_header_cannot_pass_for_loopback(guard):
    app = application(guard.without("signature"), lesson=True)
    headers = [*GOOD.items(), ("Host", "localhost"), ("X-Forwarded-For", "127.0.0.1")]
    assert raw_call(app, headers, client=(THERE, 40000), server=(HERE, 80))[0] == 503


def test_a_whole_guard_answers_everyone(guard):
    assert raw_call(application(guard), GOOD.items(), (THERE, 40000), (HERE, 80))[0] == 201


def test_a_whole_guard_may_serve_a_lesson_too(guard, send):
    assert send(application(guard, lesson=True), headers=GOOD).status_code == 201


def test_a_guard_for_a_lesson_is_said_in_the_log(guard, caplog):
    with caplog.at_level("WARNING", "scopekit"):
        for _ in range(2):
            requires(guard.without("time", "scopes"), lesson=True)
    assert [record.getMessage() for record in caplog.records] == [
        "A guard for a lesson is in use. These checks are off: scopes, time"
    ]
