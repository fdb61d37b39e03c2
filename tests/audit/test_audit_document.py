"""A whole document: its calls, what was left out and why, where its calls go, and how it looks."""

import copy
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scopekit.audit import Call, Document, read_document
from scopekit.errors import DocumentError

PETS = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "servers": [{"url": "https://{place}.example.com/v1/", "variables": {"place": {"default": "eu"}}}],
    "security": [{"oauth": ["pets:read"]}],
    "paths": {
        "/pets": {
            "get": {"operationId": "listPets", "responses": {"200": {}, "4XX": {}, "default": {}, "x-note": {}}},
            "post": {
                "security": [{"oauth": ["pets:write"]}],
                "requestBody": {"$ref": "#/components/requestBodies/Pet"},
                "x-scope-depends": ["body"],
            },
        },
        "/pets/{id}": {
            "parameters": [{"$ref": "#/components/parameters/Id"}],
            "delete": {"deprecated": True},
            "head": {"security": []},
        },
    },
    "components": {
        "parameters": {"Id": {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}},
        "requestBodies": {"Pet": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}},
        "schemas": {"Pet": {"type": "object", "required": ["name"], "properties": {"name": {"examples": ["Rex"]}}}},
        "securitySchemes": {
            "oauth": {
                "type": "oauth2",
                "flows": {"implicit": {"scopes": {"pets:read": "See pets", "pets:write": "Change pets"}}},
                "x-scope-implies": {"pets:write": ["pets:read"]},
            }
        },
    },
}


def with_paths(paths, **more):
    return read_document({"openapi": "3.0.0", "paths": paths, **more})


def reason(operation, path="/pets", item=None, **more):
    (left,) = with_paths({path: {"get": operation, **(item or {})}}, **more).left_out
    return left.reason


def test_a_document_is_read_whole():
    found = read_document(PETS)
    assert (found.title, found.base_url, found.operations) == ("Pets", "https://eu.example.com/v1", 4)
    assert [(call.name, str(call), str(call.requirement), call.body) for call in found.calls] == [
        ("listPets", "GET /pets", "pets:read", None),
        ("POST /pets", "POST /pets", "pets:write", {"name": "Rex"}),
        ("HEAD /pets/{id}", "HEAD /pets/1", "None", None),
    ]
    assert [str(left) for left in found.left_out] == ["DELETE /pets/{id}: The operation is deprecated."]
    assert found.vocabulary.expand(["pets:write"]) == {"pets:write", "pets:read"}


def test_a_call_knows_the_answers_that_its_operation_documents():
    assert read_document(PETS).calls[0].answers == {"200", "4XX", "default"}
    assert with_paths({"/": {"get": {"responses": {200: {}}}}}).calls[0].answers == {"200"}


def test_a_call_is_conditional_where_scopes_depend_on_the_request_and_no_case_says_how():
    assert [call.conditional for call in read_document(PETS).calls] == [False, True, False]
    operation = copy.deepcopy(PETS["paths"]["/pets"]["post"])
    operation["x-scope-conditions"] = [{"name": "any", "security": []}]
    (call,) = with_paths({"/pets": {"post": operation}}, components=PETS["components"]).calls
    assert (call.conditional, call.body) == (False, {"name": "Rex"})


@pytest.mark.parametrize(("method", "safe"), [("GET", True), ("HEAD", True), ("OPTIONS", True), ("POST", False)])
def test_a_call_is_safe_by_its_method(method, safe):
    assert Call("c", method, "/", "/", None).safe is safe


def test_a_path_may_be_a_reference():
    components = {"pathItems": {"Pets": {"get": {"operationId": "listPets"}}}}
    (call,) = with_paths({"/pets": {"$ref": "#/components/pathItems/Pets"}}, components=components).calls
    assert call.name == "listPets"


def test_webhooks_are_no_calls_and_a_document_may_have_no_paths():
    found = read_document({"openapi": "3.1.0", "webhooks": {"new": {"post": {}}}})
    assert (found.operations, found.calls) == (0, ())


# What is left out


def test_one_bad_operation_does_not_sink_the_others():
    found = with_paths({"/a": {"get": {}, "post": None}, "/b": None, "/c": {"$ref": "#/nowhere"}, "x-d": 1, 7: {}})
    assert [str(call) for call in found.calls] == ["GET /a"]
    assert [left.operation for left in found.left_out] == ["POST /a", "ANY /b", "ANY /c"]
    assert found.operations == 4


@pytest.mark.parametrize(
    ("ref", "told"),
    [
        ("#/components/parameters/No", "The `$ref` '#/components/parameters/No' points to nothing."),
        ("#/info/title/0/x", "The `$ref` '#/info/title/0/x' points to nothing."),
        ("other.yaml#/Id", "The `$ref` 'other.yaml#/Id' points outside the document."),
        ("http://192.0.2.1/id.json", "The `$ref` 'http://192.0.2.1/id.json' points outside the document."),
        ("#/components/parameters/Loop", "The `$ref` '#/components/parameters/Loop' leads in a circle."),
    ],
)
def test_a_reference_that_cannot_be_followed_leaves_its_operation_out(ref, told):
    loop = {"$ref": "#/components/parameters/Loop"}
    more = {"components": {"parameters": {"Loop": loop}}, "info": {"title": "Pets"}}
    assert reason({"parameters": [{"$ref": ref}]}, **more) == told


def test_an_operation_at_another_address_is_left_out():
    elsewhere = [{"url": "https://files.example.com"}]
    told = "The operation is served at another address, 'https://files.example.com'."
    assert reason({"servers": elsewhere}) == told
    assert reason({}, item={"servers": elsewhere}) == told
    assert with_paths({"/pets": {"get": {"servers": elsewhere}}}, servers=elsewhere).left_out == ()


def test_a_path_that_would_change_the_host_is_left_out():
    assert reason({}, path="@other.example/pets") == "The path does not begin with a slash."


def test_trace_is_left_out():
    (left,) = with_paths({"/pets": {"trace": {}}}).left_out
    assert str(left) == "TRACE /pets: A TRACE request must not carry a token (RFC 9110 section 9.3.8)."


def test_an_owner_by_another_claim_leaves_its_operation_out_with_the_reason():
    case = {"name": "n", "security": [], "example": {"path": {"id": "1"}}, "owner": {"claim": "client_id"}}
    told = "The owner of a case must name the claim 'sub'; found 'client_id'."
    assert reason({"x-scope-conditions": [case]}) == told


# What is no document


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"swagger": "2.0", "paths": {}}, "'Swagger 2.0'"),
        ({"openapi": "3.2.0", "paths": {}}, "'OpenAPI 3.2.0'"),
        ({"openapi": "3.10.0"}, "'OpenAPI 3.10.0'"),
        ({"openapi": None}, "'OpenAPI None'"),
        ({"asyncapi": "3.0.0"}, "'no version'"),
        ({}, "'no version'"),
    ],
    ids=str,
)
def test_another_version_is_refused_by_a_sentence_that_says_which_are_read(document, found):
    with pytest.raises(DocumentError) as caught:
        read_document(document)
    assert str(caught.value) == f"An OpenAPI document of version 3.0 or 3.1 is needed; found {found}."


@pytest.mark.parametrize("version", ["3.0.4", "3.1.2", "3.0", 3.1])
def test_versions_3_0_and_3_1_are_read(version):
    assert read_document({"openapi": version, "paths": {}}).operations == 0


@pytest.mark.parametrize("paths", [[], "paths", None, 7], ids=str)
def test_paths_that_are_none_are_refused(paths):
    with pytest.raises(DocumentError, match="must have paths with valid operations"):
        with_paths(paths)


# Where its calls go


@pytest.mark.parametrize(
    ("servers", "base_url"),
    [
        ([{"url": "https://api.example.com/"}, {"url": "https://other.example.com"}], "https://api.example.com"),
        ([{"url": "http://127.0.0.1:{port}", "variables": {"port": {"default": 8080}}}], "http://127.0.0.1:8080"),
        ([{"url": "https://{region}.example.com"}], None),
        ([{"url": "/v1"}], None),
        ([{"url": "ftp://example.com"}], None),
        ([{"url": "https://user:secret@example.com"}], None),
        ([{"url": "http://[::1"}], None),
        ([{"url": 7}], None),
        ({"url": "https://api.example.com"}, None),
        ([], None),
    ],
    ids=str,
)
def test_the_base_url_is_the_first_server_s_where_it_is_told(servers, base_url):
    assert with_paths({}, servers=servers).base_url == base_url


# How it looks


def test_a_document_prints_as_its_calls_with_what_each_needs():
    assert repr(read_document(PETS)).splitlines() == [
        "Pets at https://eu.example.com/v1: 4 operations, 3 calls, 2 scopes, 1 left out",
        "  GET /pets     pets:read",
        "  POST /pets    pets:write, depending on the request",
        "  HEAD /pets/1  no token",
        "left out",
        "  DELETE /pets/{id}: The operation is deprecated.",
    ]


def test_a_large_document_prints_the_first_of_its_calls():
    shown = repr(with_paths({f"/{n}": {"get": {}} for n in range(25)})).splitlines()
    assert (len(shown), shown[1], shown[-1]) == (22, "  GET /0   not documented", "  and 5 more")


def test_a_document_s_html_escapes_whatever_the_document_says():
    evil = "<script>alert(1)</script>"
    paths = {f"/{evil}": {"get": {"operationId": evil}, "put": {"deprecated": True}}}
    found = with_paths(paths, info={"title": evil}, security=[{"a": [evil]}])
    assert "<script" not in found._repr_html_()
    assert "&lt;script&gt;" in found._repr_html_()
    assert "The operation is deprecated." in found._repr_html_()


# Whatever happens to it

ODD = (
    None, True, -1, 0, 7.5, float("inf"), "", "x", "\ud800", [], {}, [None], [[]], {"a": {}}, {"$ref": 7},
    {"$ref": "#"}, {"$ref": "#/paths"}, {"$ref": "#/components/schemas"}, {"": None}, "a" * 300, 10**400,
)  # fmt: skip


def mangled(document, seed):
    """The document with up to four of its parts dropped or replaced by something odd."""
    chance, whole = random.Random(seed), copy.deepcopy(document)
    for _ in range(chance.randint(1, 4)):
        part, depth = whole, chance.randint(0, 12)
        while part:
            key = chance.choice(list(part) if isinstance(part, dict) else range(len(part)))
            if depth and isinstance(part[key], dict | list) and part[key]:
                part, depth = part[key], depth - 1
                continue
            if chance.random() < 0.4:
                del part[key]
            else:
                part[key] = copy.deepcopy(chance.choice(ODD))
            break
    return whole


def read_or_refused(document):
    try:
        found = read_document(document)
    except DocumentError:
        return
    assert isinstance(found, Document)
    json.dumps([call.body for call in found.calls], allow_nan=False)
    repr(found)
    found._repr_html_()
    tried = {(call.method, call.template) for call in found.calls}
    assert len(tried) + len(found.left_out) == found.operations


@given(seed=st.integers(0, 2**64))
@settings(max_examples=400)
def test_whatever_is_dropped_or_changed_in_a_document_it_is_read_or_refused(seed):
    read_or_refused(mangled(PETS, seed))


@pytest.fixture(scope="module")
def sample(world):
    """The sample API's own document."""
    return world.get("/openapi.json").json


@given(seed=st.integers(0, 2**64))
def test_whatever_is_dropped_or_changed_in_the_sample_api_s_document_it_is_read_or_refused(sample, seed):
    read_or_refused(mangled(sample, seed))


WORDS = ("paths", "/a", "get", "parameters", "schema", "security", "components", "$ref", "in", "name", "content")
anything = st.recursive(
    st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
)


@given(document=anything)
def test_whatever_stands_in_the_paths_it_is_read_or_refused(document):
    read_or_refused({"openapi": "3.1.0", "paths": document, "components": document})
