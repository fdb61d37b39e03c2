"""What is published (RFC 8414, RFC 9728, RFC 7517): it is true, and it holds no secret."""

import pytest
import requests
from authorizing import MODERN, REPOS, Authorizing
from serving import in_thread

from sample_api import State, create_app
from scopekit.keys import KeySet
from scopekit.tokens import Token

WELL_KNOWN = "/.well-known/oauth-authorization-server"
ASYMMETRIC = ["RS256", "PS256", "ES256", "Ed25519"]


def get(lab, path):
    return lab.session.get(lab.url + path, timeout=10)


@pytest.fixture
def metadata(lab):
    return get(lab, WELL_KNOWN).json()


def test_md_1_the_issuer_is_that_of_the_tokens(lab, metadata):
    assert metadata["issuer"] == lab.mint(["gist"]).claims["iss"] == "https://issuer.example/"


def test_md_1_all_addresses_are_where_the_document_is(lab, metadata):
    addresses = {name: value for name, value in metadata.items() if name.endswith(("_endpoint", "jwks_uri"))}
    assert len(addresses) == 6
    assert {value.rpartition(lab.url)[0] for value in addresses.values()} == {""}


def test_every_endpoint_that_is_named_is_there(lab, metadata):
    for name, value in metadata.items():
        if name.endswith(("_endpoint", "jwks_uri")):
            assert lab.session.request("OPTIONS", value, timeout=10).status_code == 405, name


def test_every_grant_that_is_named_is_known_and_the_token_endpoint_names_the_same(lab, metadata):
    told = Authorizing(lab).ask(grant_type="none such").json()["error_description"]
    assert told == f"The grant_type must be one of {', '.join(metadata['grant_types_supported'])}; found 'none such'."


def test_what_is_required_is_there(lab, metadata):
    assert metadata["response_types_supported"] == ["code"]
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert set(metadata["scopes_supported"]) == {"openid", *lab.vocabulary}


def test_openid_discovery_reads_the_same_document(lab, metadata):
    document = get(lab, "/.well-known/openid-configuration").json()
    assert document == metadata
    assert (document["subject_types_supported"], document["id_token_signing_alg_values_supported"]) == (
        ["public"],
        ["HS256"],
    )


@pytest.mark.parametrize(("path", "resource"), [("", REPOS), ("/modern", MODERN)], ids=["root", "modern"])
def test_an_api_says_whose_tokens_it_takes(lab, path, resource):
    document = get(lab, f"/.well-known/oauth-protected-resource{path}").json()
    assert (document["resource"], document["authorization_servers"]) == (resource, ["https://issuer.example/"])
    assert document["bearer_methods_supported"] == ["header"]


def test_jwk_3_of_a_secret_nothing_is_published(lab):
    answer = get(lab, "/.well-known/jwks.json")
    assert (answer.json(), answer.headers["content-type"]) == ({"keys": []}, "application/jwk-set+json")


@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_jwk_3_at_3_the_public_key_that_is_published_verifies_a_token_and_signs_none(alg):
    state = State.in_memory(alg=alg)
    with in_thread(create_app(state)) as url, requests.Session() as session:
        session.trust_env = False
        form = {"grant_type": "client_credentials", "audience": MODERN}
        answer = session.post(f"{url}/oauth/token", data=form, auth=("explorer", state.clients["explorer"]), timeout=10)
        document = session.get(f"{url}/.well-known/jwks.json", timeout=10).json()
    (key,) = KeySet.from_jwks(document)
    token = Token.parse(answer.json()["access_token"])
    assert (key.alg, key.verify_only) == (alg, True)
    assert not {"d", "p", "q", "dp", "dq", "qi", "oth", "k"} & document["keys"][0].keys()
    assert key.verifies(token.signing_input, token.signature)
