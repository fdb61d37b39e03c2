"""Values made of schemas: jsonschema judges whether they fit."""

import json
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_schema_validator import OAS30Validator, OAS31Validator

from scopekit.audit.openapi.example_scalars import matching
from scopekit.audit.openapi.examples import example_of
from scopekit.audit.openapi.loading import References, SkipOperation


def made(schema, **schemas):
    return example_of(schema, References({"components": {"schemas": schemas}}))


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


# The document's own word


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "const": "fixed"}, "fixed"),
        ({"type": "integer", "example": 7, "default": 3}, 7),
        ({"type": "integer", "examples": [8, 9], "default": 3}, 8),
        ({"type": "integer", "default": 3, "enum": [1, 2, 3]}, 3),
        ({"type": "string", "default": None, "enum": [None, "open", "closed"]}, "open"),
        ({"enum": [None]}, None),
        ({"allOf": [{"type": "string"}, {"example": "of a part"}]}, "of a part"),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}], "example": 5}, 5),
        ({"type": "object", "required": ["size"], "properties": {"size": {"example": 4}}}, {"size": 4}),
    ],
    ids=str,
)
def test_a_value_is_what_the_schema_says_itself(schema, value):
    assert made(schema) == value


def test_an_example_beside_a_reference_comes_before_the_one_it_points_to():
    assert made({**ref("Name"), "example": "here"}, Name={"example": "there"}) == "here"
    assert made(ref("Name"), Name={"example": "there"}) == "there"


def test_what_is_only_read_is_left_out_of_a_made_object_and_of_a_schema_s_example():
    pet = {"required": ["id", "name"], "properties": {"id": {"readOnly": True}, "name": ref("Name"), "tag": {}}}
    assert made(pet, Name={"type": "string"}) == {"name": "text"}
    assert made({**pet, "example": {"id": 7, "name": "Rex"}}, Name={}) == {"name": "Rex"}


def test_of_several_types_null_comes_last():
    assert made({"type": ["null", "integer"]}) == 1
    assert made({"anyOf": [{"type": "null"}, {"type": "string"}]}) == "text"


# Made of the schema


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "minLength": 12},
        {"type": "string", "maxLength": 2},
        {"type": "string", "format": "date-time"},
        {"type": "string", "format": "uuid", "maxLength": 10},
        {"type": "string", "pattern": "^[A-Z]{2}-\\d+$", "minLength": 6},
        {"type": "integer", "minimum": 10, "maximum": 12, "multipleOf": 4},
        {"type": "integer", "maximum": -5},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        {"type": "number", "multipleOf": 0.01, "minimum": 0.5, "maximum": 0.6},
        {"type": "array", "items": {"type": "boolean"}, "minItems": 3},
        {"type": "array", "maxItems": 0, "items": {"type": "string"}},
        {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
        {"type": "object", "minProperties": 2, "properties": {"a": {"type": "string"}}},
        {"type": "object", "required": ["x"], "additionalProperties": {"type": "integer"}},
        {"required": ["name"], "properties": {"name": {"type": "string"}}},
        {"allOf": [{"required": ["a"], "properties": {"a": {"type": "null"}}}, {"required": ["b"]}]},
        {"anyOf": [False, {"type": "integer", "minimum": 3}]},
        {"type": "object", "required": ["a"], "oneOf": [{"properties": {"a": {"type": "integer"}}}]},
        {},
        True,
    ],
    ids=str,
)
def test_a_made_value_fits_its_schema(schema):
    OAS31Validator(schema).validate(made(schema))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 5, "exclusiveMinimum": True},
        {"type": "number", "maximum": 1, "exclusiveMaximum": True, "minimum": 0.9},
        {"type": "string", "nullable": True, "enum": ["a", None]},
    ],
    ids=str,
)
def test_a_made_value_fits_a_schema_of_3_0(schema):
    OAS30Validator(schema).validate(made(schema))


bounds = st.integers(-50, 50)
leaves = (
    st.builds(lambda low, span: {"type": "integer", "minimum": low, "maximum": low + span}, bounds, st.integers(0, 9))
    | st.builds(
        lambda low, span: {"type": "string", "minLength": low, "maxLength": low + span}, *[st.integers(0, 9)] * 2
    )
    | st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"enum": ["a", 2]}, {"type": ["null", "number"]}, {}])
)
schemas = st.recursive(
    leaves,
    lambda inner: (
        st.builds(lambda item, few: {"type": "array", "items": item, "minItems": few}, inner, st.integers(0, 2))
        | st.builds(
            lambda properties, more: {"type": "object", "properties": properties, "required": [*properties][:more]},
            st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
            st.integers(0, 3),
        )
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"anyOf": parts})
    ),
    max_leaves=8,
)


@given(schema=schemas)
def test_whatever_the_schema_a_made_value_fits_it(schema):
    OAS31Validator(schema).validate(made(schema))


# What has no end


def test_a_schema_that_holds_itself_ends_where_it_may():
    node = {"type": "object", "required": ["name", "children"], "properties": {"name": {"type": "string"}}}
    node["properties"]["children"] = {"type": "array", "items": ref("Node")}
    assert made(ref("Node"), Node=node) == {"name": "text", "children": []}


def test_a_schema_that_holds_itself_or_null_ends_at_null():
    node = {"required": ["next"], "properties": {"next": {"anyOf": [ref("Node"), {"type": "null"}]}}}
    assert made(ref("Node"), Node=node) == {"next": None}


@pytest.mark.parametrize(
    "schemas",
    [
        {"Node": {"required": ["next"], "properties": {"next": ref("Node")}}},
        {"Node": {"allOf": [ref("Node")]}},
        {"Node": ref("Node")},
        {"Node": {"anyOf": [ref("Node")]}},
        {"Node": {"minItems": 1, "items": ref("Node")}},
        {"Node": ref("Other"), "Other": ref("Node")},
    ],
    ids=str,
)
def test_a_schema_that_needs_itself_is_given_up(schemas):
    with pytest.raises(SkipOperation):
        made(ref("Node"), **schemas)


def test_a_schema_that_doubles_at_every_level_is_given_up():
    levels = {
        f"L{n}": {"required": ["a", "b"], "properties": {"a": ref(f"L{n + 1}"), "b": ref(f"L{n + 1}")}}
        for n in range(16)
    }
    with pytest.raises(SkipOperation, match="too large"):
        made(ref("L0"), **levels, L16={})


@pytest.mark.parametrize("schema", [False, {"minimum": 3, "maximum": 2}, {"minLength": 9, "maxLength": 8}], ids=str)
def test_a_schema_that_allows_nothing_is_given_up(schema):
    with pytest.raises(SkipOperation):
        made(schema)


# Patterns


@pytest.mark.parametrize(
    "pattern",
    [
        "^[a-z]{2}(-[A-Z]{2})?$", "^\\d{4}-\\d{2}$", "^#([A-F]{3}){1,2}$", "(v{0,1})(stable|([0-9]+))", "^[^/]+$",
        "^\\S+\\s\\D\\W$", "^[\\w.]+@[\\w.]+$", "^(?:a|b)*?c++$", "^[^\\x00-\\x7F]$", "^sha256:[a-f0-9]{64}$", ".", "",
    ],
)  # fmt: skip
def test_a_made_text_matches_its_pattern(pattern):
    assert re.search(pattern, matching(pattern, 0, 100))


@pytest.mark.parametrize("pattern", ["[", "\\p{L}", "^(?=a)b", "(a)\\1", "((a{999}){999}){999}"])
def test_a_pattern_that_cannot_be_walked_is_given_up(pattern):
    with pytest.raises(SkipOperation):
        matching(pattern, 0, 100)


def test_a_pattern_that_would_take_hours_to_run_is_walked_at_once():
    assert matching("(([a-z]|[^x])+.(json|yaml))", 60, 100).endswith("json")


# The same everywhere


def test_the_same_schema_gives_the_same_value_in_another_process():
    schema = {
        "required": list("edcba"),
        "properties": {"c": {"format": "email"}, "a": {"anyOf": [{"pattern": "[a-z]"}]}},
    }
    program = (
        "import json, sys\n"
        "from scopekit.audit.openapi.examples import example_of\n"
        "from scopekit.audit.openapi.loading import References\n"
        "print(json.dumps(example_of(json.loads(sys.argv[1]), References({}))))"
    )
    ran = [
        subprocess.run([sys.executable, "-c", program, json.dumps(schema)], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert ran[0].stdout == ran[1].stdout == json.dumps(made(schema)) + "\n"
