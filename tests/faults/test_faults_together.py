"""Several processes, several machines, many clients: all see one denylist."""

import statistics
import time

import pytest
from attack import at_once, call, reader, revoke, revoker
from redis_server import RedisServer

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
