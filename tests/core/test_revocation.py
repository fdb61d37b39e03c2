import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from forging import CLAIMS, ISSUER, KEY, NOW, OTHER_TENANT, SECRET, forged, issuer, told, whole_guard, with_claims
from redis_server import RedisServer

from scopekit import GITHUB, SEED_2014, Guard, Key, KeySet, LessonClock, MemoryDenylist, SqliteDenylist
from scopekit.errors import PolicyError, StoreMissing, StoreUnavailable
from scopekit.http import answer
from scopekit.revocation import FOREVER, GRACE_SECONDS, RevocationQuery
from scopekit.stores.memory import PRUNE_EVERY
from scopekit.stores.redis import RedisDenylist


@pytest.fixture
def path(tmp_path):
    return tmp_path / "denylist.db"


@pytest.fixture
def sqlite_denylist(path):
    denylist = SqliteDenylist(path, create=True, lock_seconds=0.1, clock=LessonClock(NOW))
    yield denylist
    denylist.close()


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory):
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_denylist(redis_server):
    redis_server.empty()
    denylist = RedisDenylist(redis_server.url, create=True)
    yield denylist
    denylist.close()


@pytest.fixture(params=["memory", "sqlite", "redis"])
def denylist(request):
    return (
        MemoryDenylist(LessonClock(NOW))
        if request.param == "memory"
        else request.getfixturevalue(f"{request.param}_denylist")
    )


def token(jti="id-1", parent=None, subject="octocat", issued_at=NOW, issuer=ISSUER, **more):
    """What a guard asks about one token."""
    return RevocationQuery(issuer, jti, parent, subject, issued_at, **more)


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


# Once, and once only


def test_revoking_says_whether_the_token_was_not_revoked_before(denylist):
    assert [denylist.revoke(ISSUER, "id-1") for _ in range(3)] == [True, False, False]
    assert denylist.revoke(ISSUER, "id-2", NOW + 3600)
    assert denylist.revoke(OTHER_TENANT, "id-1")


def test_a_token_whose_entry_was_dropped_is_not_new_again(denylist):
    denylist.revoke(ISSUER, "id-1", until=NOW)
    denylist.prune(NOW + 301)
    assert not denylist.revoke(ISSUER, "id-1", until=NOW)


def test_of_many_threads_that_revoke_one_token_one_hears_that_it_is_new(denylist):
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(16) as threads:
            for number in range(50):
                new = list(threads.map(lambda _, jti=f"id-{number}": denylist.revoke(ISSUER, jti), range(16)))
                assert sum(new) == 1
    finally:
        sys.setswitchinterval(interval)


ONE_OF_TWO = """
import sys, time
from scopekit import SqliteDenylist
from scopekit.stores.redis import RedisDenylist
denylist = RedisDenylist(sys.argv[1]) if "://" in sys.argv[1] else SqliteDenylist(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print([denylist.revoke("https://issuer.example/", f"id-{number}") for number in range(200)])
"""


@pytest.mark.parametrize("store", ["sqlite", "redis"])
def test_of_two_processes_that_revoke_one_token_one_hears_that_it_is_new(store, request, path):
    request.getfixturevalue(f"{store}_denylist")
    place = str(path) if store == "sqlite" else request.getfixturevalue("redis_server").url
    command = [sys.executable, "-c", ONE_OF_TWO, place]
    pair = [subprocess.Popen(command, stdin=-1, stdout=-1, text=True) for _ in range(2)]
    assert [each.stdout.readline() for each in pair] == ["ready\n"] * 2
    for each in pair:
        each.stdin.write("go\n")
        each.stdin.flush()
    one, other = (json.loads(each.communicate()[0].lower()) for each in pair)
    assert [a + b for a, b in zip(one, other, strict=True)] == [1] * 200


# Tokens that were narrowed from others


@pytest.mark.parametrize("subject", ["octocat", None], ids=["of the subject", "of the issuer"])
def test_a_child_ends_with_a_cut_off_of_its_parent_however_late_it_was_narrowed(denylist, subject):
    denylist.cut_off(ISSUER, NOW, subject)
    assert denylist.find(token(jti="child", issued_at=NOW + 60, parent_issued_at=NOW - 60)) == "its parent"
    assert denylist.find(token(jti="child", issued_at=NOW + 60, parent_issued_at=NOW)) is None


@pytest.mark.parametrize("time", [NOW - 60, "yesterday", None, True, -1, [NOW + 60]], ids=str)
def test_a_guard_refuses_a_child_whose_parent_was_cut_off_or_has_no_readable_time(denylist, time):
    denylist.cut_off(ISSUER, NOW - 30)
    text = forged(claims={**CLAIMS, "parent_jti": "parent", "parent_iat": time})
    assert told(whole_guard(denylist=denylist).decide(f"Bearer {text}")) == (401, "invalid_token", "revocation")


def test_a_guard_takes_a_child_whose_parent_was_issued_after_the_cut_off(denylist):
    denylist.cut_off(ISSUER, NOW - 90)
    text = with_claims(parent_jti="parent", parent_iat=NOW - 60)
    assert whole_guard(denylist=denylist).decide(f"Bearer {text}")


# Entries that end


def test_a_clock_that_goes_back_revives_no_token_whose_entry_was_dropped(denylist):
    clock = LessonClock(NOW)
    guard = whole_guard(denylist=denylist, clock=clock)
    denylist.revoke(ISSUER, "id-1", until=CLAIMS["exp"])
    clock.set(CLAIMS["exp"] + 301)
    assert (denylist.prune(clock.now()), len(denylist)) == (1, 0)
    clock.set(NOW)
    assert told(guard.decide(f"Bearer {forged()}")) == (401, "invalid_token", "revocation")
    assert guard.decide(f"Bearer {with_claims(exp=CLAIMS['exp'] + 1)}")


def test_a_clock_that_was_years_ahead_ends_no_token_but_those_as_old_as_what_was_dropped(denylist):
    denylist.revoke(ISSUER, "id-1", until=NOW + 60)
    denylist.prune(NOW + 1e9)
    assert denylist.find(token(expires_at=NOW + 60)) == "itself"
    assert denylist.find(token(expires_at=NOW + 61)) is None
    assert denylist.find(token(expires_at=None)) is None


def test_a_list_drops_what_has_ended_by_itself(denylist):
    for number in range(PRUNE_EVERY - 1):
        denylist.revoke(ISSUER, f"id-{number}", until=NOW - 301 - number)
    assert len(denylist) == PRUNE_EVERY - 1
    denylist.revoke(ISSUER, "alive", until=2e9)
    assert denylist.listed(ISSUER) == (("alive", 2e9),)
    assert denylist.find(token(jti="id-0", expires_at=NOW - 301)) == "itself"


def test_a_list_drops_a_cut_off_by_itself_once_no_token_can_be_that_old(denylist):
    denylist.cut_off(ISSUER, NOW - 9000, "octocat", until=NOW - 301)
    denylist.cut_off(ISSUER, NOW - 9000, "hubot")
    for number in range(PRUNE_EVERY):
        denylist.revoke(ISSUER, f"other-{number % 10}")
    assert denylist.find(token(issued_at=NOW - 9001, expires_at=NOW)) is None
    assert denylist.find(token(issued_at=NOW - 9001, expires_at=NOW - 301)) == "itself"
    assert denylist.find(token(issued_at=NOW - 9001, subject="hubot")) == "its subject"


def test_a_cut_off_is_kept_until_the_last_of_its_tokens_ends_and_the_longest_leeway(denylist):
    denylist.cut_off(ISSUER, NOW, until=NOW + 3600)
    denylist.cut_off(ISSUER, NOW - 60, until=NOW + 60)
    assert denylist.prune(NOW + 3900) == 0
    assert denylist.find(token(issued_at=NOW - 1)) == "its issuer"
    assert (denylist.prune(NOW + 3901), len(denylist)) == (1, 0)


def test_a_cut_off_without_an_end_is_never_dropped_for_a_token_may_live_for_ever(denylist):
    denylist.cut_off(ISSUER, NOW)
    denylist.cut_off(ISSUER, NOW, until=NOW + 1)
    assert denylist.prune(FOREVER) == 0
    assert denylist.find(token(issued_at=NOW - 1)) == "its issuer"


# What is no entry


@pytest.mark.parametrize("until", [float("nan"), -1, "1e9", True, None], ids=str)
def test_an_end_that_no_token_has_is_refused(denylist, until):
    with pytest.raises(PolicyError, match="A denylist needs a time in seconds since 1970, not milliseconds; found"):
        denylist.revoke(ISSUER, "id-1", until)
    with pytest.raises(PolicyError, match="needs a time in seconds"):
        denylist.cut_off(ISSUER, NOW, until=until)
    assert len(denylist) == 0


@pytest.mark.parametrize("before", [float("nan"), -1, float("inf"), NOW * 1000, "now", None], ids=str)
def test_a_cut_off_of_no_moment_is_refused_for_a_later_one_could_not_take_it_back(denylist, before):
    with pytest.raises(PolicyError, match="needs a time in seconds"):
        denylist.cut_off(ISSUER, before)
    assert len(denylist) == 0


@pytest.mark.parametrize(
    "until",
    [NOW * 1000, FOREVER, FOREVER * 2.0, 10**400, float("inf")],
    ids=lambda each: f"{each:.3}" if isinstance(each, float) else str(each)[:20],
)
def test_an_end_however_late_keeps_the_entry(denylist, until):
    assert denylist.revoke(ISSUER, "id-1", until)
    denylist.prune(NOW * 100)
    assert denylist.find(token(expires_at=NOW)) == "itself"


@pytest.mark.parametrize("name", ["", 42, b"id-1", None, "\ud800"], ids=ascii)
def test_a_name_that_no_token_has_is_refused_for_it_would_revoke_nothing(denylist, name):
    with pytest.raises(PolicyError, match="A denylist needs an id as text; found"):
        denylist.revoke(ISSUER, name)
    if name is not None:
        with pytest.raises(PolicyError, match="A denylist needs a subject, or None for all subjects, as text; found"):
            denylist.cut_off(ISSUER, NOW, name)
    assert len(denylist) == 0


def test_an_issuer_that_is_not_text_is_refused_and_a_key_without_an_owner_has_the_empty_one(denylist):
    for write in (lambda: denylist.revoke(None, "id-1"), lambda: denylist.cut_off(None, NOW)):
        with pytest.raises(PolicyError, match="A denylist needs an issuer as text; found None"):
            write()
    assert denylist.revoke("", "id-1")


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


def test_a_cut_off_now_ends_what_was_stolen_in_this_second_and_spares_the_next_log_in(denylist):
    clock = LessonClock(NOW + 0.2)
    guard, mint = whole_guard(denylist=denylist, clock=clock), replace(issuer(), clock=clock).mint
    stolen, whole = mint(["repo"]), with_claims()
    clock.advance(0.3)
    denylist.cut_off(ISSUER, clock.now(), "octocat")
    clock.advance(0.2)
    assert [guard.decide(f"Bearer {each}").status for each in (stolen, whole, mint(["repo"]))] == [401, 401, 200]


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


def test_a_list_in_memory_that_goes_back_to_a_snapshot_goes_back_to_its_cut_offs_and_what_it_dropped():
    denylist = MemoryDenylist()
    denylist.cut_off(ISSUER, NOW, until=NOW + 60)
    snapshot = denylist.snapshot()
    denylist.prune(NOW + 3600)
    denylist.restore(snapshot)
    assert denylist.find(token(expires_at=NOW)) is None
    assert denylist.prune(NOW + 3600) == 1


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


def mode_of(file):
    return stat.S_IMODE(file.stat().st_mode)


@pytest.fixture
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def test_the_file_and_those_beside_it_are_for_their_owner_alone_whatever_the_umask(path, open_umask):
    denylist = SqliteDenylist(path, create=True)
    denylist.revoke(ISSUER, "id-1")
    files = sorted(path.parent.glob("denylist.db*"))
    assert [(each.name.removeprefix(path.name), mode_of(each)) for each in files] == [
        ("", 0o600), ("-shm", 0o600), ("-wal", 0o600),
    ]  # fmt: skip
    denylist.close()


def test_permissions_that_an_existing_file_has_beyond_its_owner_s_are_taken_away(path, sqlite_denylist):
    sqlite_denylist.revoke(ISSUER, "id-1")
    files = sorted(path.parent.glob("denylist.db*"))
    for each in files:
        each.chmod(0o666)
    SqliteDenylist(path).close()
    assert [mode_of(each) for each in files] == [0o600] * 3


def test_a_file_is_a_file_by_every_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    denylist = SqliteDenylist(":memory:", create=True)
    denylist.revoke(ISSUER, "id-1")
    denylist.close()
    again = SqliteDenylist(":memory:")
    assert again.find(token()) == "itself"
    again.close()


def overwritten(path, older):
    """Puts an older copy in the place of the file's content, as a restore from a backup does."""
    backup, file = sqlite3.connect(older), sqlite3.connect(path)
    backup.backup(file)
    backup.close()
    file.close()


def test_a_file_that_is_overwritten_with_an_older_copy_is_unavailable_and_stays_so(path, tmp_path, sqlite_denylist):
    sqlite_denylist.revoke(ISSUER, "id-0")
    overwritten(tmp_path / "backup", path)
    sqlite_denylist.revoke(ISSUER, "id-1")
    overwritten(path, tmp_path / "backup")
    for use in (lambda: sqlite_denylist.find(token()), lambda: sqlite_denylist.revoke(ISSUER, "id-2")):
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="has lost revocations: an older copy is in its place"):
                use()


def test_a_file_without_its_history_is_unavailable(path, sqlite_denylist):
    other = sqlite3.connect(path)
    with other:
        other.execute("DELETE FROM history")
    other.close()
    for use in (lambda: sqlite_denylist.find(token()), lambda: sqlite_denylist.revoke(ISSUER, "id-2")):
        with pytest.raises(StoreUnavailable):
            use()


def test_a_write_that_fails_leaves_nothing_behind_and_the_next_one_works(path, sqlite_denylist):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("CREATE TRIGGER full BEFORE INSERT ON revoked BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
    with pytest.raises(StoreUnavailable, match="the disk is full"):
        sqlite_denylist.revoke(ISSUER, "id-1")
    other.execute("DROP TRIGGER full")
    other.close()
    assert len(sqlite_denylist) == 0
    assert sqlite_denylist.revoke(ISSUER, "id-1")


def test_the_writes_of_all_processes_count_until_a_file_drops_what_has_ended(path, sqlite_denylist):
    with_another = [sqlite_denylist, SqliteDenylist(path, clock=LessonClock(NOW))]
    for number in range(PRUNE_EVERY):
        with_another[number % 2].revoke(ISSUER, f"id-{number}", until=1)
    assert len(sqlite_denylist) == 0
    with_another[1].close()


def test_what_a_file_has_dropped_is_still_known_after_a_restart(path, sqlite_denylist):
    sqlite_denylist.revoke(ISSUER, "id-1", until=NOW)
    sqlite_denylist.prune(NOW + 301)
    again = SqliteDenylist(path)
    assert again.find(token(expires_at=NOW)) == "itself"
    again.close()


def test_a_denylist_that_is_down_is_said_in_the_log_but_not_for_every_request(tmp_path, caplog):
    denylist = SqliteDenylist(tmp_path / "list", create=True)
    guard = whole_guard(denylist=denylist)
    (tmp_path / "list").unlink()
    with caplog.at_level("WARNING", "scopekit"):
        assert [guard.decide(f"Bearer {forged()}").status for _ in range(3)] == [503] * 3
    [record] = caplog.records
    assert record.getMessage().startswith("Token revocation cannot be checked: The denylist ")
    assert forged() not in caplog.text
