"""The denylist's file is locked, damaged, gone, or full: nobody who was taken back gets in, and no answer is a 500."""

import resource
import select
import sqlite3
from contextlib import closing

import pytest
from attack import reader, revoke, revoker


@pytest.fixture
def taken_back(folder, serve):
    """A running API, a token that was taken back, and one that was not."""
    api = serve("--state", folder)
    with api.connect() as connection:
        assert revoke(connection, revoker(folder), "gone") == 204
    return api, reader(folder, "gone"), reader(folder, "good")


def users(api, token):
    return api.ask("GET", "/api/v2/users", token)


def taking_back(api, folder, name="another"):
    with api.connect() as connection:
        return revoke(connection, revoker(folder), name)


def test_a_locked_store_takes_no_revocation_and_its_reads_do_not_wait_with_the_write(taken_back, folder, denylist_file):
    api, gone, good = taken_back
    with closing(sqlite3.connect(denylist_file, isolation_level=None)) as other, api.connect() as waiting:
        other.execute("BEGIN EXCLUSIVE")
        waiting.request("POST", "/api/v2/blacklists/tokens", *body_of(folder))
        answers = []
        while not select.select([waiting.sock], [], [], 0)[0]:
            answers.append((users(api, good), users(api, gone)))
        assert waiting.getresponse().status == 503
        other.execute("ROLLBACK")
    assert taking_back(api, folder) == 204
    assert len(answers) > 20, "the reads waited for the write"
    assert set(answers) == {(200, 401)}


def test_a_corrupt_store_opens_nothing(taken_back, folder, denylist_file):
    api, gone, good = taken_back
    for file in folder.glob("denylist.sqlite*"):
        file.write_bytes(b"neither a database nor anything else" * 1000)
    assert {users(api, gone), users(api, good), taking_back(api, folder)} == {503}


def test_a_deleted_store_opens_nothing(taken_back, folder, denylist_file):
    api, gone, good = taken_back
    for file in folder.glob("denylist.sqlite*"):
        file.unlink()
    assert {users(api, gone), users(api, good), taking_back(api, folder)} == {503}


def test_a_full_store_acknowledges_nothing_that_it_does_not_keep(folder, serve, denylist_file):
    limit = denylist_file.stat().st_size + 256 * 1024
    api = serve("--state", folder, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    told = {}
    with api.connect() as connection:
        for number in range(2000):
            name = f"{number:05}".ljust(250, ".")
            told[name] = revoke(connection, revoker(folder), name)
            if told[name] != 204:
                break
    assert set(told.values()) == {204, 503}, "the store was never full"
    kept = {name: users(api, reader(folder, name)) for name in list(told)[-40:]}
    assert {name for name, status in kept.items() if told[name] == 204 and status != 401} == set()


def body_of(folder):
    headers = {"Authorization": f"Bearer {revoker(folder)}", "Content-Type": "application/json"}
    return '{"aud": "tenant_1", "jti": "late"}', headers
