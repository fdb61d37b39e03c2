"""The access log: a JSON line for each request, with no token in it."""

import io
import json

import pytest
import requests
from serving import in_thread
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from sample_api.serving.access_log import AccessLog
from scopekit import GITHUB, Guard, Issuer, Key, KeySet, LessonClock, any_of
from scopekit.asgi import requires

CLOCK = LessonClock(1416929109)
KEY = Key.generate("key-1", issuer="https://issuer.example/")
GUARD = Guard(KeySet([KEY]), audience="https://api.example/", profile=GITHUB, clock=CLOCK)
TOKEN = str(Issuer(KEY, GITHUB, "https://api.example/", CLOCK).mint(["user"], subject="mona"))


async def answer(request):
    return PlainTextResponse("here")


async def fail(request):
    raise ValueError("a secret of the server")


def app(stream):
    guarded = requires(GUARD, any_of("user"))(answer)
    made = Starlette(routes=[Route("/user", guarded, methods=["GET", "POST"]), Route("/fail", fail)])
    made.add_middleware(AccessLog, stream=stream, clock=CLOCK)
    return made


def log(method, path, **options):
    """One request; the text of the log when the server has stopped, and its only line, read."""
    stream = io.StringIO()
    with in_thread(app(stream)) as url, requests.Session() as session:
        session.trust_env = False
        session.request(method, url + path, **options)
    (line,) = stream.getvalue().splitlines()
    return stream.getvalue(), json.loads(line)


def test_a_line_says_when_what_and_how_it_ended():
    _, line = log("GET", "/nothing")
    assert line.pop("event.duration") > 0
    assert line == {
        "@timestamp": "2014-11-25T15:25:09.000+00:00",
        "http.request.method": "GET",
        "url.path": "/nothing",
        "http.response.status_code": 404,
    }


def test_a_line_says_who_called_where_the_guard_let_it_through():
    _, line = log("GET", "/user", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (line["http.response.status_code"], line["user.id"]) == (200, "mona")


def test_a_refused_token_names_nobody():
    _, line = log("GET", "/user", headers={"Authorization": f"Bearer {TOKEN[:-2]}"})
    assert (line["http.response.status_code"], "user.id" in line) == (401, False)


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/user", {"headers": {"Authorization": f"Bearer {TOKEN}"}}),
        ("/user", {"headers": {"Cookie": f"token={TOKEN}"}}),
        (f"/user?access_token={TOKEN}", {}),
        (f"/user/{TOKEN}", {}),
        (f"/user/%65{TOKEN[1:]}", {}),
    ],
    ids=["header", "cookie", "query", "path", "encoded"],
)
def test_no_line_holds_a_token(path, options):
    text, line = log("POST", path, data="a=b", **options)
    assert not any(part in text for part in TOKEN.split("."))
    assert line["url.path"].startswith("/user")
    assert "access_token" not in text


@pytest.mark.parametrize("secret", ["eyAiYWxnIjoiSFMyNTYifQ.e30abcdefgh.AAAAAAAA", "M9-t_FTcq3Zc0a7Yv2LrXw1sKdPbEiUo"])
def test_no_line_holds_what_may_be_a_token_or_a_key(secret):
    text, line = log("GET", f"/user/{secret}/emails")
    assert secret[:12] not in text
    assert line["url.path"] == "/user/…/emails"


def test_a_line_break_in_a_path_begins_no_line():
    text, line = log("GET", '/a%0A{"url.path":"/forged"}%E2%80%A8%1B[31m')
    assert (text.count("\n"), "\x1b" in text, "\u2028" in text) == (1, False, False)
    assert line["url.path"] == '/a\n{"url.path":"/forged"}\u2028\x1b[31m'


def test_a_long_path_is_cut():
    _, line = log("GET", "/a" * 5000)
    assert len(line["url.path"]) == 255


def test_a_failure_of_the_server_is_written_without_its_text(caplog):
    text, line = log("GET", "/fail")
    assert (line["http.response.status_code"], "secret" in text) == (500, False)


def test_a_log_that_cannot_be_written_fails_no_request(capsys):
    stream = io.StringIO()
    stream.close()
    with in_thread(app(stream)) as url, requests.Session() as session:
        session.trust_env = False
        assert session.get(url + "/nothing").status_code == 404
    assert capsys.readouterr().err == ""
