"""The servers: starts each one on one core, sends it calls, and reads how much memory it takes."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ISSUER, AUDIENCE = "https://issuer.example/", "https://api.example/"
START_SECONDS = 20


@dataclass(frozen=True)
class Peer:
    name: str
    file: str
    missing_scope: int = 403
    environment: tuple[tuple[str, str], ...] = ()


OURS = Peer("ours", "ours.py")
ARTICLE = Peer("Express, as the article", "express_article.js", missing_scope=401)
TUNED = Peer("Express, tuned", "express_tuned.js")
FASTIFY = Peer("Fastify, cached", "fastify.js")
PEERS = (
    ARTICLE,
    TUNED,
    FASTIFY,
    Peer("FastAPI, def", "fastapi_pyjwt.py", environment=(("DEPENDENCY", "def"),)),
    Peer("FastAPI, async", "fastapi_pyjwt.py", environment=(("DEPENDENCY", "async"),)),
    OURS,
)


@dataclass
class Running:
    peer: Peer
    process: subprocess.Popen[bytes]
    port: int

    def status(self, method: str, path: str, token: str | None = None, body: str | None = None) -> int:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Content-Type": "application/json"} if body else {}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
            connection.request(method, path, body, headers)
            return connection.getresponse().status

    def megabytes(self) -> float:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024

    def processor_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def start(peer: Peer, secret: str, packages: Path, core: int) -> Running:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = [sys.executable] if peer.file.endswith(".py") else ["node"]
    facts = {"SECRET": secret, "PORT": str(port), "ISSUER": ISSUER, "AUDIENCE": AUDIENCE}
    node = {"NODE_ENV": "production", "NODE_PATH": str(packages / "node_modules")}
    process = subprocess.Popen(
        ["taskset", "-c", str(core), *program, str(HERE / peer.file)],
        env={**os.environ, **facts, **node, **dict(peer.environment)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    running = Running(peer, process, port)
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            running.status("GET", "/health")
            return running
        except OSError:
            time.sleep(0.05)
    running.stop()
    raise RuntimeError(f"{peer.name} did not start: run {peer.file} by hand to see why.")
