import asyncio
import functools
import json
import threading

import pytest
from forging import forged, with_claims
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint, WebSocketEndpoint
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute

from scopekit import all_of
from scopekit.asgi import requires
from scopekit.errors import PolicyError

GOOD = (b"authorization", f"Bearer {forged()}".encode())
POOR = (b"authorization", f"Bearer {with_claims(scopes=['gist'])}".encode())


def sent_by(app, *headers, method="GET", kind="http", query=b"", extensions=None):
    """The messages that an application sends for one request or one handshake, over ASGI alone."""
    scope = {
        "type": kind, "method": method, "path": "/repo", "query_string": query, "headers": list(headers),
        "extensions": extensions or {},
    }  # fmt: skip
    incoming = iter([{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1000}])
    sent = []

    async def receive():
        return next(incoming) if kind == "websocket" else {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


def status(app, *headers, **options):
    """The status of the response to one request."""
    return sent_by(app, *headers, **options)[0]["status"]


def serving(endpoint, **options):
    """An application with this endpoint at /repo."""
    return Starlette(routes=[Route("/repo", endpoint, **options)])


# Functions


def test_a_function_that_is_not_async_runs_in_a_thread(guard):
    @requires(guard, "repo")
    def read(request):
        return PlainTextResponse(str(threading.current_thread() is threading.main_thread()))

    assert sent_by(serving(read), GOOD)[1]["body"] == b"False"
    assert status(serving(read), POOR) == 403


def test_a_lambda_of_a_request_is_guarded(guard):
    app = serving(requires(guard, "repo")(lambda request: PlainTextResponse("yes")))
    assert (status(app, GOOD), status(app)) == (200, 401)


def test_a_function_with_settings_filled_in_is_guarded(guard):
    async def read(text, request):
        return PlainTextResponse(text)

    app = serving(requires(guard, "repo")(functools.partial(read, "yes")), methods=["GET"])
    assert sent_by(app, GOOD)[1]["body"] == b"yes"
    assert status(app, POOR) == 403


def test_a_method_is_guarded_in_the_class_and_on_an_object(guard):
    class Notes:
        @requires(guard, "repo")
        async def read(self, request):
            return PlainTextResponse("yes")

        async def write(self, request):
            return PlainTextResponse("yes")

    for endpoint in (Notes().read, requires(guard, "repo")(Notes().write)):
        assert (status(serving(endpoint), GOOD), status(serving(endpoint), POOR)) == (200, 403)


def test_the_request_may_come_by_its_name(guard):
    @requires(guard, "repo")
    async def read(number, request):
        return PlainTextResponse(number)

    async def app(scope, receive, send):
        from starlette.requests import Request

        await (await read(number="7", request=Request(scope)))(scope, receive, send)

    assert sent_by(app, GOOD)[1]["body"] == b"7"
    assert status(app, POOR) == 403


# Classes


class Repo(HTTPEndpoint):
    """A repository."""

    async def get(self, request):
        return JSONResponse(sorted(request.state.decision.granted))

    def post(self, request):
        return PlainTextResponse("made", 201)


@pytest.mark.parametrize(("method", "allowed"), [("GET", 200), ("HEAD", 200), ("POST", 201), ("PUT", 405)])
def test_each_method_of_an_endpoint_class_is_guarded(guard, method, allowed):
    app = serving(requires(guard, "repo")(Repo))
    answers = [status(app, *headers, method=method) for headers in ([GOOD], [POOR], [])]
    assert answers == [allowed, 403, 401]


def test_a_guarded_class_finds_the_decision_and_leaves_the_first_class_alone(guard):
    guarded = requires(guard, "repo")(Repo)
    assert json.loads(sent_by(serving(guarded), GOOD)[1]["body"]) == ["public_repo", "repo", "repo:status"]
    assert (guarded.__name__, guarded.__doc__, guarded.__module__) == ("Repo", "A repository.", __name__)
    assert status(serving(Repo), POOR, method="POST") == 201


def test_a_method_that_a_subclass_adds_is_guarded(guard):
    class Fork(requires(guard, "repo")(Repo)):
        async def put(self, request):
            return PlainTextResponse("put")

    app = serving(Fork)
    assert (status(app, GOOD, method="PUT"), status(app, POOR, method="PUT")) == (200, 403)


# Websockets


async def greet(websocket):
    """Greets whoever may come in."""
    await websocket.accept()
    await websocket.send_text(str(websocket.state.decision.token.claims["sub"]))


class Greeting(WebSocketEndpoint):
    """Accepts whoever may come in."""


DENIAL = {"websocket.http.response": {}}


@pytest.mark.parametrize("endpoint", [greet, Greeting], ids=["function", "class"])
def test_a_websocket_is_accepted_only_with_the_scope(guard, endpoint):
    app = Starlette(routes=[WebSocketRoute("/repo", requires(guard, "repo")(endpoint))])
    assert sent_by(app, GOOD, kind="websocket")[0]["type"] == "websocket.accept"
    assert sent_by(app, POOR, kind="websocket") == [{"type": "websocket.close", "code": 1008, "reason": ""}]


@pytest.mark.parametrize("endpoint", [greet, Greeting], ids=["function", "class"])
def test_a_refused_websocket_gets_the_answer_of_a_refused_request(guard, endpoint):
    app = Starlette(routes=[WebSocketRoute("/repo", requires(guard, "repo")(endpoint))])
    start, body = sent_by(app, POOR, kind="websocket", extensions=DENIAL)
    plain = sent_by(serving(requires(guard, "repo")(Repo)), POOR)
    assert (start["type"], start["status"], start["headers"]) == (
        "websocket.http.response.start", 403, plain[0]["headers"],
    )  # fmt: skip
    assert body["body"] == plain[1]["body"]


def test_a_websocket_s_handler_finds_its_caller(guard):
    app = Starlette(routes=[WebSocketRoute("/repo", requires(guard, "repo")(greet))])
    assert sent_by(app, GOOD, kind="websocket")[1] == {"type": "websocket.send", "text": "octocat"}


def test_a_websocket_s_token_is_never_read_from_the_address(guard):
    app = Starlette(routes=[WebSocketRoute("/repo", requires(guard, "repo")(greet))])
    query = f"access_token={forged()}".encode()
    start = sent_by(app, kind="websocket", query=query, extensions=DENIAL)[0]
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 401)


def test_a_lesson_s_guard_serves_websockets_on_loopback_alone(guard):
    lesson = requires(guard.without("time"), "repo", lesson=True)(greet)
    app = Starlette(routes=[WebSocketRoute("/repo", lesson)])

    async def here(scope, receive, send):
        ends = {"client": ("127.0.0.1", 40000), "server": ("127.0.0.1", 80)}
        await app({**scope, **ends, "headers": [*scope["headers"], (b"host", b"localhost")]}, receive, send)

    assert sent_by(here, GOOD, kind="websocket")[0]["type"] == "websocket.accept"
    assert sent_by(app, GOOD, kind="websocket", extensions=DENIAL)[0]["status"] == 503


# What cannot be decorated

NOT_GUARDED = {
    "a route": (Route("/repo", greet), "found a Route object"),
    "an application": (Starlette(), "found a Starlette object"),
    "a lambda of nothing": (lambda: None, "found a function <lambda> without a parameter `request` or `websocket`"),
    "a function of two things": (lambda one, two: None, "without a parameter `request` or `websocket`"),
    "a function of keywords": (lambda *, request: None, "without a parameter `request` or `websocket`"),
    "a built-in function": (print, "found a builtin_function_or_method object"),
    "another class": (dict, "found the class dict"),
    "None": (None, "found a NoneType object"),
}


@pytest.mark.parametrize(("endpoint", "found"), NOT_GUARDED.values(), ids=NOT_GUARDED)
def test_what_takes_no_request_cannot_be_guarded(guard, endpoint, found):
    with pytest.raises(PolicyError) as error:
        requires(guard, "repo")(endpoint)
    assert str(error.value).startswith("requires() guards a function of a request or a websocket, an HTTPEndpoint or")
    assert found in str(error.value)


def test_a_guard_with_checks_off_guards_no_class(guard):
    with pytest.raises(PolicyError, match=r"^A guard with checks off guards only functions, .*; found the class Repo"):
        requires(guard.without("time"), "repo", lesson=True)(Repo)


def test_a_subclass_of_a_guarded_class_is_guarded_and_cannot_go_round_the_guard(guard):
    guarded = requires(guard, "repo")(Repo)

    class Secret(guarded):
        async def get(self, request):
            return PlainTextResponse("secret")

    assert [status(serving(Secret), *headers) for headers in ([GOOD], [POOR], [])] == [200, 403, 401]
    with pytest.raises(PolicyError, match="must not replace `dispatch`; Open does"):
        type("Open", (Secret,), {"dispatch": Repo.dispatch})


def test_a_requirement_of_the_request_may_be_named_by_a_string(guard):
    async def needed(request):
        return request.query_params["scope"]

    app = serving(requires(guard, needed)(Repo))
    assert (status(app, GOOD, query=b"scope=repo"), status(app, GOOD, query=b"scope=gist")) == (200, 403)


def test_requirements_add_up_where_two_guards_stand_in_a_row(guard):
    app = serving(requires(guard, all_of("gist"))(requires(guard, "repo")(Repo)))
    both = (b"authorization", f"Bearer {with_claims(scopes=['gist', 'repo'])}".encode())
    assert [status(app, token) for token in (GOOD, POOR, both)] == [403, 403, 200]
