"""Calls read from an OpenAPI document, and exchanges made of them."""

import json

import pytest

from scopekit import any_of
from scopekit.audit import Call, Exchange, read_calls, read_vocabulary
from scopekit.errors import DocumentError, InputError, ScopeKitError
from scopekit.requirements import NO_SCOPE, Requirement


def document(operation, **more):
    return {"openapi": "3.1.0", "paths": {"/pets/{id}": {"get": operation}}, **more}


def needed(security):
    (call,) = read_calls(document({"security": security}))
    return call.requirement


def answered(status, text, phrase="Phrase"):
    return Exchange("GET", "/pets", {"Authorization": "Bearer $TOKEN"}, "", status, phrase, {}, text)


# The sample API's own document


def test_the_sample_api_has_28_calls_and_34_scopes(world):
    assert len(world.calls) == 28
    assert len(world.vocabulary) == 34
    assert world.vocabulary.expand(["user"]) == {"user", "read:user", "user:email", "user:follow"}


def test_each_case_of_an_operation_is_a_call_of_its_own(world):
    cases = [call for call in world.calls if str(call) == "POST /user/repos"]
    assert [(call.name, str(call.requirement), call.body) for call in cases] == [
        ("create a public repository", "public_repo or repo", {"name": "demo"}),
        ("create a private repository", "repo", {"name": "diary", "private": True}),
    ]


def test_the_example_fills_the_path(world):
    (call,) = (call for call in world.calls if call.name == "write a workflow file")
    assert call.path == "/repos/octocat/hello-world/contents/.github/workflows/ci.yml"
    assert call.template == "/repos/{owner}/{repo}/contents/{path}"


def test_a_deprecated_operation_is_no_call(world):
    assert "/user/repo" not in {call.path for call in world.calls}


def test_no_call_has_a_parameter_left_open(world):
    assert [call.path for call in world.calls if "{" in call.path] == []


def test_behind_an_opaque_key_no_call_needs_a_scope(world):
    calls = read_calls(world.get("/keys/openapi.json").json)
    assert len(calls) == 28
    assert {call.requirement for call in calls} == {NO_SCOPE}


# Anyone's document


def test_several_security_entries_are_alternatives(world):
    assert needed([{"a": ["repo"]}, {"a": ["public_repo"]}]) == any_of("repo", "public_repo")


def test_the_scopes_of_one_entry_are_all_needed():
    assert needed([{"a": ["repo", "workflow"]}]) == Requirement((frozenset({"repo", "workflow"}),))


def test_the_schemes_of_one_entry_are_all_needed():
    assert needed([{"a": ["repo"], "b": ["gist"]}]) == Requirement((frozenset({"repo", "gist"}),))


def test_a_scheme_without_scopes_needs_a_token_and_no_scope():
    assert needed([{"a": []}]) == NO_SCOPE


@pytest.mark.parametrize(
    "security",
    [[], [{}]],
    ids=["open to all", "an empty entry"],
)
def test_what_a_requirement_cannot_say_stays_undetermined(security):
    assert needed(security) is None


def test_an_operation_that_says_nothing_stays_undetermined():
    (call,) = read_calls(document({"responses": {}}))
    assert call.requirement is None


def test_an_operation_that_says_nothing_has_the_security_of_the_document():
    (call,) = read_calls(document({}, security=[{"a": ["repo"]}]))
    assert call.requirement == any_of("repo")


def test_an_operation_of_its_own_security_does_not_have_that_of_the_document():
    (call,) = read_calls(document({"security": [{"a": ["gist"]}]}, security=[{"a": ["repo"]}]))
    assert call.requirement == any_of("gist")


def test_a_call_is_named_by_its_operation_id_or_by_method_and_path():
    (named,) = read_calls(document({"operationId": "readPet"}))
    (unnamed,) = read_calls(document({}))
    assert (named.name, unnamed.name) == ("readPet", "GET /pets/{id}")


def test_an_example_is_quoted_into_the_path_and_keeps_its_slashes():
    case = {"name": "odd", "security": [{"a": []}], "example": {"path": {"id": "a b/c?d#e"}}}
    (call,) = read_calls(document({"x-scope-conditions": [case]}))
    assert call.path == "/pets/a%20b/c%3Fd%23e"


def test_an_example_s_query_is_part_of_the_path():
    case = {"name": "find", "security": [{"a": []}], "example": {"path": {"id": "1"}, "query": {"q": "a b&c"}}}
    (call,) = read_calls(document({"x-scope-conditions": [case]}))
    assert call.path == "/pets/1?q=a+b%26c"


def owned(**changes):
    """The one call of a document in which the pet's owner needs the scope `mine` alone."""
    owner = {"parameter": "id", "claim": "sub", "security": [{"a": ["mine"]}], **changes}
    case = {"name": "read", "security": [{"a": ["pets"]}], "example": {"path": {"id": "ann"}}, "owner": owner}
    (call,) = read_calls(document({"x-scope-conditions": [case]}))
    return call


@pytest.mark.parametrize(
    ("subject", "needed"),
    [("ann", any_of("pets", "mine")), ("bob", any_of("pets")), ("Ann", any_of("pets")), (None, any_of("pets"))],
)
def test_the_owner_of_the_example_s_record_needs_what_an_owner_needs(subject, needed):
    assert owned().needed_by(subject) == needed
    assert owned().requirement == any_of("pets")


def test_where_anyone_s_requirement_is_not_said_the_owner_s_is_not_guessed():
    case = {"name": "read", "security": [], "example": {"path": {"id": "ann"}}}
    case["owner"] = {"parameter": "id", "claim": "sub", "security": [{"a": ["mine"]}]}
    (call,) = read_calls(document({"x-scope-conditions": [case]}))
    assert call.needed_by("ann") is None


def test_where_it_is_not_said_what_an_owner_needs_it_is_not_guessed():
    call = owned(security=[])
    assert (call.needed_by("ann"), call.needed_by("bob")) == (None, any_of("pets"))


def test_without_the_extension_nobody_owns_anything():
    (call,) = read_calls(document({"security": [{"a": ["pets"]}]}))
    assert call.needed_by("ann") == call.needed_by(None) == any_of("pets")


@pytest.mark.parametrize("claim", ["client_id", None, 7], ids=str)
def test_an_owner_by_another_claim_than_the_subject_is_refused_rather_than_guessed(claim):
    with pytest.raises(DocumentError):
        owned(claim=claim)


@pytest.mark.parametrize("broken", [{"parameter": "name"}, {"security": "mine"}], ids=str)
def test_an_owner_that_the_example_does_not_name_is_refused(broken):
    with pytest.raises(DocumentError):
        owned(**broken)


def test_what_is_no_method_is_no_call():
    item = {"summary": "Pets", "parameters": [], "trace": {}, "put": {}, "get": {}}
    assert [str(call) for call in read_calls({"paths": {"/pets": item}})] == ["GET /pets", "PUT /pets"]


def test_a_document_without_operations_has_no_calls():
    assert read_calls({"openapi": "3.1.0", "paths": {}}) == ()


@pytest.mark.parametrize(
    "broken",
    [
        {},
        [],
        None,
        "a document",
        {"paths": None},
        {"paths": []},
        {"paths": {"/": None}},
        {"paths": {"/": {"get": None}}},
        {"paths": {"/": {"get": "text"}}},
        document({"security": "repo"}),
        document({"security": [None]}),
        document({"security": [{"a": None}]}),
        document({"x-scope-conditions": [{"name": "no security"}]}),
        document({"x-scope-conditions": [{"security": []}]}),
        document({"x-scope-conditions": [None]}),
        document({"x-scope-conditions": [{"name": "n", "security": [], "example": None}]}),
    ],
    ids=lambda broken: json.dumps(broken)[-60:],
)
def test_a_broken_document_is_refused_in_one_sentence(broken):
    with pytest.raises(DocumentError) as caught:
        read_calls(broken)
    assert str(caught.value) == "An OpenAPI document must have paths with valid operations; this one does not."


# The vocabulary of a document

FLOW = {"tokenUrl": "token", "scopes": {"repo": "Repositories", "public_repo": "Public ones"}}


def schemes(scheme):
    return {"components": {"securitySchemes": {"key": {"type": "apiKey"}, "a": scheme}}}


def test_the_vocabulary_is_that_of_the_oauth2_scheme():
    vocabulary = read_vocabulary(schemes({"type": "oauth2", "flows": {"clientCredentials": FLOW}}))
    assert list(vocabulary) == ["repo", "public_repo"]
    assert vocabulary.expand(["repo"]) == {"repo"}


def test_the_vocabulary_has_the_hierarchy_that_the_document_states():
    scheme = {"type": "oauth2", "flows": {"implicit": FLOW}, "x-scope-implies": {"repo": ["public_repo"]}}
    assert read_vocabulary(schemes(scheme)).expand(["repo"]) == {"repo", "public_repo"}


@pytest.mark.parametrize("without", [{}, {"components": {}}, schemes({"type": "http", "scheme": "bearer"})], ids=str)
def test_a_document_without_oauth2_has_an_empty_vocabulary(without):
    assert len(read_vocabulary(without)) == 0


@pytest.mark.parametrize(
    "broken",
    [None, [], {"components": None}, {"components": {"securitySchemes": []}}, schemes(None), schemes({"flows": []})],
    ids=str,
)
def test_a_vocabulary_that_cannot_be_read_is_refused_in_one_sentence(broken):
    with pytest.raises(DocumentError, match=r"^An OpenAPI document must declare its scopes in valid [^\n]+\.$"):
        read_vocabulary(broken)


def test_a_hierarchy_that_names_an_unknown_scope_is_refused():
    scheme = {"flows": {"implicit": FLOW}, "x-scope-implies": {"repo": ["nonsense"]}}
    with pytest.raises(ScopeKitError, match="nonsense"):
        read_vocabulary(schemes(scheme))


# Exchanges


@pytest.mark.parametrize("status", [200, 204, 400, 404, 409])
def test_whatever_a_handler_answers_the_guard_had_allowed_it(status):
    assert answered(status, "").verdict == "allowed"


@pytest.mark.parametrize(("status", "verdict"), [(401, "denied"), (403, "denied"), (500, "failed"), (503, "failed")])
def test_a_refusal_is_denied_and_a_breakdown_is_failed(status, verdict):
    assert answered(status, "").verdict == verdict


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ('{"scope": "repo workflow", "detail": "No."}', "needs repo and workflow"),
        ('{"detail": "The token has expired."}', "The token has expired."),
        ("{}", "Forbidden"),
        ('"Forbidden by a string"', "Forbidden"),
        ('["a", "list"]', "Forbidden"),
        ("null", "Forbidden"),
        ('{"scope": ["repo"]}', "Forbidden"),
        ("<h1>Forbidden</h1>", "Forbidden"),
        ("", "Forbidden"),
    ],
)
def test_a_refusal_is_said_in_a_few_words_whatever_the_body_is(text, refusal):
    assert answered(403, text, "Forbidden").refusal == refusal


def test_an_allowed_exchange_has_no_refusal():
    assert answered(200, '{"scope": "repo"}').refusal == ""


def test_an_exchange_prints_api_and_token_in_place_of_what_varies(world):
    token = world.mint(["public_repo"])
    shown = repr(world.post("/user/repo", token, nom="demo"))
    assert shown.startswith("POST $API/user/repo\n")
    assert "Authorization: Bearer $TOKEN\n" in shown
    assert str(token) not in shown
    assert world.url.rpartition(":")[2] not in shown


@pytest.mark.parametrize("path", ["/user", "/user/", "/nothing", "/health", "/user/emails"])
def test_no_exchange_shows_the_token_or_the_port(world, path):
    token = world.mint(["user"])
    exchange = world.get(path, token)
    for shown in (repr(exchange), exchange._repr_html_(), str(exchange.request_headers)):
        assert str(token) not in shown
        assert world.url.rpartition(":")[2] not in shown


def test_an_exchange_prints_the_same_twice(world):
    token = world.mint(["user"])
    assert repr(world.get("/user", token)) == repr(world.get("/user", token))


def test_a_problem_body_is_read_as_utf_8(world):
    exchange = world.post("/user/repos", world.mint(["repo"]), **{"name": "demo", "café": 1})
    assert exchange.json["detail"] == "The body does not fit: it must not contain {'café'} properties."


def test_a_call_prints_as_method_and_path():
    assert str(Call("read", "GET", "/pets/1", "/pets/{id}", NO_SCOPE)) == "GET /pets/1"


@pytest.mark.parametrize("broken", ["\n{}", "{}\n", "{}\r\nX-Other: 1", "{}€"])
def test_a_token_that_no_header_can_hold_is_refused_without_being_told(lab, broken):
    token = str(lab.mint(["repo"]))
    with pytest.raises(InputError, match="The header Authorization must be one line of text; found") as refused:
        lab.get("/user", broken.format(token))
    assert refused.value.__context__ is None
    assert not [part for part in token.split(".") if part in str(refused.value)]


def test_any_other_header_is_one_line_too(lab):
    with pytest.raises(InputError, match="The header X-Note must be one line of text"):
        lab.request("GET", "/user", headers={"X-Note": "one\ntwo"})
