"""One guard in five frameworks: the same request gets the same answer, over each framework's own server."""

import ast
import contextlib
import http.client
import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import requests

from scopekit import RFC9068, Guard, Issuer, Key, KeySet, LessonClock, MemoryDenylist, Vocabulary
from scopekit.errors import StoreUnavailable, VocabularyError
from scopekit.lab.world.transports import Loopback

FOLDER = Path(__file__).parents[1] / "examples"
API, THERE = "https://notes.example/", "https://issuer.example/"
NOW = 1_800_000_000
CLOCK = LessonClock(NOW)
KEY = Key.generate("k1", "ES256", THERE)
FRAMEWORKS = ("fastapi", "starlette", "flask", "django", "lambda")


def mint(*scopes, key=KEY, audience=API, jti="t1", at=NOW):
    return f"Bearer {Issuer(key, RFC9068, audience, LessonClock(at), lambda: jti).mint(scopes)}"


class Denylist(MemoryDenylist):
    """A denylist that is down when it is asked for one token."""

    def find(self, query):
        if query.jti == "down":
            raise StoreUnavailable("The denylist does not answer.")
        return super().find(query)


def guard():
    vocabulary = Vocabulary({"notes": "all", "notes:read": "read notes"}, implies={"notes": ["notes:read"]})
    denylist = Denylist()
    denylist.revoke(THERE, "revoked")
    public = KeySet([KEY.public()])
    return Guard(public, audience=API, vocabulary=vocabulary, denylist=denylist, clock=CLOCK)


def example(name):
    spec = importlib.util.spec_from_file_location(f"{name}_notes", FOLDER / f"{name}_notes.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def over_http(name):
    """A Flask or Django application behind a WSGI server, or a Starlette or FastAPI application behind uvicorn."""
    module = example(name)
    if name in ("flask", "django"):
        with make_server("127.0.0.1", 0, module.create_app(guard()), handler_class=Quiet) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()
            thread.join()
    else:
        transport = Loopback()
        with requests.Session() as session:
            yield transport.open(module.create_app(guard(), f"{THERE}token"), session)
        transport.close()


def asked_over_http(url):
    """A function that sends a request as it is: several headers of one name stay several."""

    def send(method, path, headers, body=""):
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        with contextlib.closing(connection):
            connection.putrequest(method, path)
            for name, value in headers:
                connection.putheader(name, value)
            if body:
                connection.putheader("Content-Type", "application/json")
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body.encode())
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

    return send


def asked_of_the_gateway(handle):
    """A function that calls a handler with an event as API Gateway makes it of a request (payload format 2.0)."""

    def send(method, path, headers, body=""):
        address, joined = urlsplit(path), {}
        for name, value in headers:  # "Duplicate headers are combined with commas", and names are in lower case
            joined[name.lower()] = f"{joined[name.lower()]},{value}" if name.lower() in joined else value
        event = {
            "version": "2.0", "routeKey": f"{method} {address.path}", "rawPath": address.path,
            "rawQueryString": address.query, "headers": joined, "body": body, "isBase64Encoded": False,
            "requestContext": {"http": {"method": method, "path": address.path}},
        }  # fmt: skip
        if address.query:  # the member is missing otherwise
            event["queryStringParameters"] = dict(parse_qsl(address.query))
        answer = json.loads(json.dumps(handle(event)))
        return answer["statusCode"], answer["headers"], answer["body"].encode()

    return send


@pytest.fixture(scope="module", params=FRAMEWORKS)
def send(request):
    if request.param == "lambda":
        yield asked_of_the_gateway(example("lambda").create_handler(guard()))
    else:
        with over_http(request.param) as url:
            yield asked_over_http(url)


def allowed():
    return 200, None, None, None


def refused(status, detail, error=None):
    """The status, the challenge, Retry-After and the body of a refusal."""
    members = {"type": "about:blank", "title": http.client.responses[status], "status": status, "detail": detail}
    named = f', error="{error}", error_description="{detail}"' if error else ""
    needed = "" if status == 400 else ', scope="notes:read"'
    if error:
        members["error"] = error
    if status == 403:
        members["scope"] = "notes:read"
    if status == 503:
        return status, None, "5", members
    return status, f'Bearer realm="{API}"{named}{needed}', None, members


def invalid(detail):
    return refused(401, detail, "invalid_token")


NO_TOKEN = refused(401, "This call needs a token in the Authorization header, with the scheme Bearer.")
TWICE = refused(400, "Credentials were sent more than once.", "invalid_request")
GOOD = mint("notes:read")
BASIC = "Basic b2N0b2NhdDpzZWNyZXQ="
EARLIER = NOW - 3600 - 61
TABLE = {
    "no token": ([], "", NO_TOKEN),
    "good": ([GOOD], "", allowed()),
    "scheme in lower case": ([GOOD.replace("Bearer", "bearer")], "", allowed()),
    "implied scope": ([mint("notes")], "", allowed()),
    "wrong scheme": ([BASIC], "", NO_TOKEN),
    "wrong scheme with a comma": (['Digest username="Ann, of Ghent", realm="x"'], "", NO_TOKEN),
    "malformed": (["Bearer abc"], "", invalid("The token is malformed.")),
    "expired": ([mint("notes:read", at=EARLIER)], "", invalid("The token has expired.")),
    "wrong audience": (
        [mint("notes:read", audience="https://other.example/")], "", invalid("The token was made for another API."),
    ),
    "another key": (
        [mint("notes:read", key=Key.generate("k2", "ES256", THERE))], "",
        invalid("The token was signed with a key that this API does not know."),
    ),
    "revoked": ([mint("notes:read", jti="revoked")], "", invalid("The token has been revoked.")),
    "too little scope": (
        [mint()], "",
        refused(403, "The token's scopes do not open this call; it needs notes:read.", "insufficient_scope"),
    ),
    "two headers": ([GOOD, GOOD], "", TWICE),
    "a header of another scheme before": ([BASIC, GOOD], "", TWICE),
    "a header of another scheme behind": ([GOOD, BASIC], "", TWICE),
    "token in the address": ([], GOOD[7:], NO_TOKEN),
    "token in the header and in the address": ([GOOD], GOOD[7:], TWICE),
    "failing denylist": (
        [mint("notes:read", jti="down")], "", refused(503, "Token revocation cannot be checked right now."),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("headers", "token", "expected"), TABLE.values(), ids=TABLE)
def test_every_framework_gives_the_same_answer(send, headers, token, expected):
    path = f"/notes?access_token={token}" if token else "/notes"
    status, fields, content = send("GET", path, [("Authorization", value) for value in headers])
    named = {name.lower(): value for name, value in fields.items()}
    body = None if status == 200 else json.loads(content)
    assert (status, named.get("www-authenticate"), named.get("retry-after"), body) == expected
    assert named["content-type"] == ("application/json" if status == 200 else "application/problem+json")
    assert named.get("cache-control") == (None if status == 200 else "no-store")


def test_a_refused_change_changes_nothing_and_an_allowed_one_does(send):
    deletes = send("DELETE", "/notes", [])[0] != 405  # the example in FastAPI adds a note instead
    change = ("DELETE", "") if deletes else ("POST", '{"text": "buy bread"}')
    for token, status, changed in ((GOOD, 403, False), (mint("notes"), 200 if deletes else 201, True)):
        before = send("GET", "/notes", [("Authorization", GOOD)])[2]
        assert send(change[0], "/notes", [("Authorization", token)], change[1])[0] == status
        assert (send("GET", "/notes", [("Authorization", GOOD)])[2] != before) is changed


def test_every_example_is_tried_here():
    assert {file.stem for file in FOLDER.glob("*.py")} == {f"{name}_notes" for name in FRAMEWORKS}


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_an_example_has_under_forty_lines_without_blank_ones_and_docstrings(name):
    text = (FOLDER / f"{name}_notes.py").read_text(encoding="utf-8")
    told = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in range(node.lineno, node.end_lineno + 1)
    }
    lines = [line for number, line in enumerate(text.splitlines(), 1) if line.strip() and number not in told]
    assert len(lines) < 40


STARTED = {
    "flask": "from werkzeug.test import Client; print(Client(example.app()).get('/notes', headers=headers).text)",
    "django": "from werkzeug.test import Client; print(Client(example.app()).get('/notes', headers=headers).text)",
    "lambda": "print(example.handler({'routeKey': 'GET /notes', 'headers': headers}, None)['body'])",
}


@pytest.mark.parametrize(("name", "call"), STARTED.items(), ids=STARTED)
def test_it_starts_with_a_key_in_a_file_that_the_environment_names(name, call, tmp_path):
    (tmp_path / "key.json").write_text(json.dumps(KEY.to_jwk()))
    headers = {"Authorization": str(mint("notes:read", at=int(time.time())))}
    code = f"import examples.{name}_notes as example; headers = {headers}; {call}"
    environment = {**os.environ, "NOTES_KEY": str(tmp_path / "key.json"), "NOTES_ISSUER": THERE}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=FOLDER.parent, env=environment)
    assert (json.loads(done.stdout or "null"), done.stderr) == (["buy milk"], "")


@pytest.mark.parametrize("name", ["flask", "django", "lambda"])
def test_a_misspelt_scope_stops_the_application_when_it_starts(name):
    module, wrong = example(name), Guard(KeySet([KEY]), audience=API, vocabulary=Vocabulary({"notes:reed": "all"}))
    with pytest.raises(VocabularyError, match="'notes:read' is not a scope of this API; did you mean 'notes:reed'"):
        (module.create_handler if name == "lambda" else module.create_app)(wrong)
