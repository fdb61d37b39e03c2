import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from forging import CLAIMS, ISSUER, KEY, NOW, OTHER_TENANT, SECRET, forged, told, whole_guard, with_claims
from redis_server import RedisServer

from scopekit import GITHUB, SEED_2014, Guard, Key, KeySet, LessonClock, MemoryDenylist, SqliteDenylist
from scopekit.errors import PolicyError, StoreMissing, StoreUnavailable
from scopekit.http import answer
from scopekit.revocation import FOREVER, GRACE_SECONDS, RevocationQuery
from scopekit.stores.redis import RedisDenylist


@pytest.fixture
def path(tmp_path):
    return tmp_path / "denylist.db"


@pytest.fixture
def sqlite_denylist(path):
    denylist = SqliteDenylist(path, create=True, lock_seconds=0.1)
    yield denylist
    denylist.close()


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory):
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_denylist(redis_server):
    redis_server.empty()
    denylist = RedisDenylist(redis_server.url, create=True, clock=LessonClock(NOW))
    yield denylist
    denylist.close()


@pytest.fixture(params=["memory", "sqlite", "redis"])
def denylist(request):
    return MemoryDenylist() if request.param == "memory" else request.getfixturevalue(f"{request.param}_denylist")


def token(jti="id-1", parent=None, subject="octocat", issued_at=NOW, issuer=ISSUER):
    """What a guard asks about one token."""
    return RevocationQuery(issuer, jti, parent, subject, issued_at)


# What every denylist does


def test_an_empty_denylist_refuses_nothing(denylist):
    assert denylist.find(token()) is None
    assert len(denylist) == 0


def test_a_revoked_token_is_found_itself(denylist):
    denylist.revoke(ISSUER, "id-1")
    assert denylist.find(token()) == "itself"
    assert denylist.find(token(jti="id-2")) is None


def test_the_same_id_of_another_tenant_is_another_token(denylist):
    denylist.revoke(OTHER_TENANT, "id-1")
    assert denylist.find(token()) is None


def test_an_id_is_compared_letter_by_letter(denylist):
    denylist.revoke(ISSUER, "id-1")
    for jti in ("ID-1", "id-1 ", "id-10", "id_1", "id-%"):
        assert denylist.find(token(jti=jti)) is None


def test_a_child_dies_with_the_token_it_was_narrowed_from(denylist):
    denylist.revoke(ISSUER, "parent")
    assert denylist.find(token(jti="child", parent="parent")) == "its parent"


def test_a_revoked_child_leaves_its_parent_alone(denylist):
    denylist.revoke(ISSUER, "child")
    assert denylist.find(token(jti="parent")) is None


def test_a_parent_of_another_tenant_is_not_its_parent(denylist):
    denylist.revoke(OTHER_TENANT, "parent")
    assert denylist.find(token(parent="parent")) is None


def test_a_cut_off_of_an_issuer_refuses_what_was_issued_before(denylist):
    denylist.cut_off(ISSUER, NOW)
    assert denylist.find(token(issued_at=NOW - 1)) == "its issuer"
    assert denylist.find(token(issued_at=NOW)) is None
    assert denylist.find(token(issued_at=NOW - 1, issuer=OTHER_TENANT)) is None


def test_a_cut_off_of_a_subject_refuses_that_subject_alone(denylist):
    denylist.cut_off(ISSUER, NOW, subject="octocat")
    assert denylist.find(token(issued_at=NOW - 1)) == "its subject"
    assert denylist.find(token(issued_at=NOW)) is None
    assert denylist.find(token(issued_at=NOW - 1, subject="another")) is None
    assert denylist.find(token(issued_at=NOW - 1, subject=None)) is None


def test_a_cut_off_of_an_empty_name_is_refused(denylist):
    with pytest.raises(PolicyError, match="needs a subject"):
        denylist.cut_off(ISSUER, NOW, subject="")


def test_a_token_that_does_not_say_when_it_was_issued_came_before_every_cut_off(denylist):
    denylist.cut_off(ISSUER, 1)
    assert denylist.find(RevocationQuery(ISSUER, "id-1")) == "its issuer"


def test_a_token_without_an_id_is_found_by_a_cut_off_alone(denylist):
    denylist.revoke(ISSUER, "id-1")
    assert denylist.find(token(jti=None)) is None
    denylist.cut_off(ISSUER, NOW + 1)
    assert denylist.find(token(jti=None)) == "its issuer"


def test_the_ids_of_an_issuer_are_listed_with_their_ends(denylist):
    for jti, until in (("id-2", NOW), ("id-1", NOW + 9), ('"]*', NOW)):
        denylist.revoke(ISSUER, jti, until)
    denylist.revoke(OTHER_TENANT, "id-3", NOW)
    denylist.cut_off(ISSUER, NOW)
    assert denylist.listed(ISSUER) == (('"]*', NOW), ("id-1", NOW + 9), ("id-2", NOW))


def test_nothing_is_listed_of_an_issuer_whose_name_another_begins_with(denylist):
    denylist.revoke(ISSUER, "id-1")
    assert denylist.listed(ISSUER[:-1]) == ()


def test_a_list_in_memory_can_forget_an_entry_and_no_other():
    denylist = MemoryDenylist()
    for jti in ("id-1", "id-2"):
        denylist.revoke(ISSUER, jti)
    denylist.forget(ISSUER, "id-1")
    denylist.forget(ISSUER, "id-3")
    assert (denylist.find(token()), denylist.find(token(jti="id-2"))) == (None, "itself")


def test_the_nearest_of_several_reasons_is_given(denylist):
    denylist.cut_off(ISSUER, NOW + 1)
    assert denylist.find(token(parent="parent")) == "its issuer"
    denylist.cut_off(ISSUER, NOW + 1, subject="octocat")
    assert denylist.find(token(parent="parent")) == "its subject"
    denylist.revoke(ISSUER, "parent")
    assert denylist.find(token(parent="parent")) == "its parent"
    denylist.revoke(ISSUER, "id-1")
    assert denylist.find(token(parent="parent")) == "itself"


def test_the_later_of_two_cut_offs_counts(denylist):
    denylist.cut_off(ISSUER, NOW)
    denylist.cut_off(ISSUER, NOW - 100)
    assert denylist.find(token(issued_at=NOW - 50)) == "its issuer"
    assert len(denylist) == 1


def test_revoking_twice_changes_nothing(denylist):
    denylist.revoke(ISSUER, "id-1", until=NOW)
    denylist.revoke(ISSUER, "id-1", until=NOW)
    assert len(denylist) == 1
    assert denylist.find(token()) == "itself"


def test_the_later_of_two_ends_counts(denylist):
    denylist.revoke(ISSUER, "id-1", until=NOW + 9000)
    denylist.revoke(ISSUER, "id-1", until=NOW)
    assert denylist.prune(NOW + 5000) == 0
    assert denylist.find(token()) == "itself"


def test_an_entry_outlives_its_token_by_the_longest_leeway(denylist):
    denylist.revoke(ISSUER, "id-1", until=NOW)
    assert denylist.prune(NOW + 300) == 0
    assert denylist.find(token()) == "itself"
    assert denylist.prune(NOW + 301) == 1
    assert denylist.find(token()) is None


def test_no_guard_s_leeway_is_longer_than_that():
    assert whole_guard(leeway_seconds=GRACE_SECONDS).policy.leeway_seconds == 300


def test_what_was_revoked_for_ever_is_never_pruned(denylist):
    denylist.revoke(ISSUER, "id-1")
    assert denylist.prune(FOREVER) == 0
    assert denylist.find(token()) == "itself"


def test_pruning_leaves_cut_offs_and_living_entries(denylist):
    denylist.cut_off(ISSUER, NOW)
    denylist.revoke(ISSUER, "over", until=NOW)
    denylist.revoke(ISSUER, "alive", until=NOW + 9000)
    assert denylist.prune(NOW + 5000) == 1
    assert len(denylist) == 2


@pytest.mark.parametrize("jti", ["x'; DROP TABLE revoked; --", "?", "NULL", "x" * 255, "a b"])
def test_an_id_is_text_and_never_a_command(denylist, jti):
    denylist.revoke(ISSUER, jti)
    assert denylist.find(token(jti=jti)) == "itself"
    assert denylist.find(token()) is None


# A guard that asks one


@pytest.mark.parametrize(
    ("harm", "claims"),
    [
        (lambda denylist: denylist.revoke(ISSUER, "id-1", NOW + 3600), {}),
        (lambda denylist: denylist.revoke(ISSUER, "parent"), {"parent_jti": "parent"}),
        (lambda denylist: denylist.cut_off(ISSUER, NOW + 1, "octocat"), {}),
        (lambda denylist: denylist.cut_off(ISSUER, NOW + 1), {}),
    ],
    ids=["itself", "its parent", "its subject", "its issuer"],
)
def test_a_guard_refuses_what_was_taken_back(denylist, harm, claims):
    guard = whole_guard(denylist=denylist)
    text = with_claims(**claims)
    assert guard.decide(f"Bearer {text}")
    harm(denylist)
    assert told(guard.decide(f"Bearer {text}")) == (401, "invalid_token", "revocation")


def test_a_guard_asks_with_the_time_of_issue_and_spares_what_was_issued_at_the_cut_off(denylist):
    denylist.cut_off(ISSUER, NOW)
    guard = whole_guard(denylist=denylist)
    assert guard.decide(f"Bearer {forged()}")
    assert told(guard.decide(f"Bearer {with_claims(iat=NOW - 1)}")) == (401, "invalid_token", "revocation")


def test_a_token_that_does_not_say_when_it_was_issued_ends_with_every_cut_off(denylist):
    denylist.cut_off(ISSUER, 1)
    guard = whole_guard(profile=GITHUB.replace(claims=("iss", "aud", "jti")), denylist=denylist)
    token = forged(claims={name: value for name, value in CLAIMS.items() if name not in ("iat", "exp")})
    assert told(guard.decide(f"Bearer {token}")) == (401, "invalid_token", "revocation")


def test_a_token_of_a_key_without_an_owner_is_revoked_under_the_empty_name(denylist):
    guard = Guard(KeySet([Key("k1", SECRET)]), profile=SEED_2014, clock=LessonClock(NOW), denylist=denylist)
    assert guard.decide(f"Bearer {forged()}")
    denylist.revoke("", "id-1")
    assert told(guard.decide(f"Bearer {forged()}")) == (401, "invalid_token", "revocation")


def test_a_token_needs_no_id_if_its_profile_waives_the_id(denylist):
    guard = Guard(KeySet([KEY]), profile=SEED_2014, clock=LessonClock(NOW), denylist=denylist)
    assert guard.decide(f"Bearer {with_claims(jti=None)}")


def test_a_revoked_token_is_refused_in_every_spelling(denylist):
    guard = whole_guard(denylist=denylist)
    denylist.revoke(ISSUER, "id-1")
    for text in (forged(), forged() + "=", forged(header={"typ": "JWT", "kid": "k1", "alg": "HS256"})):
        assert not guard.decide(f"Bearer {text}")
        assert not guard.without("form").decide(f"Bearer {text}")


def test_a_revocation_goes_by_the_key_s_owner_where_the_issuer_is_not_checked(denylist):
    guard = whole_guard(denylist=denylist).without("issuer")
    denylist.revoke(ISSUER, "id-1")
    assert not guard.decide(f"Bearer {forged(claims={**CLAIMS, 'iss': OTHER_TENANT})}")


# In memory


def test_a_denylist_in_memory_goes_back_to_its_snapshot():
    denylist = MemoryDenylist()
    denylist.revoke(ISSUER, "before")
    snapshot = denylist.snapshot()
    denylist.revoke(ISSUER, "after")
    denylist.cut_off(ISSUER, NOW)
    denylist.restore(snapshot)
    assert denylist.find(token(jti="before")) == "itself"
    assert denylist.find(token(jti="after", issued_at=0)) is None


# In SQLite


def test_a_missing_file_is_not_taken_for_an_empty_list(path):
    with pytest.raises(StoreMissing, match="The denylist needs an existing file; found none at"):
        SqliteDenylist(path)
    assert not path.exists()


def test_an_empty_file_is_not_taken_for_an_empty_list(path):
    path.touch()
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        SqliteDenylist(path)


def test_another_database_is_not_taken_for_an_empty_list(path):
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE else_where (x)")
    other.close()
    with pytest.raises(StoreUnavailable, match="cannot be opened: no such table"):
        SqliteDenylist(path)


def test_a_corrupt_file_is_unavailable(path):
    path.write_bytes(b"this is no database " * 500)
    for create in (False, True):
        with pytest.raises(StoreUnavailable, match="cannot be opened"):
            SqliteDenylist(path, create=create)


def test_a_folder_that_is_not_there_is_unavailable(tmp_path):
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        SqliteDenylist(tmp_path / "nowhere" / "denylist.db", create=True)


def test_what_was_revoked_is_still_revoked_after_a_restart(path):
    first = SqliteDenylist(path, create=True)
    first.revoke(ISSUER, "id-1")
    first.cut_off(ISSUER, NOW, "octocat")
    first.close()
    second = SqliteDenylist(path)
    assert second.find(token()) == "itself"
    assert second.find(token(jti="id-2", issued_at=NOW - 1)) == "its subject"
    second.close()


def test_to_create_what_exists_forgets_nothing(path, sqlite_denylist):
    sqlite_denylist.revoke(ISSUER, "id-1")
    again = SqliteDenylist(path, create=True)
    assert again.find(token()) == "itself"
    again.close()


def test_a_second_process_sees_a_revocation_at_once(path, sqlite_denylist):
    second = SqliteDenylist(path)
    assert second.find(token()) is None
    sqlite_denylist.revoke(ISSUER, "id-1")
    assert second.find(token()) == "itself"
    second.close()


WRITER = """
import sys
from scopekit import SqliteDenylist
denylist = SqliteDenylist(sys.argv[1], create=True)
for number in range(100_000):
    denylist.revoke("https://issuer.example/", f"id-{number}")
    print(f"id-{number}", flush=True)
"""


def test_no_acknowledged_revocation_is_lost_when_its_writer_is_killed(path):
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
    acknowledged = [writer.stdout.readline().strip() for _ in range(20)]
    writer.send_signal(signal.SIGKILL)
    acknowledged += [line.strip() for line in writer.communicate()[0].splitlines(keepends=True) if line.endswith("\n")]
    denylist = SqliteDenylist(path)
    assert [jti for jti in acknowledged if denylist.find(token(jti=jti)) != "itself"] == []
    assert len(denylist) >= len(acknowledged) >= 20
    denylist.close()


def test_a_revocation_is_on_the_disk_before_it_is_acknowledged(sqlite_denylist):
    assert sqlite_denylist._writes.run("PRAGMA synchronous") == [(2,)]  # FULL: what is committed outlives a power cut


def test_threads_that_share_a_list_do_not_meet_in_one_statement(sqlite_denylist):
    def take_back(thread):
        for number in range(50):
            sqlite_denylist.revoke(ISSUER, f"{thread} {number}")
            sqlite_denylist.find(token(jti=f"{thread} {number}"))

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(take_back, range(16)))
    assert len(sqlite_denylist) == 16 * 50


def test_a_locked_file_takes_no_revocation_and_still_answers(path, sqlite_denylist):
    sqlite_denylist.revoke(ISSUER, "id-1")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreUnavailable, match="does not answer: database is locked"):
        sqlite_denylist.revoke(ISSUER, "id-2")
    assert sqlite_denylist.find(token()) == "itself"
    other.close()


def broken(path, denylist):
    other = sqlite3.connect(path)
    other.execute("DROP TABLE cut_off")
    other.close()


def removed(path, denylist):
    path.unlink()


def closed(path, denylist):
    denylist.close()


@pytest.mark.parametrize("harm", [broken, removed, closed])
def test_a_store_that_fails_is_an_error_and_never_an_empty_list(path, sqlite_denylist, harm):
    harm(path, sqlite_denylist)
    with pytest.raises(StoreUnavailable):
        sqlite_denylist.find(token())


@pytest.mark.parametrize("harm", [removed, closed])
def test_a_store_that_fails_acknowledges_no_revocation(path, sqlite_denylist, harm):
    harm(path, sqlite_denylist)
    with pytest.raises(StoreUnavailable):
        sqlite_denylist.revoke(ISSUER, "id-1")


@pytest.mark.parametrize("harm", [broken, removed, closed])
def test_a_guard_whose_store_fails_answers_503_and_when_to_come_back(path, sqlite_denylist, harm):
    guard = whole_guard(denylist=sqlite_denylist)
    assert guard.decide(f"Bearer {forged()}")
    harm(path, sqlite_denylist)
    decision = guard.decide(f"Bearer {forged()}")
    assert told(decision) == (503, None, "revocation")
    out = answer(decision)
    assert out.headers["Retry-After"] == "5"
    assert str(path) not in str(out)


def test_a_relative_path_is_the_same_file_after_a_change_of_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    denylist = SqliteDenylist("denylist.db", create=True)
    monkeypatch.chdir("/")
    denylist.revoke(ISSUER, "id-1")
    assert denylist.find(token()) == "itself"
    denylist.close()


def test_a_file_put_in_the_place_of_the_denylist_is_noticed(sqlite_denylist, path, tmp_path):
    sqlite_denylist.revoke(ISSUER, "id-1")
    SqliteDenylist(tmp_path / "another", create=True).close()
    (tmp_path / "another").replace(path)
    with pytest.raises(StoreUnavailable, match="another file is in its place"):
        sqlite_denylist.find(token("id-1"))
