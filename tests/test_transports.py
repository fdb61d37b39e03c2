"""How a Lab's requests reach an application: over loopback, and in the process with the same answers."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from scopekit.lab import InProcess, Loopback

COOKIES = [(b"set-cookie", b"one=1; Path=/"), (b"set-cookie", b"two=2; Path=/")]


async def application(scope, receive, send):
    """Says back what it was sent; at /slow it takes its time, and at /away it sends one elsewhere."""
    body = b""
    while (message := await receive()).get("more_body"):
        body += message["body"]
    body += message.get("body", b"")
    if scope["path"] == "/slow":
        await asyncio.sleep(0.3)
    status = 302 if scope["path"] == "/away" else 200
    headers = [(b"x-twice", b"a"), (b"x-twice", b"b"), (b"location", b"/found"), *COOKIES]
    said = f"{scope['method']} {scope['path']} {scope['query_string'].decode()} {body.decode()}".encode()
    length = [(b"content-length", str(len(said)).encode()), (b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": said})


@pytest.fixture
def served():
    """A session whose requests reach the application, and its address."""
    transport, session = Loopback(), requests.Session()
    yield session, transport.open(application, session)
    session.close()
    transport.close()


ASKED = [
    ("GET", "/a b?c=d e&é=1", {}),
    ("HEAD", "/", {}),
    ("POST", "/", {"data": "é\n'\"".encode()}),
    ("POST", "/", {"data": "é"}),
    ("POST", "/", {"json": {"name": "é"}}),
    ("DELETE", "/", {}),
    ("GET", "/away", {"allow_redirects": False}),
]


@pytest.mark.parametrize(("method", "path", "more"), ASKED)
def test_answer_in_the_process_is_the_one_that_loopback_brings(served, method, path, more):
    session, url = served
    over_http = session.request(method, url + path, timeout=5, **more)
    with requests.Session() as inside:
        in_process = inside.request(method, InProcess().open(application, inside) + path, **more)
    for name in ("status_code", "reason", "encoding", "text" if method != "HEAD" else "reason"):
        assert getattr(in_process, name) == getattr(over_http, name)
    assert list(in_process.headers.items()) == [
        each for each in over_http.headers.items() if each[0] not in ("date", "server")
    ]
    assert in_process.url.removeprefix(InProcess.base_url) == over_http.url.removeprefix(url)


def test_several_threads_ask_at_once_and_each_gets_its_own_answer(served):
    session, url = served
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda n: session.get(f"{url}/{n}", timeout=5).text, range(60)))
    assert said == [f"GET /{n}  " for n in range(60)]


def test_no_answer_in_time_is_told_as_requests_tells_it_and_not_mixed_up_with_the_next(served):
    session, url = served
    with pytest.raises(requests.ReadTimeout):
        session.get(f"{url}/slow", timeout=0.1)
    assert session.get(f"{url}/next", timeout=5).text == "GET /next  "


def test_no_server_is_told_as_requests_tells_it():
    before = set(threading.enumerate())
    transport, session = Loopback(), requests.Session()
    url = transport.open(application, session)
    transport.close()
    with pytest.raises(requests.ConnectionError), session:
        session.get(url, timeout=5)
    assert not set(threading.enumerate()) - before
