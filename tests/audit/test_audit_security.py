"""What a document says that a token must hold: `security` at both levels, and the schemes that it names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scopekit import any_of
from scopekit.audit import read_document
from scopekit.errors import DocumentError
from scopekit.requirements import NO_SCOPE, Requirement

FLOW = {"tokenUrl": "/token", "scopes": {"read": "Read", "write": "Write"}}
SCHEMES = {
    "oauth": {"type": "oauth2", "flows": {"clientCredentials": FLOW}},
    "openid": {"type": "openIdConnect", "openIdConnectUrl": "/.well-known/openid-configuration"},
    "bearer": {"type": "http", "scheme": "Bearer"},
    "basic": {"type": "http", "scheme": "basic"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "tls": {"type": "mutualTLS"},
    "pointed": {"$ref": "#/components/securitySchemes/oauth"},
    "pointed-key": {"$ref": "#/components/securitySchemes/key"},
}


def document(operation, schemes=SCHEMES, **more):
    paths = {"/pets": {"get": {"responses": {}, **operation}}}
    return {"openapi": "3.1.0", "paths": paths, "components": {"securitySchemes": schemes}, **more}


def read(security):
    (call,) = read_document(document({"security": security})).calls
    return call


def all_of(*scopes):
    return Requirement((frozenset(scopes),))


@pytest.mark.parametrize(
    ("security", "requirement"),
    [
        ([{"oauth": ["read"]}], any_of("read")),
        ([{"oauth": ["read", "write"]}], all_of("read", "write")),
        ([{"oauth": ["read"]}, {"oauth": ["write"]}], any_of("read", "write")),
        ([{"oauth": ["read"]}, {"openid": ["read"]}], any_of("read")),
        ([{"openid": ["profile"]}], any_of("profile")),
        ([{"bearer": []}], NO_SCOPE),
        ([{"bearer": ["read"]}], any_of("read")),
        ([{"pointed": ["read"]}], any_of("read")),
        ([{"unknown": ["read"]}], any_of("read")),
        ([{"oauth": ["read"], "openid": ["profile"]}], all_of("read", "profile")),
        ([{"key": []}, {"oauth": ["read"]}], any_of("read")),
        ([{"key": [], "oauth": ["read"]}, {"oauth": ["write"]}], any_of("write")),
        ([{"key": [], "oauth": ["read"]}], None),
        ([{"basic": []}], None),
        ([{"tls": []}, {"pointed-key": []}], None),
    ],
    ids=str,
)
def test_a_requirement_is_made_of_what_a_token_alone_can_open(security, requirement):
    call = read(security)
    assert (call.requirement, call.public) == (requirement, False)


@pytest.mark.parametrize("security", [[], [{}], [{"key": []}, {}]], ids=str)
def test_an_operation_that_no_token_is_needed_for_is_public(security):
    call = read(security)
    assert (call.requirement, call.public, call.other_credentials) == (None, True, False)


def test_a_public_operation_may_still_say_what_a_token_that_is_sent_must_hold():
    call = read([{"oauth": ["read"]}, {}])
    assert (call.requirement, call.public) == (any_of("read"), True)


@pytest.mark.parametrize(
    ("security", "other"),
    [([{"key": []}], True), ([{"key": [], "oauth": ["read"]}], True), ([{"key": []}, {"oauth": ["read"]}], False)],
    ids=str,
)
def test_an_operation_that_a_token_alone_cannot_open_says_so(security, other):
    assert read(security).other_credentials == other


def test_an_operation_s_security_stands_in_place_of_the_document_s():
    everywhere = [{"oauth": ["write"]}]
    (silent,) = read_document(document({}, security=everywhere)).calls
    assert silent.requirement == any_of("write")
    (own,) = read_document(document({"security": [{"oauth": ["read"]}]}, security=everywhere)).calls
    assert own.requirement == any_of("read")
    (public,) = read_document(document({"security": []}, security=everywhere)).calls
    assert public.public


def test_where_neither_level_says_anything_a_call_is_not_public_but_undetermined():
    (call,) = read_document(document({})).calls
    assert (call.requirement, call.public) == (None, False)


@pytest.mark.parametrize("security", ["read", {"oauth": []}, [{"oauth": "read"}], [{"oauth": [1]}], [None], 7], ids=str)
def test_a_security_that_is_none_leaves_its_operation_out(security):
    found = read_document(document({"security": security}))
    (left,) = found.left_out
    assert (found.calls, str(left)) == ((), "GET /pets: The operation is not valid OpenAPI.")


# The vocabulary


def test_the_vocabulary_is_that_of_all_schemes_and_all_flows():
    flows = {"implicit": {"scopes": {"a": "A"}}, "password": {"scopes": {"b": "B", "a": "again"}}}
    schemes = {"one": {"type": "oauth2", "flows": flows}, "two": SCHEMES["oauth"], "three": SCHEMES["key"]}
    assert set(read_document(document({}, schemes)).vocabulary) == {"a", "b", "read", "write"}


def test_the_hierarchies_of_all_schemes_hold_together():
    one = {"type": "oauth2", "flows": {"implicit": FLOW}, "x-scope-implies": {"write": ["read"]}}
    two = {"type": "oauth2", "flows": {"implicit": {"scopes": {"all": ""}}}, "x-scope-implies": {"all": ["write"]}}
    vocabulary = read_document(document({}, {"one": one, "two": two})).vocabulary
    assert vocabulary.expand(["all"]) == {"all", "write", "read"}


def test_a_scope_that_no_scheme_declares_is_needed_but_not_known():
    found = read_document(document({"security": [{"oauth": ["delete"]}]}))
    assert found.calls[0].requirement == any_of("delete")
    assert "delete" not in found.vocabulary


@pytest.mark.parametrize("name", ["read pets", "", 'quo"te', "café", 7, None], ids=str)
def test_a_name_that_is_no_scope_does_not_sink_the_document(name):
    flow = {"scopes": {name: "Odd", "read": None}}
    vocabulary = read_document(document({}, {"oauth": {"type": "oauth2", "flows": {"implicit": flow}}})).vocabulary
    assert dict(vocabulary.descriptions) == {"read": ""}


def test_a_flow_whose_scopes_are_null_has_none():
    assert (
        len(read_document(document({}, {"a": {"type": "oauth2", "flows": {"implicit": {"scopes": None}}}})).vocabulary)
        == 0
    )


@pytest.mark.parametrize("implies", [{"read": ["nonsense"]}, {"read": ["write"], "write": ["read"]}, ["read"]], ids=str)
def test_a_hierarchy_that_cannot_be_is_refused(implies):
    scheme = {"type": "oauth2", "flows": {"implicit": FLOW}, "x-scope-implies": implies}
    with pytest.raises(DocumentError):
        read_document(document({}, {"oauth": scheme}))


# Against a reading that is written here in another way

alternatives = st.dictionaries(
    st.sampled_from([*SCHEMES, "unknown"]),
    st.lists(st.sampled_from(["read", "write", "admin"]), max_size=2),
    max_size=2,
)
securities = st.none() | st.lists(alternatives, max_size=3)


def naively(own, everywhere):
    """The sets of scopes that open a call, None where that is not told; and whether it needs no token."""
    said = own if own is not None else everywhere
    if said is None:
        return None, False
    sets = set()
    for one in said:
        if one and not {"basic", "key", "tls", "pointed-key"}.intersection(one):
            sets.add(frozenset(scope for scopes in one.values() for scope in scopes))
    return sets or None, said == [] or {} in said


@given(own=securities, everywhere=securities)
def test_whatever_the_security_it_is_read_as_a_naive_reader_reads_it(own, everywhere):
    operation = {} if own is None else {"security": own}
    (call,) = read_document(document(operation, security=everywhere)).calls
    found = None if call.requirement is None else set(call.requirement.alternatives)
    assert (found, call.public) == naively(own, everywhere)
