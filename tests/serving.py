"""The server for tests: around an application of a test's own in a thread, or around the API in a process."""

import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager

from sample_api.serving.sockets import listen, server_of, url_of

PROGRAM = """
import asyncio, sys
from sample_api import State, create_app
from sample_api.serving.sockets import listen, loop_factory, server_of, url_of

fast, patience_seconds = sys.argv[1] == "compiled", float(sys.argv[2])
listener = listen()
print(url_of(listener), flush=True)
server = server_of(create_app(State.in_memory()), fast=fast, patience_seconds=patience_seconds)
with asyncio.Runner(loop_factory=loop_factory() if fast else asyncio.new_event_loop) as runner:
    runner.run(server.serve(sockets=[listener]))
"""


@contextmanager
def in_thread(app, listener=None):
    """The base URL of an application that answers, on any free port or where `listener` is."""
    listener, server = listener or listen(), server_of(app)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    while not server.started:
        time.sleep(0.002)
    try:
        yield url_of(listener)
    finally:
        server.stop()
        thread.join()


class Process:
    """The sample API in a process; `files` is how many it may open."""

    def __init__(self, kind, *, patience_seconds=0.5, files=None):
        def limited():
            if files:
                resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

        command = [sys.executable, "-c", PROGRAM, kind, str(patience_seconds)]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=limited, text=True
        )
        host, _, port = self._process.stdout.readline().strip().removeprefix("http://").rpartition(":")
        self.address = host, int(port)
        self.answers()

    def connect(self, sent=b""):
        """A connection over which `sent` was sent, and nothing more."""
        connection = socket.create_connection(self.address, timeout=10)
        connection.sendall(sent)
        return connection

    @contextmanager
    def half_open(self, count, sent):
        """So many connections that have begun a request, and do not go on."""
        with ExitStack() as closing:
            yield [closing.enter_context(self.connect(sent)) for _ in range(count)]

    def answers(self):
        """Whether a well-behaved client is answered."""
        with self.connect(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") as connection:
            return status(connection) == 200

    def megabytes(self):
        with open(f"/proc/{self._process.pid}/status") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

    def terminate(self):
        self._process.send_signal(signal.SIGTERM)

    def ended(self):
        """Its exit status, and what it complained of."""
        _, complained = self._process.communicate(timeout=20)
        return self._process.returncode, complained

    def kill(self):
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()


def everything(connection):
    """All that comes until the other side hangs up, cleanly or not."""
    received = b""
    try:
        while more := connection.recv(65536):
            received += more
    except ConnectionError:
        pass
    return received


def status(connection):
    """The status of the answer on a connection that is closed after it, None where there is none."""
    received = everything(connection)
    return int(received.split()[1]) if received else None


def send_until_refused(connection, piece, most_bytes):
    """How many bytes of endless pieces a server took in before it hung up, at most `most_bytes`."""
    sent = 0
    try:
        while sent < most_bytes:
            connection.sendall(piece)
            sent += len(piece)
    except OSError:
        pass
    return sent
