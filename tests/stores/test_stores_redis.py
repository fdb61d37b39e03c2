import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import requests
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from scopekit import GITHUB, Guard, Issuer, Key, KeySet, LessonClock
from scopekit.asgi import requires
from scopekit.errors import PolicyError, StoreMissing, StoreUnavailable, needs_extra
from scopekit.http import answer
from scopekit.lab import Loopback
from scopekit.revocation import FOREVER, GRACE_SECONDS, RevocationQuery
from scopekit.stores.redis import RedisDenylist

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


def names(server):
    """The names of all that the server holds, apart from the list's mark."""
    with server.client() as client:
        return sorted(name.decode() for name in client.scan_iter() if name != b"scopekit:denylist")


def milliseconds_left(server):
    """How long the server will keep its one entry; -1 is for ever."""
    (name,) = names(server)
    with server.client() as client:
        return client.pttl(name)


# A list that is there


def test_a_server_without_the_list_stops_the_start(server):
    with pytest.raises(StoreMissing, match="This Redis holds no denylist; create one with create=True"):
        RedisDenylist(server.url)


def test_a_key_that_is_no_mark_is_neither_taken_for_a_list_nor_replaced_by_one(server):
    with server.client() as client:
        client.lpush("scopekit:denylist", "somebody else's")
        for create in (False, True):
            with pytest.raises(StoreUnavailable):
                RedisDenylist(server.url, create=create)
        assert client.lrange("scopekit:denylist", 0, -1) == [b"somebody else's"]


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


# Entries that end by themselves


def test_the_server_drops_an_entry_when_its_time_has_come(server, denylist):
    denylist.revoke(ISSUER, "id-1", until=time.time() - GRACE_SECONDS + 0.2)
    assert denylist.find(asked()) == "itself"
    end = time.monotonic() + 5
    while names(server) and time.monotonic() < end:
        time.sleep(0.02)
    assert denylist.find(asked()) is None
    assert len(denylist) == 0


def test_an_entry_is_kept_until_its_token_s_end_and_the_longest_leeway(server, denylist):
    denylist.revoke(ISSUER, "id-1", until=time.time() + HOUR)
    assert (HOUR + GRACE_SECONDS) * 1000 - 5000 < milliseconds_left(server) <= (HOUR + GRACE_SECONDS) * 1000 + 1


def test_how_long_is_told_by_the_guard_s_clock(server):
    denylist = RedisDenylist(server.url, create=True, clock=LessonClock(1000))
    denylist.revoke(ISSUER, "id-1", until=1000 + HOUR)
    assert milliseconds_left(server) > HOUR * 1000
    denylist.close()


@pytest.mark.parametrize("until", [FOREVER, FOREVER * 2.0, float("inf"), FOREVER - 1], ids=str)
def test_what_was_revoked_for_ever_never_ends(server, denylist, until):
    denylist.revoke(ISSUER, "id-1", until)
    assert milliseconds_left(server) == -1
    assert denylist.find(asked()) == "itself"


def test_an_earlier_end_shortens_nothing(server, denylist):
    denylist.revoke(ISSUER, "id-1")
    denylist.revoke(ISSUER, "id-1", until=time.time())
    assert milliseconds_left(server) == -1


def test_a_later_end_lengthens(server, denylist):
    denylist.revoke(ISSUER, "id-1", until=time.time())
    denylist.revoke(ISSUER, "id-1", until=time.time() + HOUR)
    assert milliseconds_left(server) > HOUR * 1000


def test_a_cut_off_never_ends(server, denylist):
    denylist.cut_off(ISSUER, 100)
    assert milliseconds_left(server) == -1


def test_what_ended_long_ago_is_acknowledged_and_gone(denylist):
    denylist.revoke(ISSUER, "id-1", until=1)
    time.sleep(0.01)
    assert denylist.find(asked()) is None


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
        client.set(f'scopekit:revoked:["{ISSUER}", "id-1', "1e9")
    with pytest.raises(StoreUnavailable, match="holds an entry whose name has no id"):
        denylist.listed(ISSUER)


def test_a_url_that_asks_for_text_does_not_change_what_is_read(server, denylist):
    denylist.revoke(ISSUER, "id-1", 1e10)
    with closing(RedisDenylist(f"{server.url}?decode_responses=true")) as second:
        assert second.listed(ISSUER) == (("id-1", 1e10),)


def test_a_list_that_holds_something_else_is_unavailable(server, denylist):
    with server.client() as client:
        client.set(f'scopekit:cut_off:["{ISSUER}", ""]', "yesterday")
    with pytest.raises(StoreUnavailable, match="holds an entry whose time is not a number"):
        denylist.find(asked())


def test_a_server_that_takes_no_writes_acknowledges_none(server, denylist):
    with server.client() as client:
        client.config_set("maxmemory", 1)
        try:
            with pytest.raises(StoreUnavailable):
                denylist.revoke(ISSUER, "id-1")
        finally:
            client.config_set("maxmemory", 0)


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
            with pytest.raises(StoreUnavailable, match="AuthenticationError"):
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
