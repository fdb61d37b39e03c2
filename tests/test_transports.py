"""How a Lab's requests reach an application: the answers are those that requests' own adapter would bring."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from scopekit.lab import Loopback
from scopekit.lab.world.transports import Kept

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
    ("POST", "/", {"data": iter([b"in ", b"pieces"])}),
    ("DELETE", "/", {}),
    ("GET", "/away", {"allow_redirects": False}),
    ("GET", "/away", {}),
]


@pytest.mark.parametrize(("method", "path", "more"), ASKED)
def test_answer_is_the_one_that_the_adapter_of_requests_brings(served, method, path, more):
    session, url = served
    ours = session.request(method, url + path, timeout=5, **more)
    if "data" in more and not isinstance(more["data"], str | bytes):
        more = {"data": iter([b"in ", b"pieces"])}
    with requests.Session() as plain:
        theirs = plain.request(method, url + path, timeout=5, **more)
        for name in ("status_code", "reason", "text", "url", "encoding"):
            assert getattr(ours, name) == getattr(theirs, name)
        assert list(ours.headers.items()) == list(theirs.headers.items())
        assert ours.cookies.get_dict() == theirs.cookies.get_dict()
        assert session.cookies.get_dict() == plain.cookies.get_dict() == {"one": "1", "two": "2"}


def test_connection_is_kept_and_replaced_once_the_server_has_ended_it(served):
    session, url = served
    adapter = session.get_adapter(f"{url}/")
    session.get(url, timeout=5)
    (first,) = adapter._resting
    session.get(url, timeout=5)
    assert adapter._resting == [first]
    first.sock.shutdown(2)
    assert session.get(url, timeout=5).status_code == 200
    assert first not in adapter._resting


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
    transport, session = Loopback(), requests.Session()
    url = transport.open(application, session)
    transport.close()
    with pytest.raises(requests.ConnectionError), session:
        session.get(url, timeout=5)
    assert not [thread for thread in threading.enumerate() if thread.name == "scopekit-lab"]


@pytest.mark.parametrize("pieces", [lambda: b"a" * 2**24, lambda: iter([b"a" * 1024] * 2**14)], ids=["whole", "pieces"])
def test_answer_to_a_body_that_is_refused_before_all_of_it_is_sent_is_read(pieces):
    def refuse():
        peer, _ = listener.accept()
        with peer:
            peer.recv(1024)
            peer.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlarge")
            time.sleep(0.2)  # what is left unread when this side closes makes it a reset

    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        requests.Session() as session,
        ThreadPoolExecutor(1) as pool,
    ):
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        kept = Kept(url)
        session.mount(url, kept)
        refused = pool.submit(refuse)
        answer = session.post(url, data=pieces(), timeout=5)
        refused.result()
    assert (answer.status_code, answer.text) == (413, "large")
    assert kept._resting == []
