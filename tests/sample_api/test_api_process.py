"""`python -m sample_api`: what it prints, what it keeps, and how it says that it cannot start."""

import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing

import pytest
from redis_server import RedisServer

from sample_api.state import State
from scopekit.keys import KeySet
from scopekit.stores.sqlite import SqliteDenylist
from scopekit.tokens import Token
from scopekit.wording import needs_extra

pytestmark = pytest.mark.slow  # it starts processes, and waits for what stalls

FORM = {"grant_type": "client_credentials", "scope": "user"}


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def one_sentence(complaint):
    (line,) = complaint.splitlines()
    assert line.startswith("sample_api: ")
    assert line.endswith(".")
    return line.removeprefix("sample_api: ")


def secret_of(folder):
    return json.loads((folder / "clients.json").read_text())["explorer"]


def revoke(folder, issuer, jti):
    with closing(SqliteDenylist(folder / "denylist.sqlite")) as denylist:
        denylist.revoke(issuer, jti)


@pytest.fixture
def folder(tmp_path):
    """A state folder as --init makes it, not in use."""
    State.open(tmp_path / "state", init=True).denylist.close()
    return tmp_path / "state"


# Starting


def test_the_first_line_is_the_address_and_it_answers_at_once(start):
    api = start()
    assert api.url.startswith("http://127.0.0.1:")
    assert api.get("/health").json() == {"status": "ok"}


def test_the_second_line_says_that_all_is_in_memory(start):
    assert start().kept == "Everything is in memory and lost when this stops; --state DIR keeps it."


def test_the_second_line_says_where_it_is_kept(start, tmp_path):
    api = start("--state", "mine", "--init")
    assert api.kept == "Keys, clients and the denylist are kept in mine."
    assert (tmp_path / "mine").is_dir()


def test_a_name_that_the_output_has_no_letters_for_is_spelt_out(start, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    assert start("--state", "schlüssel", "--init").kept.endswith(r"the denylist are kept in schl\xfcssel.")


def test_two_run_side_by_side_with_keys_of_their_own(start):
    one, other = start(), start()
    assert one.url != other.url
    assert one.get("/docs").text != other.get("/docs").text


def test_it_listens_on_the_port_it_was_given(start):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert start("--port", port).url == f"http://127.0.0.1:{port}"


def test_it_listens_on_the_host_it_was_given(start):
    api = start("--host", "localhost")
    assert api.get("/health").status_code == 200


def test_it_answers_over_ipv6(start):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    api = start("--host", "::1")
    assert api.url.startswith("http://[::1]:")
    assert api.get("/health").status_code == 200


# Stopping


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["terminated", "interrupted"])
def test_it_stops_without_a_word(start, number):
    api = start()
    api.process.send_signal(number)
    printed, complained = api.process.communicate(timeout=20)
    assert (printed, complained) == ("", "")
    assert api.process.returncode in (0, -number)


def test_its_port_is_free_again_when_it_has_stopped(start):
    api = start()
    port = api.url.rpartition(":")[2]
    api.get("/health")
    api.stop()
    assert start("--port", port).get("/health").status_code == 200


# What it keeps


def test_init_makes_keys_clients_and_the_denylist(start, tmp_path):
    folder = tmp_path / "made" / "here"
    start("--state", folder, "--init").stop()
    assert {path.name for path in folder.iterdir()} >= {"keys.json", "clients.json", "denylist.sqlite"}
    assert len(KeySet.from_jwks((folder / "keys.json").read_text())) == 1
    assert len(secret_of(folder)) >= 32


@pytest.mark.parametrize("umask", [0o022, 0o000], ids=["usual", "none"])
def test_secrets_are_readable_by_their_owner_alone_whatever_the_umask(tmp_path, umask):
    before = os.umask(umask)
    try:
        State.open(tmp_path, init=True).denylist.close()
    finally:
        os.umask(before)
    assert (mode(tmp_path / "keys.json"), mode(tmp_path / "clients.json")) == (0o600, 0o600)


def test_a_second_init_changes_nothing(folder, start):
    before = {name: (folder / name).read_bytes() for name in ("keys.json", "clients.json")}
    revoke(folder, "https://issuer.example/", "gone")
    start("--state", folder, "--init").stop()
    assert {name: (folder / name).read_bytes() for name in before} == before
    with closing(SqliteDenylist(folder / "denylist.sqlite")) as denylist:
        assert len(denylist) == 1


def test_a_token_outlives_a_restart(folder, start):
    client = ("explorer", secret_of(folder))
    first = start("--state", folder)
    token = first.post("/oauth/token", data=FORM, auth=client).json()["access_token"]
    first.stop()
    second = start("--state", folder)
    answer = second.get("/user", token)
    assert (answer.status_code, answer.json()["plan"]) == (200, "pro")


def test_a_token_taken_back_stays_taken_back_after_a_restart(folder, start):
    client = ("explorer", secret_of(folder))
    first = start("--state", folder)
    token = first.post("/oauth/token", data=FORM, auth=client).json()["access_token"]
    claims = Token.parse(token).claims
    revoke(folder, claims["iss"], claims["jti"])
    first.stop()
    second = start("--state", folder)
    answer = second.get("/user", token)
    assert (answer.status_code, answer.json()["detail"]) == (401, "The token has been revoked.")


def test_a_token_of_memory_does_not_outlive_a_restart(start):
    first = start()
    client = ("explorer", first.get("/docs").text.split('"clientSecret": "')[1].split('"')[0])
    token = first.post("/oauth/token", data=FORM, auth=client).json()["access_token"]
    first.stop()
    second = start()
    answer = second.get("/user", token)
    assert answer.status_code == 401


def test_nothing_it_prints_holds_a_secret_or_a_token(folder, start):
    client = ("explorer", secret_of(folder))
    api = start("--state", folder)
    token = api.post("/oauth/token", data=FORM, auth=client).json()["access_token"]
    api.get(f"/user?access_token={token}")
    api.post("/oauth/token", data=b"{" * 9, auth=client)
    _, printed, complained = api.stop()
    assert (printed, complained) == ("", "")
    assert client[1] not in api.kept


# Its options


def test_alg_says_what_tokens_are_signed_with(folder, start):
    client = ("explorer", secret_of(folder))
    api = start("--state", folder)
    token = api.post("/oauth/token", data=FORM, auth=client).json()["access_token"]
    assert Token.parse(token).header["alg"] == "HS256"


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "ES512", "Ed25519", "HS512"])
def test_the_algorithm_is_kept_with_the_key(start, tmp_path, alg):
    start("--state", tmp_path / "made", "--init", "--alg", alg).stop()
    api = start("--state", tmp_path / "made")
    client = ("explorer", secret_of(tmp_path / "made"))
    token = api.post("/oauth/token", data=FORM, auth=client).json()["access_token"]
    assert Token.parse(token).header["alg"] == alg
    assert api.get("/user", token).json()["plan"] == "pro"


def test_in_memory_the_algorithm_is_had_for_the_asking(start):
    (key,) = start("--alg", "Ed25519").get("/.well-known/jwks.json").json()["keys"]
    assert (key["alg"], "d" in key) == ("Ed25519", False)


def test_the_older_name_of_ed25519_is_known_when_a_state_is_made_and_opened(start, tmp_path):
    start("--alg", "EdDSA", "--state", tmp_path / "made", "--init").stop()
    again = start("--alg", "EdDSA", "--state", tmp_path / "made")
    assert again.get("/.well-known/jwks.json").json()["keys"][0]["alg"] == "Ed25519"


def test_a_state_of_another_algorithm_is_not_changed(folder, fail):
    before = (folder / "keys.json").read_bytes()
    for more in ([], ["--init"]):
        status, complaint = fail("--state", folder, "--alg", "ES256", *more)
        assert (status, "is for HS256, not for ES256" in one_sentence(complaint)) == (1, True)
    assert (folder / "keys.json").read_bytes() == before


def test_an_algorithm_that_is_none_is_a_usage_error(fail):
    status, complaint = fail("--alg", "none")
    assert (status, "A key's alg must be one of HS256," in complaint) == (2, True)


def test_init_makes_a_client_of_few_scopes_too(folder, start):
    clients = json.loads((folder / "clients.json").read_text())
    api = start("--state", folder)
    for scope, status in (("public_repo", 200), ("repo", 400)):
        form = {"grant_type": "client_credentials", "scope": scope}
        assert api.post("/oauth/token", data=form, auth=("reporter", clients["reporter"])).status_code == status


def test_the_log_is_lines_of_json_on_stderr_without_a_token(start):
    api = start("--log")
    api.get("/user?access_token=eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJub25lIn0.e30.")
    _, _, lines = api.stop()
    (line,) = lines.splitlines()
    assert (json.loads(line)["url.path"], "eyJ" in line) == ("/user", False)


def test_hide_answers_404_for_what_is_private(folder, start):
    client = ("explorer", secret_of(folder))
    answers = []
    for arguments in ([], ["--hide"]):
        api = start("--state", folder, *arguments)
        token = api.post("/oauth/token", data={**FORM, "scope": "public_repo"}, auth=client).json()["access_token"]
        answers.append(api.get("/repos/octocat/secret-plans/code-scanning/alerts", token).status_code)
        api.stop()
    assert answers == [403, 404]


# The denylist in Redis


@pytest.fixture
def redis_server(tmp_path):
    with RedisServer(tmp_path) as server:
        yield server


def test_the_denylist_is_kept_in_redis_and_shared(folder, redis_server, start, tmp_path):
    first = start("--state", tmp_path / "made", "--init", "--redis", redis_server.url)
    second = start("--state", tmp_path / "made", "--redis", redis_server.url)
    assert first.kept == f"Keys and clients are kept in {tmp_path / 'made'}, and the denylist in Redis."
    client = ("explorer", secret_of(tmp_path / "made"))
    token = first.post("/oauth/token", data=FORM, auth=client).json()["access_token"]
    assert second.get("/user", token).status_code == 200
    assert first.post("/oauth/revoke", data={"token": token}, auth=client).status_code == 200
    assert second.get("/user", token).status_code == 401
    assert not (tmp_path / "made" / "denylist.sqlite").exists()


def test_rev_4_a_redis_that_stopped_is_a_503_and_started_again_it_knows_what_it_knew(redis_server, start, tmp_path):
    api = start("--state", tmp_path / "made", "--init", "--redis", redis_server.url)
    client = ("explorer", secret_of(tmp_path / "made"))
    kept, gone = [api.post("/oauth/token", data=FORM, auth=client).json()["access_token"] for _ in range(2)]
    api.post("/oauth/revoke", data={"token": gone}, auth=client)
    redis_server.stop()
    answers = [api.get("/user", kept), api.post("/oauth/revoke", data={"token": kept}, auth=client)]
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in answers] == [(503, "5"), (503, "5")]
    redis_server.start()
    assert (api.get("/user", kept).status_code, api.get("/user", gone).status_code) == (200, 401)


def test_redis_serves_keys_in_memory_too(redis_server, start):
    api = start("--redis", redis_server.url, "--init")
    assert api.kept == "Keys and clients are in memory, and the denylist in Redis."
    assert api.get("/user").status_code == 401


def test_a_redis_without_a_denylist_is_refused_beside_a_state_that_had_one(redis_server, start, fail, tmp_path):
    start("--state", tmp_path / "made", "--init", "--redis", redis_server.url).stop()
    redis_server.empty()
    for more in ([], ["--init"]):
        status, complaint = fail("--state", tmp_path / "made", "--redis", redis_server.url, *more)
        assert (status, "This Redis holds no denylist." in complaint) == (1, True)


def test_a_redis_is_refused_beside_a_state_whose_denylist_is_a_file(folder, redis_server, start, fail, tmp_path):
    start("--state", tmp_path / "other", "--init", "--redis", redis_server.url).stop()
    status, complaint = fail("--state", folder, "--redis", redis_server.url)
    assert (status, "denylist.sqlite" in one_sentence(complaint)) == (1, True)


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "redis://127.0.0.1/?time_out=2", "http://127.0.0.1/", ""])
def test_a_redis_that_cannot_be_had_is_one_sentence(fail, url):
    status, complaint = fail("--redis", url, "--init")
    assert (status, "Redis" in one_sentence(complaint)) == (1, True)


def test_without_the_package_redis_it_says_which_extra_it_needs(tmp_path):
    begins = "import sys; sys.modules['redis'] = None; from sample_api.__main__ import main"
    command = [sys.executable, "-c", f"{begins}; sys.exit(main())", "--redis", "redis://127.0.0.1/0"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=10)
    assert (done.returncode, needs_extra("RedisDenylist", "redis") in one_sentence(done.stderr)) == (1, True)


# Mistakes: one sentence on stderr, no traceback, nothing changed


def test_a_missing_state_folder_is_not_made_by_itself(fail, tmp_path):
    status, complaint = fail("--state", tmp_path / "nowhere")
    assert (status, "Create one with --init." in one_sentence(complaint)) == (1, True)
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_the_system_will_not_even_look_for_is_one_sentence(fail):
    status, complaint = fail("--state", "a" * 300)
    assert (status, "Create one with --init." in one_sentence(complaint)) == (1, True)


def test_init_needs_a_folder(fail):
    status, complaint = fail("--init")
    assert status == 2
    assert complaint.endswith("error: --init creates a state folder; name it with --state DIR\n")


def test_a_file_is_no_state_folder(fail, tmp_path):
    (tmp_path / "letter.txt").write_text("Dear reader")
    for arguments in (["--state", "letter.txt"], ["--state", "letter.txt", "--init"]):
        status, complaint = fail(*arguments)
        assert (status, "letter.txt" in one_sentence(complaint)) == (1, True)
    assert (tmp_path / "letter.txt").read_text() == "Dear reader"


def test_a_busy_port_is_refused(fail):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        status, complaint = fail("--port", port)
    assert status == 1
    assert one_sentence(complaint) == f"Cannot listen on port {port} of 127.0.0.1: Address already in use."


@pytest.mark.parametrize("port", ["abc", "70000", "-1", "80.5", "", "9" * 5000], ids=lambda port: port[:8] or "empty")
def test_a_port_that_is_none_is_a_usage_error(fail, port):
    status, complaint = fail(f"--port={port}")
    assert (status, "--port" in complaint.splitlines()[-1]) == (2, True)


@pytest.mark.parametrize(
    "host", ["no.such.host.invalid", "a..b", "a" * 70, "203.0.113.1", "not a host"],
    ids=["unknown", "two dots", "too long", "of another machine", "with spaces"],
)  # fmt: skip
def test_a_host_that_is_no_address_here_is_refused(fail, host):
    status, complaint = fail("--host", host)
    assert (status, host in one_sentence(complaint)) == (1, True)


def test_a_folder_without_a_name_is_a_usage_error_and_not_the_one_where_it_was_started(fail, tmp_path):
    status, complaint = fail("--state", "", "--init")
    assert (status, "--state" in complaint.splitlines()[-1]) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_option_is_a_usage_error(fail):
    assert fail("--nonsense")[0] == 2


@pytest.mark.parametrize("name", ["keys.json", "clients.json", "denylist.sqlite"])
def test_a_file_that_is_damaged_is_named(folder, fail, name):
    (folder / name).write_bytes(b"neither JSON nor a database, but long enough to look like one" * 100)
    status, complaint = fail("--state", folder)
    assert (status, name in one_sentence(complaint)) == (1, True)


@pytest.mark.parametrize("name", ["keys.json", "clients.json", "denylist.sqlite"])
def test_a_state_folder_that_lacks_a_file_is_refused(folder, fail, name):
    (folder / name).unlink()
    status, complaint = fail("--state", folder)
    assert (status, name in one_sentence(complaint)) == (1, True)
    assert not (folder / name).exists()


def test_no_complaint_about_keys_holds_one(folder, fail):
    keys = (folder / "keys.json").read_text()
    secret = json.loads(keys)["keys"][0]["k"]
    (folder / "keys.json").write_text(keys.replace('"HS256"', '"HS512"'))
    status, complaint = fail("--state", folder)
    assert (status, secret in complaint) == (1, False)


def test_a_locked_denylist_does_not_keep_the_api_from_reading_it(folder, start):
    database = sqlite3.connect(folder / "denylist.sqlite", isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    client = ("explorer", secret_of(folder))
    api = start("--state", folder)
    token = api.post("/oauth/token", data=FORM, auth=client).json()["access_token"]
    answer = api.get("/user", token)
    database.close()
    assert answer.status_code == 200
