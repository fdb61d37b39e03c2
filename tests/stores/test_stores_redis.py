import json
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import requests
from redis_server import RedisServer, free_port
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from scopekit import GITHUB, Guard, Issuer, Key, KeySet
from scopekit.asgi import requires
from scopekit.errors import PolicyError, StoreMissing, StoreUnavailable
from scopekit.http import answer
from scopekit.lab import Loopback
from scopekit.revocation import FOREVER, GRACE_SECONDS, RevocationQuery
from scopekit.stores.memory import PRUNE_EVERY
from scopekit.stores.redis import MOST_PRUNED, SAFE_SECONDS, RedisDenylist
from scopekit.wording import needs_extra

ISSUER = "https://issuer.example/"
KEY = Key("k1", bytes(range(32)), issuer=ISSUER)
HOUR = 3600


@pytest.fixture
def server(redis_server):
    redis_server.empty()
    yield redis_server
    if redis_server.process is None:
        redis_server.start()


@pytest.fixture
def denylist(server):
    denylist = RedisDenylist(server.url, create=True)
    yield denylist
    denylist.close()


@pytest.fixture
def token():
    return Issuer(KEY, GITHUB, "repos", new_id=lambda: "id-1").mint(["repo"])


@pytest.fixture
def guard(denylist):
    return Guard(KeySet([KEY]), audience="repos", profile=GITHUB, denylist=denylist)


def asked(jti="id-1", issuer=ISSUER, **more):
    return RevocationQuery(issuer, jti, **more)


LIST = "{scopekit}:denylist"


def names(server):
    """The names of all that the server holds."""
    with server.client() as client:
        return sorted(name.decode() for name in client.scan_iter())


@pytest.fixture
def configured(server):
    """Changes the server's configuration, and puts it back after the test."""
    with server.client() as client:
        before = client.config_get()

        def change(**options):
            for name, value in options.items():
                client.config_set(name.replace("_", "-"), value)

        yield change
        for name in ("maxmemory", "maxmemory-policy", "requirepass"):
            client.config_set(name, before[name])


# A list that is there


def test_a_server_without_the_list_stops_the_start(server):
    with pytest.raises(StoreMissing, match="This Redis holds no denylist; create one with create=True"):
        RedisDenylist(server.url)


def test_a_key_that_is_no_mark_is_neither_taken_for_a_list_nor_replaced_by_one(server):
    with server.client() as client:
        client.lpush(LIST, "somebody else's")
        for create in (False, True):
            with pytest.raises(StoreUnavailable):
                RedisDenylist(server.url, create=create)
        assert client.lrange(LIST, 0, -1) == [b"somebody else's"]


def test_to_create_what_exists_forgets_nothing(server, denylist):
    denylist.revoke(ISSUER, "id-1")
    again = RedisDenylist(server.url, create=True)
    assert again.find(asked()) == "itself"
    again.close()


def test_two_clients_see_each_other_s_revocations_at_once(server, denylist):
    second = RedisDenylist(server.url)
    assert second.find(asked()) is None
    denylist.revoke(ISSUER, "id-1")
    assert second.find(asked()) == "itself"
    second.cut_off(ISSUER, 100, "octocat")
    assert denylist.find(asked(jti="id-2", subject="octocat", issued_at=99)) == "its subject"
    second.close()


def test_a_list_that_was_lost_later_is_missing_and_never_empty(server, denylist, guard, token):
    denylist.revoke(ISSUER, "id-1")
    server.empty()
    for use in (lambda: denylist.find(asked()), lambda: denylist.revoke(ISSUER, "id-2"), lambda: len(denylist)):
        with pytest.raises(StoreMissing):
            use()
    assert names(server) == []
    assert guard.decide(f"Bearer {token}").status == 503


def test_lists_with_other_prefixes_do_not_see_each_other(server, denylist):
    other = RedisDenylist(server.url, create=True, prefix="scopekit:revoked:")
    other.revoke(ISSUER, "id-1")
    assert denylist.find(asked()) is None
    assert (len(denylist), len(other)) == (0, 1)
    other.close()


def test_a_prefix_is_text_and_never_a_pattern(server):
    lists = [RedisDenylist(server.url, create=True, prefix=prefix) for prefix in ("a", "*", "[a]", "a\\")]
    for each in lists:
        each.revoke(ISSUER, "id-1")
    assert [len(each) for each in lists] == [1, 1, 1, 1]
    assert [each.prune(FOREVER) for each in lists] == [0, 0, 0, 0]
    for each in lists:
        each.close()


@pytest.mark.parametrize(
    ("revoked", "other"),
    [
        (('https://a/","b', "c"), ("https://a/", 'b","c')),
        (("https://a/:b", "c"), ("https://a/", "b:c")),
        (("https://a/", "b c"), ("https://a/ b", "c")),
        (("https://a/\\", '"'), ("https://a/", '\\"')),
    ],
    ids=["quotes", "colons", "spaces", "backslashes"],
)
def test_no_issuer_and_id_spell_the_name_of_others(denylist, revoked, other):
    denylist.revoke(*revoked)
    assert denylist.find(asked(issuer=revoked[0], jti=revoked[1])) == "itself"
    assert denylist.find(asked(issuer=other[0], jti=other[1])) is None


# Entries that end


def test_redis_s_own_clock_says_what_has_ended_and_not_a_machine_s_that_is_ahead(denylist, monkeypatch):
    ends = time.time() + HOUR
    monkeypatch.setattr(time, "time", lambda: ends + 10 * HOUR)
    for number in range(PRUNE_EVERY):
        denylist.revoke(ISSUER, f"id-{number}", until=ends)
    assert len(denylist) == PRUNE_EVERY
    assert denylist.find(asked("id-0")) == "itself"


def test_the_writes_of_all_machines_count_until_a_list_drops_what_has_ended(server, denylist):
    with closing(RedisDenylist(server.url)) as second:
        for number in range(PRUNE_EVERY):
            (denylist, second)[number % 2].revoke(ISSUER, f"id-{number}", until=1)
        assert (len(denylist), len(second)) == (0, 0)


def test_an_entry_is_kept_until_its_token_s_end_and_the_longest_leeway(denylist):
    denylist.revoke(ISSUER, "alive", until=time.time() - GRACE_SECONDS + 60)
    denylist.revoke(ISSUER, "over", until=time.time() - GRACE_SECONDS - 1)
    for _ in range(PRUNE_EVERY):
        denylist.cut_off(ISSUER, 1)
    assert [jti for jti, _ in denylist.listed(ISSUER)] == ["alive"]


def test_no_entry_has_an_end_of_its_own_in_redis_which_could_come_unseen(server, denylist):
    denylist.revoke(ISSUER, "id-1", until=time.time())
    denylist.cut_off(ISSUER, 100, until=time.time())
    with server.client() as client:
        assert {client.pttl(name) for name in names(server)} == {-1}


def test_what_was_dropped_is_known_to_all_machines_and_after_a_restart(server, denylist):
    denylist.revoke(ISSUER, "id-1", until=1000)
    denylist.prune(1301)
    server.stop()
    server.start()
    with closing(RedisDenylist(server.url)) as second:
        assert {each.find(asked(expires_at=1000)) for each in (denylist, second)} == {"itself"}
        assert second.find(asked(expires_at=1001)) is None


def test_more_than_one_script_may_drop_is_dropped_by_several(server, denylist):
    with server.client() as client, client.pipeline() as pipe:
        for number in range(MOST_PRUNED + 1):
            name = json.dumps(["revoked", ISSUER, f"id-{number}"])
            pipe.hset(LIST, name, "1000.0")
            pipe.zadd(f"{LIST}:ends", {name: 1000 + number / 1e6})
        pipe.execute()
    assert (denylist.prune(2000), len(denylist)) == (MOST_PRUNED + 1, 0)


# What is asked before the start


POLICIES = [
    "volatile-lru",
    "allkeys-lru",
    "volatile-lfu",
    "allkeys-lfu",
    "volatile-random",
    "allkeys-random",
    "volatile-ttl",
]


@pytest.mark.parametrize("policy", POLICIES)
def test_a_server_that_may_throw_entries_away_stops_the_start_unless_the_operator_says_otherwise(
    server, configured, policy
):
    configured(maxmemory_policy=policy)
    needed = f"A denylist in Redis needs the maxmemory-policy noeviction; found {policy}, which throws revocations away"
    with pytest.raises(PolicyError, match=needed):
        RedisDenylist(server.url, create=True)
    assert names(server) == []
    RedisDenylist(server.url, create=True, require_noeviction=False).close()


def of_user(server, *rules):
    """The address of the server, for a user with these rights (Redis, Access Control List)."""
    with server.client() as client:
        client.execute_command("ACL", "SETUSER", "guard", "reset", "on", ">word", "~*", "+@all", *rules)
    return server.url.replace("//", "//guard:word@")


@pytest.mark.parametrize("rights", [["-config"], ["-info"]], ids=["CONFIG", "INFO"])
def test_the_policy_is_known_where_one_of_two_commands_is_forbidden(server, configured, rights):
    url = of_user(server, *rights)
    RedisDenylist(url, create=True).close()
    configured(maxmemory_policy="allkeys-lru")
    with pytest.raises(PolicyError, match="found allkeys-lru"):
        RedisDenylist(url)


def test_a_server_that_does_not_name_its_policy_stops_the_start_unless_the_operator_says_otherwise(server):
    url = of_user(server, "-config", "-info")
    with pytest.raises(PolicyError, match="this server does not name its own"):
        RedisDenylist(url, create=True)
    RedisDenylist(url, create=True, require_noeviction=False).close()


UNSAFE_LATER = {
    "a replica whose primary is gone": (("REPLICAOF", "127.0.0.1", "9"), ("REPLICAOF", "NO", "ONE"), "a replica"),
    "another policy": (
        ("CONFIG", "SET", "maxmemory-policy", "allkeys-lru"), ("CONFIG", "SET", "maxmemory-policy", "noeviction"),
        "found allkeys-lru",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("worse", "better", "found"), UNSAFE_LATER.values(), ids=UNSAFE_LATER)
def test_a_server_that_becomes_unsafe_is_noticed_and_no_token_is_taken(
    server, denylist, guard, token, monkeypatch, worse, better, found
):
    send = denylist._client.execute_command
    try:
        send(*worse)
        assert guard.decide(f"Bearer {token}")  # it was asked a moment ago
        assert 0 < denylist._safe_until - time.monotonic() <= SAFE_SECONDS
        monkeypatch.setattr(denylist, "_safe_until", time.monotonic())  # as if that time were over
        step = guard.explain(f"Bearer {token}").step("revocation")
        assert (guard.decide(f"Bearer {token}").status, found in step.found) == (503, True)
    finally:
        send(*better)
    assert guard.decide(f"Bearer {token}")


def test_a_replica_stops_the_start_for_it_lags_behind(server, denylist, tmp_path):
    with RedisServer(tmp_path, replicaof=f"127.0.0.1 {server.port}") as replica:
        for options in ({}, {"require_noeviction": False}):
            with pytest.raises(PolicyError, match="needs the primary server; found a replica, which lags behind"):
                RedisDenylist(replica.url, **options)


def test_entries_that_are_evicted_after_all_leave_a_missing_list_and_never_a_shorter_one(server, configured, denylist):
    denylist.revoke(ISSUER, "id-1")
    found = set()
    with server.client() as client:
        configured(maxmemory_policy="allkeys-random", maxmemory=client.info()["used_memory"] + 2**20)
        for number in range(100_000):
            client.set(f"other-{number}", "x" * 500)
            if not (number % 100 or client.exists(LIST)):
                break
            if number % 100 == 0:
                found.add(denylist.find(asked()))
    assert found == {"itself"}
    with pytest.raises(StoreMissing):
        denylist.find(asked())


# Redis Cluster


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A server in cluster mode, which has all the slots."""
    options = {"cluster_enabled": "yes", "cluster_port": free_port()}  # by default 10,000 above the port: too high
    with RedisServer(tmp_path_factory.mktemp("cluster"), **options) as server, server.client() as client:
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        end = time.monotonic() + 10
        while client.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
            assert time.monotonic() < end, "the cluster did not start"
            time.sleep(0.05)
        yield server


@pytest.mark.parametrize("prefix", ["{scopekit}:", "tokens:", "{tokens}:", "to{ken}s", "a{b", "{}", "a}b{c"])
def test_in_a_cluster_a_list_works_under_any_prefix(cluster, prefix):
    with closing(RedisDenylist(cluster.url, create=True, prefix=prefix)) as denylist:
        denylist.revoke(ISSUER, "id-1", until=1000)
        denylist.cut_off(ISSUER, 100, "octocat")
        assert denylist.find(asked()) == "itself"
        assert denylist.find(asked("id-2", subject="octocat", issued_at=99)) == "its subject"
        assert denylist.listed(ISSUER) == (("id-1", 1000),)
        assert (denylist.prune(2000), len(denylist)) == (1, 1)
    cluster.empty()


def test_a_node_of_a_cluster_that_does_not_hold_the_list_says_so(cluster, tmp_path):
    with RedisServer(tmp_path, cluster_enabled="yes", cluster_port=free_port()) as other, other.client() as client:
        client.execute_command("CLUSTER", "MEET", "127.0.0.1", cluster.port, cluster.options["cluster_port"])
        end = time.monotonic() + 10
        while client.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
            assert time.monotonic() < end, "the nodes did not meet"
            time.sleep(0.05)
        with pytest.raises(
            StoreUnavailable, match="This node of the Redis Cluster does not hold the denylist; use the"
        ):
            RedisDenylist(other.url)


@pytest.mark.parametrize("prefix", ["", "}tokens:"])
def test_a_prefix_that_cannot_be_made_a_hash_tag_is_refused(server, prefix):
    with pytest.raises(PolicyError, match="prefix must have a character before the first '}'"):
        RedisDenylist(server.url, create=True, prefix=prefix)


# A server that fails


def test_a_guard_answers_503_while_the_server_is_stopped_and_rightly_once_it_is_back(server, denylist, guard, token):
    assert guard.decide(f"Bearer {token}")
    server.stop()
    decision = guard.decide(f"Bearer {token}")
    assert (decision.status, decision.error, decision.check) == (503, None, "revocation")
    assert answer(decision).headers["Retry-After"] == "5"
    server.start()
    assert guard.decide(f"Bearer {token}")
    denylist.revoke(ISSUER, "id-1")
    assert guard.decide(f"Bearer {token}").status == 401


def test_a_server_that_was_started_anew_between_two_questions_is_not_missed(server, denylist):
    denylist.revoke(ISSUER, "id-1")
    server.stop()
    server.start()
    assert denylist.find(asked()) == "itself"


def test_a_stopped_server_takes_no_revocation(server, denylist):
    server.stop()
    with pytest.raises(StoreUnavailable, match=r"The denylist in Redis does not answer: ConnectionError\."):
        denylist.revoke(ISSUER, "id-1")


def test_a_server_that_is_not_there_stops_the_start(server):
    server.stop()
    for create in (False, True):
        with pytest.raises(StoreUnavailable):
            RedisDenylist(server.url, create=create)


def test_no_acknowledged_revocation_is_lost_when_the_server_is_killed(server, denylist):
    for number in range(50):
        denylist.revoke(ISSUER, f"id-{number}")
    server.stop(harshly=True)
    server.start()
    assert {denylist.find(asked(jti=f"id-{number}")) for number in range(50)} == {"itself"}


def test_a_server_that_never_answers_is_unavailable_after_the_time_out():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        with pytest.raises(StoreUnavailable, match="TimeoutError"):
            RedisDenylist(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", timeout_seconds=0.2)
    assert time.monotonic() - start < 2


def test_an_entry_that_is_named_after_no_id_is_unavailable(server, denylist):
    with server.client() as client:
        client.hset(LIST, f'["revoked", "{ISSUER}", "id-1', "1e9")
    with pytest.raises(StoreUnavailable, match="holds an entry whose name has no id"):
        denylist.listed(ISSUER)


def test_a_url_that_asks_for_text_does_not_change_what_is_read(server, denylist):
    denylist.revoke(ISSUER, "id-1", 1e10)
    with closing(RedisDenylist(f"{server.url}?decode_responses=true")) as second:
        assert second.listed(ISSUER) == (("id-1", 1e10),)


def test_a_list_that_holds_something_else_is_unavailable(server, denylist):
    with server.client() as client:
        client.hset(LIST, f'["cut_off", "{ISSUER}", ""]', "yesterday")
    with pytest.raises(StoreUnavailable, match="holds an entry whose time is not a number"):
        denylist.find(asked())


def test_a_server_that_takes_no_writes_acknowledges_none(server, denylist):
    with server.client() as client:
        client.config_set("maxmemory", 1)
        try:
            with pytest.raises(StoreUnavailable, match="The denylist in Redis answers with an error: OutOfMemoryError"):
                denylist.revoke(ISSUER, "id-1")
        finally:
            client.config_set("maxmemory", 0)


def test_a_user_who_may_not_write_acknowledges_no_revocation_and_is_told_of_an_answer(server, denylist):
    with closing(RedisDenylist(of_user(server, "-eval"))) as readers:
        assert readers.find(asked()) is None
        with pytest.raises(StoreUnavailable, match="answers with an error: NoPermissionError"):
            readers.revoke(ISSUER, "id-1")


def test_a_user_who_may_not_read_is_never_told_that_nothing_is_revoked(server, denylist):
    url = of_user(server)
    with closing(RedisDenylist(url)) as other:
        of_user(server, "-hmget")
        with pytest.raises(StoreUnavailable, match="answers with an error: NoPermissionError"):
            other.find(asked())
    with pytest.raises(StoreUnavailable, match="answers with an error"):
        RedisDenylist(url)


def test_a_list_that_was_restored_from_an_older_copy_is_unavailable_and_stays_so(server, denylist):
    denylist.revoke(ISSUER, "id-0")
    with server.client() as client:
        older = {name: client.dump(name) for name in names(server)}
        denylist.revoke(ISSUER, "id-1")
        for name, content in older.items():
            client.restore(name, 0, content, replace=True)
    for use in (lambda: denylist.find(asked()), lambda: denylist.revoke(ISSUER, "id-2")) * 2:
        with pytest.raises(
            StoreUnavailable, match="has lost revocations: an older copy, or a replica, is in its place"
        ):
            use()


@pytest.mark.parametrize("lost", ["entries", "ends"])
def test_a_list_of_which_a_part_is_lost_takes_no_revocation(server, denylist, lost):
    for number in range(3):
        denylist.revoke(ISSUER, f"id-{number}")
    with server.client() as client:
        client.delete(f"{LIST}:ends") if lost == "ends" else client.hdel(LIST, f'["revoked", "{ISSUER}", "id-1"]')
    with pytest.raises(StoreUnavailable, match="has lost some of its entries"):
        denylist.revoke(ISSUER, "id-3")


def test_a_list_without_its_history_is_missing(server, denylist):
    with server.client() as client:
        client.hdel(LIST, "pruned_until")
    for use in (lambda: denylist.find(asked()), lambda: denylist.revoke(ISSUER, "id-1")):
        with pytest.raises(StoreMissing):
            use()


def test_a_list_that_is_created_anew_begins_with_nothing_of_the_old_one(server, denylist):
    denylist.revoke(ISSUER, "id-1")
    with server.client() as client:
        client.delete(LIST)
    with closing(RedisDenylist(server.url, create=True)) as again:
        assert (len(again), again.revoke(ISSUER, "id-1")) == (0, True)


def test_a_closed_list_can_be_asked_again(denylist):
    denylist.close()
    assert denylist.find(asked()) is None


# What is told


def test_no_error_names_a_token_an_id_or_a_password(server, denylist):
    server.stop()
    told = []
    for use in (lambda: denylist.find(asked(jti="secret-id")), lambda: denylist.revoke("secret-issuer", "secret-id")):
        with pytest.raises(StoreUnavailable) as caught:
            use()
        told.append(str(caught.value))
        assert caught.value.__suppress_context__
    with pytest.raises(StoreUnavailable) as caught:
        RedisDenylist(f"redis://user:secret-word@127.0.0.1:{server.port}/0")
    assert "secret" not in " ".join([*told, str(caught.value), repr(denylist)])
    assert str(server.port) not in " ".join([*told, str(caught.value)])


@pytest.mark.parametrize(
    "url",
    [
        "http://user:secret@host/",
        "secret",
        "redis://user:secret@host:port/",
        "redis://user:secret@host/?time_out=2",
        "redis://user:secret@host/?connection_class=secret",
        "rediss://user:secret@host/?ssl_cert_reqs=secret",
    ],
)
def test_an_address_of_another_kind_is_refused_without_being_told(url):
    with pytest.raises(PolicyError, match="needs a URL with redis://") as caught:
        RedisDenylist(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("rest", ["a..b/", f"{'a' * 70}/", "127.0.0.1/?retry=5"])
def test_an_address_that_python_itself_stumbles_over_is_unavailable(rest):
    with pytest.raises(StoreUnavailable, match="The denylist in Redis does not answer") as caught:
        RedisDenylist(f"redis://user:secret@{rest}")
    assert "secret" not in str(caught.value)


def test_a_wrong_password_is_unavailable(server, denylist):
    with server.client() as client:
        client.config_set("requirepass", "right")
        try:
            with pytest.raises(StoreUnavailable, match="answers with an error: AuthenticationError"):
                RedisDenylist(server.url.replace("//", "//:wrong@"))
        finally:
            client.config_set("requirepass", "")


def test_without_the_package_the_module_says_which_extra_it_needs():
    statement = "import sys; sys.modules['redis'] = None; import scopekit.stores.redis"
    ran = subprocess.run([sys.executable, "-c", statement], capture_output=True, text=True, check=False)
    assert needs_extra("RedisDenylist", "redis") in ran.stderr


def test_a_request_that_waits_for_the_server_keeps_no_other_waiting(server, guard, token):
    async def answer(request):
        return PlainTextResponse("here")

    app = Starlette(routes=[Route("/guarded", requires(guard)(answer)), Route("/free", answer)])
    with requests.Session() as session, ThreadPoolExecutor() as elsewhere, closing(Loopback()) as transport:
        url = transport.open(app, session)
        server.process.send_signal(signal.SIGSTOP)
        try:
            waiting = elsewhere.submit(session.get, f"{url}/guarded", headers={"Authorization": f"Bearer {token}"})
            time.sleep(0.1)
            assert requests.get(f"{url}/free", timeout=5).text == "here"
            assert not waiting.done()
        finally:
            server.process.send_signal(signal.SIGCONT)
        assert waiting.result().status_code == 200
