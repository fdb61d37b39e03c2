"""Patterns: a text that a regular expression matches, made by walking through it.

The expression is foreign, so it is never run: `(([a-z]|[^x])+.json)`, as real documents have it, takes hours over forty
letters. Python's own parser takes it apart, as hypothesis has it do, and each part gives its shortest text. exrex
(last release 2024) does the same through a module that Python deprecates, greenery builds machines that may grow
without end, and rstr draws at random.

Examples: a value that fits a schema, the same one in every process.

It is the document's own word where it has one (`const`, `example`, `examples`, `default`, `enum`), and made of the
schema otherwise: of an object what is required and no more, of alternatives the first that can be made.

No generator on the Python Package Index does this. jsf (last release 2024), hypothesis-jsonschema (2024),
faker-jsonschema and schemathesis draw at random; polyfactory makes values of classes, not of schemas; fences (2024)
draws texts at random too, and makes wrong values on purpose; test-data-generator has had one release. Most bring Faker,
hypothesis or pydantic, and jsf fetches what a `$ref` names. So it is made here, and jsonschema judges it in the tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scopekit.audit.openapi import scalars
from scopekit.audit.openapi.references import References, Untried

MOST_PARTS = 10_000
"""A value of more parts than this is not made, and neither is one that would need more tries."""

ENDLESS = "Its schema needs itself without end."

_BY_KEYWORD = {
    "object": {"properties", "additionalProperties", "required", "minProperties"},
    "array": {"items", "minItems", "prefixItems"},
    "number": {"minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"},
}
"""The type of a schema that states none, by the words that it has."""

Schema = Mapping[str, Any]
Above = tuple[int, ...]


def example_of(schema: Any, references: References) -> Any:
    """A value that fits a schema; Untried where none can be made, as where a schema needs itself without end."""
    return _Maker(references).made(schema, ())


def stated(schema: Schema) -> Iterator[Any]:
    """The values that a schema gives as examples, best first."""
    yield from (schema[name] for name in ("example",) if name in schema)
    yield from _list(schema.get("examples"))


class _Maker:
    """The making of one value: it counts what it tries, so that it ends whatever the schema is."""

    def __init__(self, references: References) -> None:
        self._references, self._left = references, MOST_PARTS

    def made(self, schema: Any, above: Above) -> Any:
        """A value for a schema that stands within those `above`, which are known by identity."""
        above = self._entered(schema, above)
        return self._value(self._whole(schema, above), above)

    def _entered(self, schema: Any, above: Above) -> Above:
        self._left -= 1
        if self._left < 0:
            raise Untried("What its schema asks for is too large to make.")
        if id(schema) in above:
            raise Untried(ENDLESS)
        if schema is False:
            raise Untried("Its schema allows no value.")
        return (*above, id(schema))

    def _whole(self, schema: Any, above: Above) -> dict[str, Any]:
        """The schema with what its `$ref` and its `allOf` name merged in."""
        if not isinstance(schema, Mapping):
            return {}
        parts = [self._references.follow(schema)] if isinstance(schema.get("$ref"), str) else []
        whole: dict[str, Any] = {}
        for part in (*parts, *_list(schema.get("allOf"))):
            whole = _merged(whole, self._whole(part, self._entered(part, above)))
        return _merged(whole, {name: each for name, each in schema.items() if name not in ("$ref", "allOf")})

    def _value(self, schema: Schema, above: Above) -> Any:
        """A value of a schema without `$ref` and `allOf`."""
        for value in _told(schema):
            return self._sent(value, schema)
        for keyword in ("oneOf", "anyOf"):
            if alternatives := _list(schema.get(keyword)):
                rest = {name: each for name, each in schema.items() if name != keyword}
                return self._first_of(alternatives, rest, above)
        return self._typed(schema, above)

    def _first_of(self, alternatives: list[Any], rest: Schema, above: Above) -> Any:
        """A value by the first alternative that can be made, null last."""
        refused: list[Untried] = []
        for part in sorted(alternatives, key=_is_null):
            try:
                inner = self._entered(part, above)
                return self._value(_merged(rest, self._whole(part, inner)), inner)
            except Untried as reason:
                refused.append(reason)
        raise refused[0]

    def _typed(self, schema: Schema, above: Above) -> Any:
        kind = _kind(schema)
        if kind == "object":
            return self._object(schema, above)
        if kind == "array":
            return self._array(schema, above)
        if kind in ("integer", "number"):
            return scalars.number(schema, whole=kind == "integer")
        return {"boolean": False, "null": None}[kind] if kind in ("boolean", "null") else scalars.text(schema)

    def _object(self, schema: Schema, above: Above) -> dict[str, Any]:
        """What is required, less what is only ever read, and as many properties as there must be."""
        properties, fewest = _mapping(schema.get("properties")), scalars.length(schema.get("minProperties"))
        required = [name for name in _list(schema.get("required")) if isinstance(name, str)]
        names = [name for name in dict.fromkeys(required) if not self._only_read(properties.get(name))]
        others = (name for name in properties if name not in names and not self._only_read(properties[name]))
        more = (*others, *(f"key{number}" for number in range(min(fewest, MOST_PARTS))))
        names += more[: max(0, fewest - len(names))]
        return {name: self.made(properties.get(name, schema.get("additionalProperties")), above) for name in names}

    def _array(self, schema: Schema, above: Above) -> list[Any]:
        """One item, or as many as there must be; none where an item cannot be made and need not be there."""
        first, items = _list(schema.get("prefixItems")), schema.get("items")
        fewest = scalars.length(schema.get("minItems"))
        wanted = max(fewest, min(1, scalars.length(schema.get("maxItems"), 1)))
        try:
            each = [self.made(part, above) for part in first]
            return each if items is False else each + [self.made(items, above) for _ in range(wanted - len(each))]
        except Untried:
            if fewest or first:
                raise
            return []

    def _sent(self, value: Any, schema: Schema) -> Any:
        """An example without what is only ever read: the schema's examples are those of its answers too."""
        if not isinstance(value, Mapping):
            return value
        properties = _mapping(schema.get("properties"))
        return {name: each for name, each in value.items() if not self._only_read(properties.get(name))}

    def _only_read(self, schema: Any) -> bool:
        try:
            return any(_mapping(each).get("readOnly") is True for each in (schema, self._references.follow(schema)))
        except Untried:
            return False


def _told(schema: Schema) -> Iterator[Any]:
    """The values that a schema itself names, best first."""
    yield from (schema[name] for name in ("const",) if name in schema)
    yield from stated(schema)
    choice = _list(schema.get("enum"))
    yield from (value for value in (schema.get("default"), *choice) if value is not None)
    yield from choice


def _merged(whole: Schema, part: Schema) -> dict[str, Any]:
    """Both schemas as one: the properties and the required names of both, and of all else the part's."""
    properties = {**_mapping(whole.get("properties")), **_mapping(part.get("properties"))}
    required = [*_list(whole.get("required")), *_list(part.get("required"))]
    both = {"properties": properties, "required": required}
    return {**whole, **part, **{name: each for name, each in both.items() if each}}


def _kind(schema: Schema) -> str:
    """The type that a schema states, of several the first but null, or the one that its other words tell."""
    told = schema.get("type")
    kinds = [told] if isinstance(told, str) else _list(told)
    by_keyword = (kind for kind, words in _BY_KEYWORD.items() if words & set(schema))
    return str(next((kind for kind in kinds if kind != "null"), next(iter(kinds), next(by_keyword, "string"))))


def _is_null(schema: Any) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") == "null"


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
