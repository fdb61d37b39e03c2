"""Power is cut: what was acknowledged is kept."""

import http.client
import threading

from attack import at_once, call, reader, revoke, revoker

CLIENTS, EACH = 16, 63


def test_no_acknowledged_revocation_is_lost_when_the_api_is_killed_amid_a_thousand(folder, serve):
    api, token = serve("--state", folder), revoker(folder)
    acknowledged, half = [], threading.Event()

    def client(number):
        with api.connect() as connection:
            for name in (f"client {number} token {each}" for each in range(EACH)):
                try:
                    status = revoke(connection, token, name)
                except (OSError, http.client.HTTPException):
                    return
                assert status == 204
                acknowledged.append(name)
                if len(acknowledged) >= CLIENTS * EACH // 2:
                    half.set()

    killer = threading.Thread(target=lambda: half.wait(60) and api.kill())
    killer.start()
    at_once(CLIENTS, client)
    killer.join()
    assert CLIENTS * EACH // 2 <= len(acknowledged) < CLIENTS * EACH, "killed too early or too late to tell"

    again = serve("--state", folder)
    with again.connect() as connection:
        found = {name: call(connection, "GET", "/api/v2/users", reader(folder, name)) for name in acknowledged}
    assert {name for name, status in found.items() if status != 401} == set()
