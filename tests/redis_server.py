"""A real Redis for tests: a server of their own, on a free port of this machine, in a folder that is thrown away."""

import shutil
import socket
import subprocess
import time

import pytest
import redis

START_SECONDS = 10


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class RedisServer:
    """A `redis-server` that keeps what it acknowledged (appendonly, always), and can be stopped and started again.

    The keywords are more of its options, with `_` for `-`.
    """

    def __init__(self, folder, **options):
        self.options = options
        self.program = shutil.which("redis-server")
        if self.program is None:
            pytest.skip("no redis-server on this machine's path (Debian and Ubuntu: apt-get install redis-server)")
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Starts the server, and returns once it answers."""
        options = {"port": self.port, "bind": "127.0.0.1", "dir": self.folder, "save": "", "appendonly": "yes"}
        options |= {name.replace("_", "-"): value for name, value in self.options.items()}
        words = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
        self.process = subprocess.Popen(
            [self.program, *words, "--appendfsync", "always"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + START_SECONDS
        while not self.answers():
            assert self.process.poll() is None, "redis-server ended instead of starting"
            assert time.monotonic() < end, "redis-server did not start"
            time.sleep(0.01)

    def answers(self):
        with self.client() as client:
            try:
                return client.ping()
            except redis.ConnectionError:
                return False

    def client(self):
        """A plain client of this server."""
        return redis.Redis.from_url(self.url, retry=None)

    def stop(self, *, harshly=False):
        """Ends the server, by its own handle; harshly: without letting it finish anything."""
        if self.process is not None:
            self.process.kill() if harshly else self.process.terminate()
            self.process.wait(timeout=START_SECONDS)
            self.process = None

    def empty(self):
        """Drops all that the server holds."""
        with self.client() as client:
            client.flushall()
