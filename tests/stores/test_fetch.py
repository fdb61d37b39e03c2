"""One GET over HTTP: what every caller of it can rely on. Limits of size and time are shown with the key sets."""

import pytest
from jwks_server import JwksServer

from scopekit.errors import PolicyError
from scopekit.stores.fetch import FetchError, fetch, is_loopback, trustworthy


@pytest.fixture
def server():
    server = JwksServer()
    server.start()
    yield server
    server.stop()


def asked(url, **how):
    return fetch(url, **{"max_bytes": 100, "timeout_seconds": 2, **how})


def test_a_body_comes_with_its_url(server):
    server.serve(b"text")
    assert asked(server.url) == (b"text", server.url)


def test_a_body_that_ends_before_its_announced_length_is_refused(server):
    server.serve(b"openapi: 3.1.0", Content_Length="50")
    with pytest.raises(FetchError, match=r"the request failed \(IncompleteRead\)"):
        asked(server.url)


def test_a_redirect_is_a_status_like_any_other_unless_it_is_to_be_followed(server):
    server.serve(b"", status=302, Location="/elsewhere")
    with pytest.raises(FetchError, match="the answer has the status 302"):
        asked(server.url)
    with pytest.raises(FetchError, match="it redirects more than 2 times"):
        asked(server.url, max_redirects=2)
    assert [path for path, _ in server.requests[1:]] == ["/jwks.json", "/elsewhere", "/elsewhere"]


def test_a_user_in_the_url_is_sent_as_basic_and_never_said(server):
    server.serve(b"", status=401)
    with pytest.raises(FetchError) as caught:
        asked(server.url.replace("//", "//me:s%20cret@"))
    assert server.requests[0][1]["Authorization"] == "Basic bWU6cyBjcmV0"
    assert "cret" not in str(caught.value)


def test_a_user_is_not_sent_to_another_host(server):
    server.serve(b"", status=302, Location=f"http://localhost:{server.port}/")
    with pytest.raises(FetchError, match="it redirects to another host, 'localhost'"):
        asked(server.url.replace("//", "//me:secret@"), max_redirects=5)
    assert server.asked == 1


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_these_hosts_are_this_machine(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", [None, "", "example.com", "localhost.example.com", "127.0.0.1.example.com", "10.0.0.1", "0.0.0.0", "::"]
)
def test_these_hosts_may_be_another_machine(host):
    assert not is_loopback(host)


def test_keys_come_from_an_encrypted_url_or_from_this_machine():
    assert trustworthy("https://issuer.example/keys") == "https://issuer.example/keys"
    with pytest.raises(PolicyError, match="Keys must come from https://, or from http:// on this machine"):
        trustworthy("http://issuer.example/keys")
