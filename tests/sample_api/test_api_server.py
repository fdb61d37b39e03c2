"""The server over real sockets, in Python alone and compiled: what one may send, how long it may take, and the end."""

import asyncio
import importlib.util
import socket
import struct
import sys
import time

import pytest
from serving import Process, everything, send_until_refused, status

from sample_api.serving.connections import H11
from sample_api.serving.sockets import loop_factory, server_of

pytestmark = pytest.mark.slow  # it starts processes, and waits for what stalls

COMPILED = bool(importlib.util.find_spec("uvloop") and importlib.util.find_spec("httptools"))
NEEDS_COMPILED = pytest.mark.skipif(not COMPILED, reason="needs uvloop and httptools")
KINDS = ["python", pytest.param("compiled", marks=NEEDS_COMPILED)]
HEAD = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
LENGTH = b"Content-Length: 10"
POST = b"POST /health HTTP/1.1\r\nHost: localhost\r\n" + LENGTH + b"\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module", params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def server(kind):
    """A server that waits half a second, for the tests that leave it as it was."""
    process = Process(kind)
    yield process
    process.kill()


@pytest.fixture
def start(kind):
    started = []

    def start_server(**options):
        started.append(Process(kind, **options))
        return started[-1]

    yield start_server
    for process in started:
        process.kill()


# What a connection may send


def test_a_header_line_of_a_megabyte_is_refused(server):
    with server.connect() as connection:
        send_until_refused(connection, HEAD + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n", 1)
        assert status(connection) in (400, 431, None)
    assert server.answers()


def test_ten_thousand_headers_are_refused(server):
    headers = b"".join(b"X-%d: some value\r\n" % number for number in range(10_000))
    with server.connect() as connection:
        send_until_refused(connection, HEAD + headers + b"\r\n", 1)
        assert status(connection) in (400, 431, None)
    assert server.answers()


@pytest.mark.parametrize(
    "opening",
    [b"GET /", HEAD + b"X: ", HEAD + b"X", b"\r\n", POST.replace(LENGTH, b"Transfer-Encoding: chunked") + b"0\r\nX: "],
    ids=["address", "value", "name", "nothing", "trailer"],
)  # fmt: skip
def test_what_never_ends_is_cut_off_and_takes_no_memory(server, opening):
    before = server.megabytes()
    with server.connect(opening) as connection:
        piece = b"\r\n" * 8192 if opening == b"\r\n" else b"a" * 16384
        taken = send_until_refused(connection, piece, 200_000_000)
    assert taken < 20_000_000  # what the sockets hold, and a little
    assert server.megabytes() - before < 8
    assert server.answers()


def test_a_trailer_is_no_header(server):
    chunked = HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    with server.connect(
        chunked + b"2\r\n{}\r\n0\r\nHost: evil.example\r\nX: " + b"a" * 60_000 + b"\r\n\r\n"
    ) as connection:
        assert status(connection) == 200
    with server.connect(chunked.replace(b"/health", b"/user") + b"0\r\nAuthorization: Basic x\r\n\r\n") as connection:
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b"401" in answer.partition(b"\r\n")[0]
    assert b"error=" not in answer  # as to a request without credentials


def test_headers_of_seventy_kilobytes_in_one_piece_are_refused(server):
    with server.connect(HEAD + b"X: " + b"a" * 70_000 + b"\r\n\r\n") as connection:
        assert status(connection) in (400, 431)


def test_headers_of_sixty_kilobytes_are_read(server):
    with server.connect(HEAD + b"Connection: close\r\nX: " + b"a" * 60_000 + b"\r\n\r\n") as connection:
        assert status(connection) == 200


def test_a_body_over_its_bound_is_refused_before_it_is_all_there(server):
    with server.connect(POST.replace(b": 10", b": 9000000")) as connection:
        send_until_refused(connection, b"a" * 100_000, 100_000)
        assert b" 413 " in everything(connection)


def test_two_hundred_calls_sent_at_once_are_all_answered(server):
    with server.connect((HEAD + b"\r\n") * 199 + HEAD + b"Connection: close\r\n\r\n") as connection:
        assert everything(connection).count(b"HTTP/1.1 200 OK") == 200


def test_two_hosts_in_one_call_are_refused(server):
    with server.connect(HEAD + b"Host: evil.example\r\nConnection: close\r\n\r\n") as connection:
        assert status(connection) == 400


def test_an_answer_without_a_body_is_sent(server):
    with server.connect(HEAD.replace(b"GET", b"HEAD") + b"\r\n") as connection:
        assert connection.recv(65536).endswith(b"\r\n\r\n")


def test_who_waits_for_leave_to_send_a_body_is_given_it(server):
    with server.connect(POST.replace(LENGTH, LENGTH + b"\r\nExpect: 100-continue")) as connection:
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"0123456789")
        assert status(connection) == 405


@NEEDS_COMPILED
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody counts segments")
def test_the_compiled_server_sends_head_and_body_in_one_piece():
    server = Process("compiled")
    with server.connect(HEAD + b"\r\n") as connection:
        received = connection.recv(65536)
        (segments,) = struct.unpack_from("I", connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192), 152)
    server.kill()
    assert (received.endswith(b'{"status":"ok"}'), segments) == (True, 1)


# How long it may take


@pytest.mark.parametrize("sent", [b"", b"GET /hea", HEAD, POST + b"grant"], ids=["nothing", "line", "headers", "body"])
def test_a_request_that_stalls_is_given_up(server, sent):
    with server.connect(sent) as connection:
        assert everything(connection) == b""


def test_a_byte_now_and_then_is_no_progress(server):
    begun = time.monotonic()
    with server.connect(HEAD) as connection:
        while send_until_refused(connection, b"X", 1) and time.monotonic() - begun < 8:
            time.sleep(0.1)
    assert time.monotonic() - begun < 4


def test_a_second_request_that_stalls_is_given_up(server):
    with server.connect(HEAD + b"\r\n") as connection:
        time.sleep(0.2)
        connection.sendall(HEAD)
        assert everything(connection).count(b"HTTP/1.1 200 OK") == 1


def test_a_connection_without_a_request_is_kept_for_the_next(server):
    with server.connect(HEAD + b"\r\n") as connection:
        time.sleep(1.5)
        connection.sendall(HEAD + b"Connection: close\r\n\r\n")
        assert everything(connection).count(b"HTTP/1.1 200 OK") == 2


def test_others_are_served_beside_three_hundred_half_open_connections(start):
    server = start(patience_seconds=60)
    with server.half_open(300, HEAD):
        assert all(server.answers() for _ in range(20))


def test_others_are_served_where_half_open_connections_would_use_up_all_files(start):
    server = start(patience_seconds=60, files=256)
    with server.half_open(300, HEAD):
        assert all(server.answers() for _ in range(20))


def test_room_for_a_new_connection_is_made_by_who_was_waited_for_longest(start):
    server = start(patience_seconds=60, files=76)
    with server.half_open(20, HEAD) as (first, *_, last):
        assert server.answers()
        assert everything(first) == b""
        last.sendall(b"Connection: close\r\n\r\n")
        assert status(last) == 200


def test_answers_that_nobody_reads_are_given_up(server):
    call = HEAD.replace(b"/health", b"/docs/swagger-ui-bundle.js") + b"\r\n"
    with server.connect(call * 20) as connection:
        time.sleep(3)
        assert len(everything(connection)) < 15_000_000  # of 28 million: what the sockets hold


# The end


def test_a_call_under_way_is_answered_before_the_end(start):
    server = start(patience_seconds=60)
    with server.connect(POST + b"grant") as connection:
        time.sleep(0.2)
        server.terminate()
        time.sleep(0.5)
        connection.sendall(b"_type")
        assert status(connection) == 405
    assert server.ended() == (0, "")


def test_a_call_that_never_arrives_does_not_hold_up_the_end(start):
    server = start(patience_seconds=60)
    with server.connect(POST + b"grant"), server.connect(HEAD), server.connect():
        time.sleep(0.2)
        begun = time.monotonic()
        server.terminate()
        assert server.ended() == (0, "")
    assert time.monotonic() - begun < 5


# Without the compiled parts


def test_where_nothing_compiled_is_installed_a_fast_server_is_one_in_python(monkeypatch):
    monkeypatch.setitem(sys.modules, "sample_api.serving.compiled", None)
    assert loop_factory() is asyncio.new_event_loop
    assert server_of(None, fast=True).config.http is H11
