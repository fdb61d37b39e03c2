import json

import pytest
from jwks_server import JwksServer

from scopekit import GITHUB, Guard, Issuer, Key, KeySet, LessonClock
from scopekit.errors import KeysUnavailable, KeysUnusable, PolicyError
from scopekit.keys import WouldWait
from scopekit.stores.discovery import DiscoveredKeySet

NOW = 1416929109
OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"


class Provider(JwksServer):
    """An issuer: a server with a document at each path, and 404 elsewhere."""

    def __init__(self):
        super().__init__()
        self.documents = {}

    @property
    def base(self):
        return f"http://127.0.0.1:{self.port}"

    def publish(self, issuer, /, *keys, at=OPENID, jwks_path="/keys", **members):
        """Publishes metadata and a JWK Set; the metadata names `issuer`."""
        path = issuer.removeprefix(self.base).rstrip("/")
        place = f"{path}{at}" if at == OPENID else f"{at}{path}"
        self.documents[place] = {"issuer": issuer, "jwks_uri": f"{self.base}{jwks_path}", **members}
        self.documents[jwks_path] = {"keys": [key if isinstance(key, dict) else key.to_jwk() for key in keys]}
        return issuer

    def _handler(self):
        handler, provider = super()._handler(), self

        class Handler(handler):
            def do_GET(self):
                document = provider.documents.get(self.path)
                provider.serve(b"" if document is None else document, 404 if document is None else 200)
                super().do_GET()

        return Handler

    @property
    def paths(self):
        return [path for path, _ in self.requests]


@pytest.fixture
def provider():
    provider = Provider()
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def clock():
    return LessonClock(NOW)


def pair(issuer, kid="k1", alg="ES256"):
    return Key.generate(kid, alg, issuer)


def bare(key):
    """The public JWK of a key as Entra ID publishes it: without `alg`, and without an owner."""
    return {name: value for name, value in key.to_jwk().items() if name not in ("alg", "iss")}


def opens(keys, key, clock, **claims):
    """Whether a guard with these keys takes a token that `key` signed."""
    token = Issuer(key, GITHUB, "repos", clock).mint(["repo"], ttl_seconds=24 * 3600)
    return bool(Guard(keys, audience="repos", profile=GITHUB, clock=clock).decide(f"Bearer {token}"))


# Where the metadata is


@pytest.mark.parametrize("path", ["", "/", "/realms/shop", "/oauth2/default/"], ids=["bare", "slash", "path", "path/"])
@pytest.mark.parametrize("at", [OPENID, OAUTH], ids=["openid", "oauth"])
def test_an_issuer_s_keys_are_found_by_its_name(provider, clock, path, at):
    key = pair(f"{provider.base}{path}")
    provider.publish(key.issuer, key, at=at)
    assert opens(DiscoveredKeySet(key.issuer, clock=clock), key, clock)
    rest = path.rstrip("/")
    asked = [f"{rest}{OPENID}"] if at == OPENID else [f"{rest}{OPENID}", f"{OAUTH}{rest}"]
    assert provider.paths == [*asked, "/keys"]


def test_nothing_is_fetched_before_a_key_is_needed(provider, clock):
    keys = DiscoveredKeySet(f"{provider.base}/realms/shop", clock=clock)
    guard = Guard(keys, audience="repos", profile=GITHUB, clock=clock)
    assert (repr(keys), len(keys)) == (f"<DiscoveredKeySet of '{keys.issuer}': nothing fetched yet>", 0)
    assert (keys.waits, keys.speaks_for(keys.issuer), keys.skipped) == (True, True, ())
    with pytest.raises(WouldWait):
        keys.get("k1", wait=False)
    assert guard.policy.keys is keys
    assert provider.asked == 0


def test_the_metadata_is_read_with_each_set_so_that_a_stolen_key_ends_where_the_set_has_moved(provider, clock):
    stolen, new = pair(f"{provider.base}/"), pair(f"{provider.base}/", "k2")
    provider.publish(stolen.issuer, stolen)
    keys = DiscoveredKeySet(stolen.issuer, clock=clock)
    assert opens(keys, stolen, clock)
    provider.publish(stolen.issuer, stolen, jwks_path="/keys")  # the old address goes on listing the stolen key
    provider.publish(stolen.issuer, new, jwks_path="/moved")
    keys.refresh()
    assert (opens(keys, stolen, clock), opens(keys, new, clock)) == (False, True)
    assert provider.paths[:4] == [OPENID, "/keys", OPENID, "/moved"]


def test_a_new_key_at_a_new_address_is_found_by_its_kid(provider, clock):
    old, new = pair(f"{provider.base}/"), pair(f"{provider.base}/", "k2")
    provider.publish(old.issuer, old)
    keys = DiscoveredKeySet(old.issuer, clock=clock)
    assert opens(keys, old, clock)
    provider.publish(old.issuer, old, new, jwks_path="/moved")
    clock.advance(30)
    assert opens(keys, new, clock)


# What the metadata must say


def refused(provider, clock, **members):
    """The error of a set whose metadata says this."""
    issuer = provider.publish(f"{provider.base}/a", pair(f"{provider.base}/a"), **members)
    with pytest.raises(KeysUnusable) as caught:
        DiscoveredKeySet(issuer, clock=clock).refresh()
    assert "/keys" not in provider.paths
    return str(caught.value).removeprefix(f"The metadata at {issuer}{OPENID} cannot be used: ")


@pytest.mark.parametrize("other", ["https://other.example/", "", None, 7, ["a"]], ids=str)
def test_metadata_of_another_issuer_is_refused(provider, clock, other):
    sentence = refused(provider, clock, issuer=other)
    assert sentence.startswith(f"its 'issuer' must be '{provider.base}/a' (RFC 8414 section 3.3); found {other!r}")


def test_metadata_whose_issuer_differs_by_a_slash_says_so(provider, clock):
    sentence = refused(provider, clock, issuer=f"{provider.base}/a/")
    assert sentence.endswith(f"found '{provider.base}/a/'; they differ by a slash.")


@pytest.mark.parametrize(
    "uri", [None, 7, "", "/keys", "http://issuer.example/keys", "file:///etc/passwd", "http://10.0.0.1/keys"], ids=str
)
def test_an_address_of_keys_that_is_not_safe_is_refused(provider, clock, uri):
    sentence = refused(provider, clock, jwks_uri=uri)
    assert sentence.startswith("its 'jwks_uri' must be an https:// address, or http:// on this machine if the issuer")


def test_an_issuer_elsewhere_never_sends_a_guard_to_its_own_machine():
    keys = DiscoveredKeySet("https://issuer.example/")
    metadata = {"issuer": "https://issuer.example/", "jwks_uri": "http://127.0.0.1:8080/"}
    with pytest.raises(Exception, match="its 'jwks_uri' must be an https:// address"):
        keys._checked(metadata)
    assert keys._checked({**metadata, "jwks_uri": "https://keys.example/"}).jwks_uri == "https://keys.example/"


def test_no_metadata_at_either_place_is_one_sentence_with_both(provider, clock):
    keys = DiscoveredKeySet(f"{provider.base}/a", clock=clock)
    with pytest.raises(KeysUnavailable) as caught:
        keys.refresh()
    places = f"{provider.base}/a{OPENID} or {provider.base}{OAUTH}/a"
    assert str(caught.value) == f"The metadata at {places} cannot be used: the answer has the status 404."
    assert not isinstance(caught.value, KeysUnusable)


@pytest.mark.parametrize(
    "page", [b"<!doctype html>", b"\xff", [], b"[" * 60_000], ids=["page", "bytes", "list", "deep"]
)
def test_a_page_in_place_of_metadata_is_named_and_the_other_place_is_tried(provider, clock, page):
    key = pair(f"{provider.base}/a")
    provider.publish(key.issuer, key, at=OAUTH)
    provider.documents[f"/a{OPENID}"] = page
    assert opens(DiscoveredKeySet(key.issuer, clock=clock), key, clock)
    provider.documents[f"{OAUTH}/a"] = page
    with pytest.raises(KeysUnusable, match="cannot be used: it is not a JSON object"):
        DiscoveredKeySet(key.issuer, clock=clock).refresh()


def test_a_set_of_keys_that_fails_is_named_by_its_own_address(provider, clock):
    issuer = provider.publish(f"{provider.base}/", jwks_path="/keys?token=secret")
    with pytest.raises(KeysUnusable) as caught:
        DiscoveredKeySet(issuer, clock=clock).refresh()
    assert str(caught.value) == f"The key set at {provider.base}/keys cannot be used: it holds no key."


def test_a_source_that_is_down_has_the_grace_and_the_cooldown_of_any_remote_set(provider, clock, caplog):
    key = pair(f"{provider.base}/")
    provider.publish(key.issuer, key)
    keys = DiscoveredKeySet(key.issuer, clock=clock)
    assert opens(keys, key, clock)
    provider.stop()
    clock.advance(300)
    for _ in range(5):
        assert opens(keys, key, clock)
    assert len(caplog.records) == 1
    clock.advance(3600)
    with pytest.raises(KeysUnavailable, match="ConnectionRefusedError"):
        keys.get("k1")


def test_all_requests_of_a_renewal_together_have_one_limit_of_time(provider, clock):
    provider.documents = {}
    keys = DiscoveredKeySet(f"{provider.base}/", clock=clock, timeout_seconds=0)
    with pytest.raises(KeysUnavailable, match=r"cannot be used: (the request failed|the answer has the status 404)"):
        keys.refresh()


# Which algorithm


def test_the_metadata_s_list_binds_a_key_without_alg_where_it_leaves_one(provider, clock):
    key = pair(f"{provider.base}/", alg="RS256")
    provider.publish(key.issuer, bare(key), id_token_signing_alg_values_supported=["HS256", "RS256", "ES256"])
    assert opens(DiscoveredKeySet(key.issuer, clock=clock), key, clock)


@pytest.mark.parametrize("listed", [["RS256", "PS256"], None, "RS256", []], ids=str)
def test_where_it_leaves_several_the_operator_says_which(provider, clock, listed):
    key = pair(f"{provider.base}/", alg="PS256")
    provider.publish(key.issuer, bare(key), id_token_signing_alg_values_supported=listed)
    with pytest.raises(KeysUnusable, match=r"The JWK has no alg, and its key fits RS256, .*; choose one"):
        DiscoveredKeySet(key.issuer, clock=clock).refresh()
    assert opens(DiscoveredKeySet(key.issuer, alg="PS256", clock=clock), key, clock)


# Entra ID: one set of keys for many tenants


@pytest.mark.parametrize("tenants", ["common", "organizations"])
def test_an_endpoint_for_all_tenants_speaks_for_each_by_a_template(provider, clock, tenants):
    template = f"{provider.base}/{{tid}}/v2.0"
    key = pair(f"{provider.base}/7/v2.0", alg="RS256")
    asked = f"{provider.base}/{tenants}/v2.0"
    jwk = {**bare(key), "issuer": f"{provider.base}/{{tenantid}}/v2.0"}
    supported = {"id_token_signing_alg_values_supported": ["RS256"]}
    provider.publish(asked, jwk, **supported)
    provider.documents[f"/{tenants}/v2.0{OPENID}"]["issuer"] = f"{provider.base}/{{tenantid}}/v2.0"
    keys = DiscoveredKeySet(asked, clock=clock)
    assert keys.speaks_for(key.issuer)
    assert [each.issuer for each in keys.of_issuer(key.issuer)] == [template]
    assert (keys.owner, keys.speaks_for(asked), keys.of_issuer(f"{provider.base}/a/b/v2.0")) == (template, True, ())


def test_a_realm_that_is_called_common_is_an_issuer_like_any_other(provider, clock):
    key = pair(f"{provider.base}/realms/common")
    provider.publish(key.issuer, key)
    keys = DiscoveredKeySet(key.issuer, clock=clock)
    assert opens(keys, key, clock)
    assert not keys.speaks_for(f"{provider.base}/realms/other")


def test_a_template_is_taken_from_an_endpoint_for_all_tenants_alone(provider, clock):
    sentence = refused(provider, clock, issuer=f"{provider.base}/{{tenantid}}")
    assert sentence.startswith(f"its 'issuer' must be '{provider.base}/a'")


# Names that are no issuer


@pytest.mark.parametrize(
    ("issuer", "sentence"),
    [
        ("https://a.example/.well-known/openid-configuration", "without '/.well-known/' .*: 'https://a.example'"),
        ("tenant.eu.auth0.com", "such as https://login.example/; found 'tenant.eu.auth0.com'"),
        ("https://a.example/{tid}/v2.0", "without a query or braces"),
        ("https://a.example/?x=y", "without a query"),
        ("http://a.example/", "https://, or from http:// on this machine"),
        (None, "found None"),
        ("", "found ''"),
    ],
)
def test_what_is_no_issuer_with_metadata_is_refused(issuer, sentence):
    with pytest.raises(PolicyError, match=sentence):
        DiscoveredKeySet(issuer)


# Several issuers in one set


def test_several_issuers_stand_in_one_set_and_none_speaks_for_another(provider, clock):
    first, second = pair(f"{provider.base}/a", "k"), pair(f"{provider.base}/b", "k")
    for key in (first, second):
        provider.publish(key.issuer, key, jwks_path=f"{key.issuer.removeprefix(provider.base)}/keys")
    local = Key.generate("k", issuer="https://local.example/")
    keys = KeySet.of(
        KeySet([local]), DiscoveredKeySet(first.issuer, clock=clock), DiscoveredKeySet(second.issuer, clock=clock)
    )
    assert keys.waits
    assert keys.get("k", local.issuer) == local
    assert provider.asked == 0
    assert keys.get("k", first.issuer) == first.public()
    assert set(provider.paths) == {f"/a{OPENID}", "/a/keys"}
    assert keys.get("k", second.issuer) == second.public()
    assert keys.of_issuer(second.issuer) == (second.public(),)
    assert keys.get("k", "https://nobody.example/") is None
    assert keys.get("k") is None
    assert not keys.waits
    assert json.loads(json.dumps(keys.to_jwks()))["keys"][0]["kid"] == "k"


def test_an_issuer_that_is_down_does_not_stop_another(provider, clock):
    key = pair(f"{provider.base}/a", "mine")
    provider.publish(key.issuer, key)
    keys = KeySet.of(DiscoveredKeySet("http://127.0.0.1:1/", clock=clock), DiscoveredKeySet(key.issuer, clock=clock))
    assert keys.get("mine", key.issuer) == key.public()
    assert keys.get("mine") == key.public()
    assert keys.get("mine", "https://nobody.example/") == key.public()  # the check `issuer` says whose it is
    with pytest.raises(KeysUnavailable):
        keys.get("mine", "http://127.0.0.1:1/")
    with pytest.raises(KeysUnavailable):
        keys.get("unknown")
    assert keys.get("unknown", key.issuer) is None
