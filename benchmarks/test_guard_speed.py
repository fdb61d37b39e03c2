"""How fast the guard is, measured in one run: `python -m pytest benchmarks`.

It only measures: no figure makes it fail. Compare figures only within a group, because a machine's speed drifts. Each
group's first row is the reference for the others; the ratio to the fastest follows each median.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import itertools
import json
import shutil
import socket
import sqlite3
import subprocess
import threading
import time
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest

from scopekit import GITHUB, Guard, Issuer, Key, KeySet, MemoryDenylist, SqliteDenylist, Vocabulary, any_of
from scopekit.revocation import RevocationQuery
from scopekit.stores.jwks import RemoteKeySet
from scopekit.stores.redis import RedisDenylist
from scopekit.token_cache import MOST_CALLS

ISSUER, AUDIENCE = "https://issuer.example/", "https://api.example/"
KEY = Key.generate("2026-11", issuer=ISSUER)
NEEDED = any_of("repo", "public_repo")
MINTING = Issuer(KEY, GITHUB, AUDIENCE)
TOKEN = str(MINTING.mint(["public_repo", "user:email"]))
REQUIRE = {"require": ["iss", "sub", "aud", "iat", "exp", "jti"]}


def guard(keys=None, **options):
    keys = keys if isinstance(keys, KeySet) else KeySet(keys or [KEY])
    return Guard(keys, audience=AUDIENCE, profile=GITHUB, **options)


# One token: the whole guard, PyJWT with every option on, and the least work that any verifier must do


@pytest.mark.benchmark(group="one token")
def test_pyjwt_with_every_option(benchmark):
    benchmark(jwt.decode, TOKEN, KEY.material, algorithms=["HS256"], audience=AUDIENCE, issuer=ISSUER, options=REQUIRE)


@pytest.mark.benchmark(group="one token")
def test_decide_cold(benchmark):
    cold = guard(cache_size=0)
    assert benchmark(cold.decide, f"Bearer {TOKEN}", NEEDED)


@pytest.mark.benchmark(group="one token")
def test_decide_warm(benchmark):
    warm = guard()
    assert benchmark(warm.decide, f"Bearer {TOKEN}", NEEDED)


@pytest.mark.benchmark(group="one token")
def test_explain(benchmark):
    assert benchmark(guard().explain, f"Bearer {TOKEN}", NEEDED)


@pytest.mark.benchmark(group="one token")
def test_the_physical_limit(benchmark):
    """One HMAC, one base64 decoding, one JSON parsing: the least work that any verifier must do."""

    def limit():
        message, _, signature = TOKEN.rpartition(".")
        claims = message.rpartition(".")[2]
        sealed = base64.urlsafe_b64decode(f"{signature}=")
        assert hmac.compare_digest(hmac.digest(KEY.material, message.encode(), "sha256"), sealed)
        return json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))

    assert benchmark(limit)["iss"] == ISSUER


# A known token where the keys are in the process, and where they are fetched from a server


@pytest.mark.benchmark(group="known token, by where its keys are")
@pytest.mark.parametrize("place", ["local", "remote"])
def test_decide_at_once(benchmark, place):
    pair = Key.generate("2026-11", "ES256", ISSUER)
    with jwks_server(pair) as url:
        keys = KeySet([pair.public()]) if place == "local" else RemoteKeySet(url, ISSUER)
        warm, sent = guard(keys=keys), f"Bearer {Issuer(pair, GITHUB, AUDIENCE).mint(['repo'])}"
        assert warm.decide(sent, NEEDED)
        assert benchmark(warm.decide_at_once, sent, NEEDED)


@contextlib.contextmanager
def jwks_server(*keys):
    """The URL of a real HTTP server that publishes these keys."""
    body = json.dumps(KeySet(keys).to_jwks()).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/jwks.json"
        server.shutdown()


# Through Starlette, in the process: what a refusal costs beside an allowed call


@pytest.mark.benchmark(group="through Starlette")
@pytest.mark.parametrize("case", ["allowed", "403", "401", "401 without a token"])
def test_through_starlette(benchmark, case):
    sent = {"allowed": TOKEN, "403": MINTING.mint(["gist"]), "401": f"{TOKEN[:-2]}AA"}.get(case)
    assert statuses_of(benchmark, guard(), sent) == {200 if case == "allowed" else int(case[:3])}


@pytest.mark.benchmark(group="a known token through Starlette, by where its keys are")
@pytest.mark.parametrize("place", ["local", "remote"])
def test_through_starlette_by_keys(benchmark, place):
    pair = Key.generate("2026-11", "ES256", ISSUER)
    with jwks_server(pair) as url:
        warm = guard(keys=KeySet([pair.public()]) if place == "local" else RemoteKeySet(url, ISSUER))
        sent = Issuer(pair, GITHUB, AUDIENCE).mint(["repo"])
        assert warm.decide(f"Bearer {sent}", NEEDED)
        assert statuses_of(benchmark, warm, sent) == {200}


def statuses_of(benchmark, guard, token):
    """Measures calls of a Starlette application in the process, without a server, and gives their statuses."""
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    from scopekit.asgi import requires

    @requires(guard, NEEDED)
    async def answer(request):
        return JSONResponse([])

    app, statuses = Starlette(routes=[Route("/", answer)]), set()
    headers = [(b"host", b"localhost"), *([(b"authorization", f"Bearer {token}".encode())] if token else [])]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers}

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        statuses.add(message.get("status"))

    def call():
        with contextlib.suppress(StopIteration):  # nothing awaits, so one step is the whole call
            app({**scope}, receive, send).send(None)

    benchmark(call)
    return statuses - {None}


# Growing sizes: within a group, the time should stay the same


@pytest.mark.benchmark(group="junk of 2 MB")
@pytest.mark.parametrize("junk", ["x" * 2_000_000, f"{TOKEN}{'A' * 2_000_000}"], ids=["letters", "a good start"])
def test_a_junk_token_is_refused(benchmark, junk):
    sent, strict = f"Bearer {junk}", guard()
    assert not benchmark(strict.decide, sent, NEEDED)


@pytest.mark.benchmark(group="scopes held")
@pytest.mark.parametrize("count", [5, 50, 500])
def test_scope_check(benchmark, count):
    names = [f"s{number}" for number in range(count)]
    vocabulary = Vocabulary(dict.fromkeys(names, ""))
    sent, warm = f"Bearer {MINTING.mint(names)}", guard(vocabulary=vocabulary)
    calls = itertools.cycle([any_of(names[-1]) for _ in range(MOST_CALLS + 1)])  # more calls than the guard caches
    assert benchmark(lambda: warm.decide(sent, next(calls)))


@pytest.mark.benchmark(group="denylist in memory")
@pytest.mark.parametrize("count", [0, 1_000, 1_000_000])
def test_memory_denylist(benchmark, count):
    denylist = MemoryDenylist()
    for number in range(count):
        denylist.revoke(ISSUER, f"id-{number}")
    assert benchmark(denylist.find, RevocationQuery(ISSUER, "another", None, "octocat", 0)) is None


@pytest.mark.benchmark(group="denylist in SQLite")
@pytest.mark.parametrize("count", [0, 1_000, 1_000_000])
def test_sqlite_denylist(benchmark, tmp_path, count):
    denylist = SqliteDenylist(tmp_path / "denylist.sqlite", create=True)
    rows = ((ISSUER, f"id-{number}", 2**53) for number in range(count))
    with contextlib.closing(sqlite3.connect(denylist.path)) as database, database:
        database.executemany("INSERT INTO revoked VALUES (?, ?, ?)", rows)
    assert benchmark(denylist.find, RevocationQuery(ISSUER, "another", None, "octocat", 0)) is None
    denylist.close()


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory):
    """The URL of a redis-server that is started for this module, and stopped afterwards."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no redis-server on this machine's path")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        time.sleep(1)
        yield f"redis://127.0.0.1:{port}/0"
        server.terminate()


@pytest.mark.benchmark(group="denylist in Redis")
@pytest.mark.parametrize("count", [0, 1_000, 1_000_000])
def test_redis_denylist(benchmark, redis_url, count):
    from redis import Redis

    denylist = RedisDenylist(redis_url, create=True)
    filling = Redis.from_url(redis_url).pipeline(transaction=False)
    for number in range(count):
        filling.hset("{scopekit}:denylist", f'["revoked", "{ISSUER}", "{number}"]', 1e10)
        if number % 10_000 == 9_999:
            filling.execute()
    filling.execute()
    assert benchmark(denylist.find, RevocationQuery(ISSUER, "another", None, "octocat", 0)) is None
    denylist.close()


@pytest.mark.benchmark(group="keys of one issuer")
@pytest.mark.parametrize("count", [1, 10, 1_000])
def test_key_look_up_by_kid(benchmark, count):
    keys = [KEY, *(Key.generate(f"key-{number}", issuer=ISSUER) for number in range(1, count))]
    cold = guard(keys, cache_size=0)
    assert benchmark(cold.decide, f"Bearer {TOKEN}", NEEDED)


@pytest.mark.benchmark(group="tenants, each with a key")
@pytest.mark.parametrize("count", [1, 1_000, 100_000])
def test_tenant_look_up_by_issuer(benchmark, count):
    secrets = (sha256(b"%d" % number).digest() for number in itertools.count())
    keys = [KEY, *(Key(f"key-{n}", next(secrets), issuer=f"https://tenant-{n}.example/") for n in range(1, count))]
    tenants = KeySet(keys)
    assert benchmark(tenants.of_issuer, ISSUER) == (KEY,)
