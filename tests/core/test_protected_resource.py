import asyncio
import json
import re

import pytest
from forging import whole_guard
from starlette.applications import Starlette
from starlette.routing import Route

from scopekit import Vocabulary
from scopekit.asgi import requires, resource_metadata
from scopekit.errors import PolicyError, VocabularyError
from scopekit.protected_resource import metadata_address

API, ISSUER = "https://api.example/notes", "https://issuer.example/"
ADDRESSES = {
    "https://api.example": "https://api.example/.well-known/oauth-protected-resource",
    "https://api.example/": "https://api.example/.well-known/oauth-protected-resource",
    "https://api.example/notes": "https://api.example/.well-known/oauth-protected-resource/notes",
    "https://api.example:8443/a/b/": "https://api.example:8443/.well-known/oauth-protected-resource/a/b/",
    "http://127.0.0.1:8000/v1": "http://127.0.0.1:8000/.well-known/oauth-protected-resource/v1",
}


def get(app, path, method="GET"):
    """The status, headers and body of the response to a request without credentials."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": []}
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}, sent[1]["body"]


def document(guard, resource=API, servers=(ISSUER,), **options):
    """The metadata document that a route serves at its own path."""
    route = resource_metadata(guard, resource=resource, authorization_servers=servers, **options)
    return json.loads(get(Starlette(routes=[route]), route.path)[2])


@pytest.mark.parametrize(("resource", "address"), ADDRESSES.items(), ids=ADDRESSES)
def test_the_document_is_where_rfc_9728_has_it(guard, resource, address):
    route = resource_metadata(guard, resource=resource, authorization_servers=[ISSUER])
    assert metadata_address(resource) == address
    assert address.endswith(route.path)
    assert json.loads(get(Starlette(routes=[route]), route.path)[2])["resource"] == resource


def test_the_document_names_issuers_and_scopes():
    guard = whole_guard(vocabulary=Vocabulary({"notes": "All", "notes:read": "Read"}))
    assert document(guard) == {
        "resource": API, "authorization_servers": [ISSUER], "scopes_supported": ["notes", "notes:read"],
        "bearer_methods_supported": ["header"],
    }  # fmt: skip


def test_the_document_is_open_to_everyone_and_may_be_cached(guard):
    route = resource_metadata(guard, resource=API, authorization_servers=[ISSUER])
    for method in ("GET", "HEAD"):
        status, headers, _ = get(Starlette(routes=[route]), route.path, method)
        assert (status, headers["content-type"]) == (200, "application/json")
        assert headers["cache-control"] == "public, max-age=3600"
        assert headers["access-control-allow-origin"] == "*"


def test_members_may_be_added_and_empty_lists_are_left_out(guard):
    found = document(guard, servers=(), scopes=(), resource_documentation="https://api.example/docs")
    assert found == {
        "resource": API, "bearer_methods_supported": ["header"], "resource_documentation": "https://api.example/docs",
    }  # fmt: skip


def test_the_scopes_may_be_named_and_must_be_known(guard):
    assert document(guard, scopes=["repo", "gist"])["scopes_supported"] == ["gist", "repo"]
    with pytest.raises(VocabularyError, match="did you mean 'repo'"):
        document(guard, scopes=["rep"])


BAD = {
    "http": "http://api.example/",
    "a query": "https://api.example/?v=1",
    "a fragment": "https://api.example/#top",
    "no host": "https:///notes",
    "a name": "repos",
    "no text": 42,
    "no address": "https://[::1",
}


@pytest.mark.parametrize("url", BAD.values(), ids=BAD)
def test_an_address_that_no_client_could_trust_is_refused(guard, url):
    with pytest.raises(PolicyError, match="A resource must be an https address without query and fragment"):
        document(guard, resource=url)
    with pytest.raises(PolicyError, match="An authorization server must be an https address"):
        document(guard, servers=[url])


@pytest.mark.parametrize("lists", [{"servers": ISSUER}, {"scopes": "repo"}], ids=["issuers", "scopes"])
def test_a_text_in_place_of_a_list_is_refused(guard, lists):
    with pytest.raises(PolicyError, match="must be a list of text; found the text"):
        document(guard, **lists)


def test_a_challenge_names_nothing_but_an_address(guard):
    route = resource_metadata(guard, resource=API, authorization_servers=[ISSUER])
    for wrong, found in ((route, "Route"), ("/.well-known/x", "the text '/.well-known/x'")):
        with pytest.raises(PolicyError, match=f"resource_metadata must be an https address .*; found {found}"):
            requires(guard, "repo", resource_metadata=wrong)


def test_a_client_finds_the_document_from_a_refusal(guard):
    @requires(guard, "repo", resource_metadata=metadata_address(API))
    async def read(request):
        """Never reached without a token."""

    route = resource_metadata(guard, resource=API, authorization_servers=[ISSUER])
    app = Starlette(routes=[Route("/notes", read), route])
    challenge = get(app, "/notes")[1]["www-authenticate"]
    path = re.search(r'resource_metadata="https://api\.example([^"]+)"', challenge)[1]
    assert json.loads(get(app, path)[2])["authorization_servers"] == [ISSUER]
