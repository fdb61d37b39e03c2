"""One command: `python benchmarks/peers/run.py FOLDER` measures the peers, prints a table and draws peers.svg there.

No figure makes it fail. Each server runs on one core and wrk on another, in short rounds that go from peer to
peer, so that other load on the machine slows all of them alike. A ratio is the median of the rounds' ratios. If these
cores also run something else, requests per second of the server's processor time are the steadier figure.
"""

from __future__ import annotations

import argparse
import json
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from picture import svg
from servers import AUDIENCE, HERE, ISSUER, OURS, PEERS, Running, start
from table import bars, table

from scopekit import GITHUB, Issuer, Key

BODY = json.dumps({"emails": ["mona@octocat.example"]})
CONNECTIONS = 32


@dataclass(frozen=True)
class Work:
    name: str
    method: str
    path: str
    tokens: str
    status: int
    body: str | None = None


WORKS = (
    Work("GET, unprotected", "GET", "/open/user/emails", "one", 200),
    Work("GET, one token", "GET", "/user/emails", "one", 200),
    Work("GET, 1,000 tokens", "GET", "/user/emails", "thousand", 200),
    Work("POST, one token", "POST", "/user/emails", "one", 201, BODY),
    Work("scope missing", "GET", "/user/emails", "narrow", 403),
    Work("signature false", "GET", "/user/emails", "false", 401),
)


@dataclass(frozen=True)
class Figure:
    """The figures of one round: one kind of call on one server."""

    rate: float
    rate_by_processor: float
    p99_ms: float


def main() -> int:
    options = _options()
    secret = secrets.token_urlsafe(32)
    with tempfile.TemporaryDirectory() as folder:
        packages = options.packages or _install(Path(folder))
        tokens = _tokens(secret, Path(folder))
        running: list[Running] = []
        try:
            for peer in PEERS:
                running.append(start(peer, secret, packages, options.server_core))
                _check(running[-1], tokens)
            figures = _measure(running, tokens, options)
            memory = {each.peer.name: each.megabytes() for each in running}
        finally:
            for each in running:
                each.stop()
    return _report(figures, memory, options.folder)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures the sample API beside its peers.")
    parser.add_argument("folder", type=Path, help="where peers.svg and peers.json are written")
    parser.add_argument("--rounds", type=int, default=5, help="rounds for each server (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=2, help="seconds of each measurement (default: %(default)s)")
    parser.add_argument("--server-core", type=int, default=0, help="the servers' core (default: %(default)s)")
    parser.add_argument("--client-core", type=int, default=1, help="wrk's core (default: %(default)s)")
    parser.add_argument(
        "--packages", type=Path, help="folder with node_modules (default: npm installs one for the run)"
    )
    options = parser.parse_args()
    if lacking := [name for name in ("node", "npm", "wrk", "taskset") if shutil.which(name) is None]:
        parser.error(f"these programs must be on the path: {', '.join(lacking)}")
    return options


def _install(folder: Path) -> Path:
    shutil.copy(HERE / "package.json", folder)
    quiet = ["--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(["npm", "install", *quiet], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder


def _tokens(secret: str, folder: Path) -> dict[str, Path]:
    """Writes the tokens that all peers receive, one file for each kind of token."""
    issuer = Issuer(Key("peers", secret.encode(), "HS256", ISSUER), GITHUB, AUDIENCE)
    other = Issuer(Key("peers", secrets.token_bytes(32), "HS256", ISSUER), GITHUB, AUDIENCE)
    kinds = {
        "one": [issuer.mint(["user"])],
        "thousand": [issuer.mint(["user:email"]) for _ in range(1000)],
        "narrow": [issuer.mint(["gist"])],
        "false": [other.mint(["user"])],
    }
    for kind, minted in kinds.items():
        (folder / kind).write_text("".join(f"{token}\n" for token in minted))
    return {kind: folder / kind for kind in kinds}


def _expected(work: Work, server: Running) -> int:
    return server.peer.missing_scope if work.status == 403 else work.status


def _check(server: Running, tokens: dict[str, Path]) -> None:
    """Raises RuntimeError before anything is timed if a server answers a call wrongly."""
    for work in WORKS:
        token = tokens[work.tokens].read_text().splitlines()[0]
        status = server.status(work.method, work.path, token, work.body)
        if status != _expected(work, server):
            raise RuntimeError(f"{server.peer.name}, {work.name}: expected {_expected(work, server)}, found {status}.")


def _measure(running: list[Running], tokens: dict[str, Path], options: argparse.Namespace) -> dict:
    figures: dict[str, dict[str, list[Figure]]] = {each.peer.name: {w.name: [] for w in WORKS} for each in running}
    for number in range(-1, options.rounds):  # round -1 warms up, and does not count
        for work in WORKS:
            turn = number % len(running)
            for server in running[turn:] + running[:turn]:
                figure = _wrk(server, work, tokens, options.client_core, options.seconds if number >= 0 else 1)
                if number >= 0:
                    figures[server.peer.name][work.name].append(figure)
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    return figures


def _wrk(server: Running, work: Work, tokens: dict[str, Path], core: int, seconds: int) -> Figure:
    sent = [work.method, str(tokens[work.tokens]), *([work.body] if work.body else [])]
    load = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "-s", str(HERE / "load.lua")]
    command = ["taskset", "-c", str(core), *load, f"http://127.0.0.1:{server.port}{work.path}", "--", *sent]
    before = server.processor_seconds()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    worked = server.processor_seconds() - before
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    requests, microseconds, p99, refused, lost = map(int, line.split()[1:])
    if refused != (requests if _expected(work, server) >= 400 else 0) or lost:
        raise RuntimeError(f"{server.peer.name}, {work.name}: {refused} of {requests} refused, {lost} lost.")
    return Figure(requests / microseconds * 1e6, requests / max(worked, 0.01), p99 / 1000)


def _report(figures: dict, memory: dict[str, float], folder: Path) -> int:
    print(table(figures, memory, OURS.name))
    print(bars(figures, memory))
    medians = {
        name: {work: statistics.median(each.rate for each in rounds) for work, rounds in works.items()}
        for name, works in figures.items()
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "peers.svg").write_text(svg(medians, OURS.name))
    (folder / "peers.json").write_text(json.dumps({"requests_per_second": medians, "memory_mb": memory}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
