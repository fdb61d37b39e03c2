"""Around the calls: hosts, dates, paths that are not there, and what an answer never holds."""

import http.client
from contextlib import closing, suppress

import pytest


def raw(lab, method, path, **headers):
    """One request whose Host header and path are sent as they are; the answer with its body read."""
    with closing(http.client.HTTPConnection(lab.url.removeprefix("http://"), timeout=10)) as connection:
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        response.text = response.read().decode()
        return response


def test_health_answers_without_a_token(lab):
    exchange = lab.get("/health")
    assert (exchange.status, exchange.json) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/nothing", "/user/nothing", "/modern/nothing", "/keys/nothing", "/", "/modern"])
def test_a_path_that_is_not_there_is_a_problem_body(lab, path):
    exchange = lab.get(path)
    assert (exchange.status, exchange.headers["content-type"]) == (404, "application/problem+json")
    assert exchange.json["detail"] == "There is nothing at this path."


def test_a_slash_too_many_is_no_redirect_to_an_address(lab):
    assert lab.get("/user/").status == 404
    assert "location" not in lab.get("/user/repos/").headers


@pytest.mark.parametrize("path", ["/user/repos", "/modern/user/repos", "/keys/user/repos"])
def test_a_method_that_is_not_there_is_a_problem_body(lab, path):
    exchange = lab.delete(path)
    assert (exchange.status, exchange.headers["content-type"]) == (405, "application/problem+json")
    assert exchange.json["detail"] == "This path does not answer DELETE."
    assert exchange.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "169.254.169.254"]
)
def test_a_page_that_rebinds_its_name_to_this_machine_is_refused(lab, host):
    assert raw(lab, "GET", "/health", Host=host).status == 400


@pytest.mark.parametrize("host", ["localhost", "localhost:1", "127.0.0.1", "LOCALHOST"])
def test_the_names_of_this_machine_are_answered(lab, host):
    assert raw(lab, "GET", "/health", Host=host).status == 200


@pytest.mark.parametrize("path", ["/health", "/nothing", "/user", "/docs"])
def test_every_answer_is_dated_by_the_clock_of_the_api(lab, path):
    assert lab.get(path).headers["date"] == "Tue, 25 Nov 2014 15:25:09 GMT"
    lab.clock.advance(3600)
    assert lab.get(path).headers["date"] == "Tue, 25 Nov 2014 16:25:09 GMT"


def test_no_answer_names_the_server_or_opens_itself_to_other_origins(lab):
    response = raw(lab, "GET", "/health", Origin="http://evil.example")
    assert response.getheader("server") is None
    assert response.getheader("access-control-allow-origin") is None


def test_a_token_in_the_address_is_refused(lab):
    exchange = lab.get(f"/user?access_token={lab.mint(['user'])}")
    assert exchange.status == 401
    assert "no token" not in exchange.text


def test_two_tokens_in_one_request_are_refused(lab):
    exchange = lab.get(f"/user?access_token={lab.mint(['user'])}", lab.mint(["user"]))
    assert (exchange.status, exchange.json["error"]) == (400, "invalid_request")


def test_an_expired_token_is_refused_and_told_so(lab):
    token = lab.mint(["user"])
    lab.clock.advance(3600)
    exchange = lab.get("/user", token)
    assert (exchange.status, exchange.json["detail"]) == (401, "The token has expired.")
    assert exchange.headers["www-authenticate"].startswith('Bearer realm="https://api.example/", error="invalid_token"')


def test_a_denial_says_nothing_of_what_the_token_holds(lab):
    exchange = lab.get("/user/codespaces", lab.mint(["gist", "notifications"], subject="hubot"))
    assert exchange.status == 403
    for secret in ("gist", "notifications", "hubot"):
        assert secret not in exchange.text + exchange.headers["www-authenticate"]


def test_a_refusal_is_not_kept_by_any_cache(lab):
    assert lab.get("/user").headers["cache-control"] == "no-store"
    assert lab.get("/user/codespaces", lab.mint([])).headers["cache-control"] == "no-store"


def test_a_header_of_four_megabytes_is_cut_off(lab):
    with suppress(ConnectionError):  # the server may hang up before it has read it all
        assert raw(lab, "GET", "/health", Authorization="Bearer " + "a" * 4_000_000).status == 400
    assert lab.get("/health").status == 200


def test_a_header_of_forty_kilobytes_is_no_token(lab):
    response = raw(lab, "GET", "/user", Authorization="Bearer " + "a" * 40_000)
    assert (response.status, "malformed" in response.text) == (401, True)


def test_allow_names_every_method_of_a_path(lab):
    answer = lab.request("PATCH", "/user/emails")
    assert (answer.status, answer.headers["allow"]) == (405, "DELETE, GET, HEAD, POST")
