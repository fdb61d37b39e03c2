"""Makes an example value that fits a schema. The same schema gives the same value in every process.

If the document states a value (`const`, `example`, `examples`, `default` or `enum`), that value is used. Otherwise, a
value is made from the schema. An object gets only the required properties. Of several alternatives, the first one that
can be made is used.

No generator on the Python Package Index does this. jsf (last release 2024), hypothesis-jsonschema (2024),
faker-jsonschema and schemathesis make random values. polyfactory makes values of classes, not of schemas. fences (2024)
makes random texts too, and wrong values on purpose. test-data-generator has had one release. Most of them bring Faker,
hypothesis or pydantic, and jsf fetches what a `$ref` names. So this module makes the values, and tests check them with
jsonschema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scopekit.audit.openapi import example_scalars
from scopekit.audit.openapi.loading import References, SkipOperation

MAX_PARTS = 10_000
"""A value is not made if it has more parts than this, or needs more tries."""

_BY_KEYWORD = {
    "object": {"properties", "additionalProperties", "required", "minProperties"},
    "array": {"items", "minItems", "prefixItems"},
    "number": {"minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"},
}
"""Keywords that show a schema's type if the schema does not state its type."""

Schema = Mapping[str, Any]
Above = tuple[int, ...]


def example_of(schema: Any, references: References) -> Any:
    """A value that fits a schema. Raises SkipOperation if there is none, for example if the schema requires itself."""
    return _Maker(references).make(schema, ())


def stated(schema: Schema) -> Iterator[Any]:
    """The values that a schema gives as examples, best first."""
    yield from [schema["example"]] if "example" in schema else ()
    yield from _list(schema, "examples")


class _Maker:
    """Makes one value. The number of tries is limited, so that no schema takes forever."""

    def __init__(self, references: References) -> None:
        self._references, self._left = references, MAX_PARTS

    def make(self, schema: Any, above: Above) -> Any:
        """A value for a schema. `above` holds the `id()` of each schema in which this schema is nested."""
        above = self._entered(schema, above)
        return self._value(self._whole(schema, above), above)

    def _entered(self, schema: Any, above: Above) -> Above:
        self._left -= 1
        if self._left < 0:
            raise SkipOperation("The schema asks for a value that is too large to make.")
        if id(schema) in above:
            raise SkipOperation("The schema requires itself endlessly.")
        if schema is False:
            raise SkipOperation("The schema allows no value.")
        return (*above, id(schema))

    def _whole(self, schema: Any, above: Above) -> dict[str, Any]:
        """The schema, merged with the schemas that its `$ref` and `allOf` name."""
        if not isinstance(schema, Mapping):
            return {}
        parts = [self._references.follow(schema)] if isinstance(schema.get("$ref"), str) else []
        whole: dict[str, Any] = {}
        for part in (*parts, *_list(schema, "allOf")):
            whole = _merged(whole, self._whole(part, self._entered(part, above)))
        return _merged(whole, {name: each for name, each in schema.items() if name not in ("$ref", "allOf")})

    def _value(self, schema: Schema, above: Above) -> Any:
        """A value for a schema without `$ref` and `allOf`: one that the schema states or, failing that, a new one."""
        enum, const = _list(schema, "enum"), [schema["const"]] if "const" in schema else []
        better = [value for value in (schema.get("default"), *enum) if value is not None]
        for value in (*const, *stated(schema), *better, *enum):
            if not isinstance(value, Mapping):
                return value
            properties = _mapping(schema, "properties")  # an example may show a response, with read-only properties
            return {name: each for name, each in value.items() if not self._is_only_read(properties.get(name))}
        for keyword in ("oneOf", "anyOf"):
            if alternatives := _list(schema, keyword):
                rest = {name: each for name, each in schema.items() if name != keyword}
                return self._first_of(alternatives, rest, above)
        kinds = [schema["type"]] if isinstance(schema.get("type"), str) else _list(schema, "type")
        by_keyword = (kind for kind, words in _BY_KEYWORD.items() if words & set(schema))
        kind = next((kind for kind in kinds if kind != "null"), next(iter(kinds), next(by_keyword, "string")))
        return self._made(kind, schema, above)

    def _first_of(self, alternatives: list[Any], rest: Schema, above: Above) -> Any:
        """A value for the first alternative that allows a value. An alternative that allows only null is tried last."""
        reasons: list[SkipOperation] = []
        for part in sorted(alternatives, key=lambda part: isinstance(part, Mapping) and part.get("type") == "null"):
            try:
                inner = self._entered(part, above)
                return self._value(_merged(rest, self._whole(part, inner)), inner)
            except SkipOperation as reason:
                reasons.append(reason)
        raise reasons[0]

    def _made(self, kind: object, schema: Schema, above: Above) -> Any:
        """A new value of the type `kind`. An object gets at least the required properties, but never read-only ones."""
        if kind == "array":
            return self._items(schema, above)
        if kind in ("integer", "number"):
            return example_scalars.number(schema, whole=kind == "integer")
        if kind != "object":
            return (
                {"boolean": False, "null": None}[str(kind)]
                if kind in ("boolean", "null")
                else example_scalars.text(schema)
            )
        properties, fewest = _mapping(schema, "properties"), example_scalars.length(schema.get("minProperties"))
        required = [name for name in _list(schema, "required") if isinstance(name, str)]
        names = [name for name in dict.fromkeys(required) if not self._is_only_read(properties.get(name))]
        others = (name for name in properties if name not in names and not self._is_only_read(properties[name]))
        more = (*others, *(f"key{number}" for number in range(min(fewest, MAX_PARTS))))
        names += more[: max(0, fewest - len(names))]
        return {name: self.make(properties.get(name, schema.get("additionalProperties")), above) for name in names}

    def _items(self, schema: Schema, above: Above) -> list[Any]:
        """A list's items: one, or as many as the schema requires. Empty if none is required and none can be made."""
        first, items = _list(schema, "prefixItems"), schema.get("items")
        fewest = example_scalars.length(schema.get("minItems"))
        wanted = max(fewest, min(1, example_scalars.length(schema.get("maxItems"), 1)))
        try:
            values = [self.make(part, above) for part in first]
            return values if items is False else values + [self.make(items, above) for _ in range(wanted - len(values))]
        except SkipOperation:
            if fewest or first:
                raise
            return []

    def _is_only_read(self, schema: Any) -> bool:
        try:
            schemas = (schema, self._references.follow(schema))
            return any(isinstance(each, Mapping) and each.get("readOnly") is True for each in schemas)
        except SkipOperation:
            return False


def _merged(whole: Schema, part: Schema) -> dict[str, Any]:
    """Merges two schemas. Properties and required names are joined; for other keywords, the value in `part` wins."""
    properties = {**_mapping(whole, "properties"), **_mapping(part, "properties")}
    required = [*_list(whole, "required"), *_list(part, "required")]
    both = {"properties": properties, "required": required}
    return {**whole, **part, **{name: each for name, each in both.items() if each}}


def _list(schema: Schema, name: str) -> list[Any]:
    value = schema.get(name)
    return list(value) if isinstance(value, list | tuple) else []


def _mapping(schema: Schema, name: str) -> Mapping[str, Any]:
    value = schema.get(name)
    return value if isinstance(value, Mapping) else {}
