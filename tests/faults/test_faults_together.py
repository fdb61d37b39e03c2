"""Several processes, several machines, many clients: all see one denylist."""

import re
import statistics
import time

import pytest
import requests
from attack import at_once, call, reader, revoke, revoker
from redis_server import RedisServer

from sample_api.oauth import grants
from sample_api.state import ISSUER
from scopekit import Issuer, KeySet

CLIENTS, CALLS = 200, 10


def test_what_one_process_takes_back_another_on_the_same_folder_refuses_at_once(folder, serve):
    one, other = serve("--state", folder), serve("--state", folder)
    with one.connect() as revoking, other.connect() as reading:
        for name in (f"token {number}" for number in range(50)):
            token = reader(folder, name)
            assert call(reading, "GET", "/api/v2/users", token) == 200
            assert revoke(revoking, revoker(folder), name) == 204
            assert call(reading, "GET", "/api/v2/users", token) == 401


def test_without_its_redis_the_api_answers_503_and_rightly_once_it_is_back(serve, tmp_path):
    folder = tmp_path / "new"
    (tmp_path / "redis").mkdir()
    with RedisServer(tmp_path / "redis") as server:
        api = serve("--state", folder, "--redis", server.url, "--init")
        gone, good = reader(folder, "gone"), reader(folder, "good")
        with api.connect() as connection:
            assert revoke(connection, revoker(folder), "gone") == 204
        server.stop(harshly=True)
        assert {api.ask("GET", "/api/v2/users", token) for token in (gone, good)} == {503}
        server.start()
        assert [api.ask("GET", "/api/v2/users", token) for token in (gone, good)] == [401, 200]


REQUEST = {
    "response_type": "code", "client_id": "gallery", "redirect_uri": "http://127.0.0.1:8642/callback", "scope": "gist",
    "code_challenge": "c" * 43, "code_challenge_method": "S256",
}  # fmt: skip
ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def test_of_two_processes_that_get_one_assertion_at_once_one_gives_a_token_for_it(folder, serve):
    urls = [serve("--state", folder).url for _ in range(2)]
    (key,) = KeySet.from_jwks((folder / "tenants.json").read_text()).of_issuer("tenant_1")
    issuer = Issuer(key, grants.ASSERTION, ISSUER)
    for _ in range(20):
        form = {"grant_type": ASSERTION, "assertion": str(issuer.mint([], subject="alice"))}

        def hand_in(number, form=form):
            return requests.post(f"{urls[number % 2]}/oauth/token", data=form, timeout=30).status_code

        assert sorted(at_once(8, hand_in)) == [200] + [400] * 7


def test_of_two_processes_that_get_one_answered_page_at_once_one_sends_a_code(folder, serve):
    urls = [serve("--state", folder).url for _ in range(2)]
    for _ in range(20):
        page = requests.get(f"{urls[0]}/oauth/authorize", params=REQUEST, timeout=30).text
        form = {"ticket": re.search(r'name="ticket" value="(.*?)"', page)[1], "scope": "gist", "decision": "allow"}

        def answer(number, form=form):
            sent = requests.post(f"{urls[number % 2]}/oauth/authorize", form, allow_redirects=False, timeout=30)
            return sent.status_code

        assert sorted(at_once(8, answer)) == [303] + [400] * 7


@pytest.mark.slow
def test_two_hundred_clients_at_once_get_no_wrong_answer_while_tokens_are_taken_back(folder, serve, capsys):
    api, seconds = serve("--state", folder), []

    def client(number):
        """Ten calls; every other client has its token taken back after the fifth."""
        name, told = f"client {number}", []
        token = reader(folder, name)
        with api.connect() as connection:
            for nth in range(CALLS):
                if nth == CALLS // 2 and number % 2:
                    assert revoke(connection, revoker(folder), name) == 204
                start = time.perf_counter()
                told.append(call(connection, "GET", "/api/v2/users", token))
                seconds.append(time.perf_counter() - start)
        return told

    told = at_once(CLIENTS, client)
    assert told[::2] == [[200] * 10] * 100
    assert told[1::2] == [[200] * 5 + [401] * 5] * 100
    with capsys.disabled():
        p99 = statistics.quantiles(seconds, n=100)[98]
        print(
            f"\n200 clients at once, {len(seconds)} calls: median {statistics.median(seconds):.3f} s, p99 {p99:.3f} s"
        )
