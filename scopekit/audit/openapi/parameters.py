"""Builds the path, query, headers and body of a call from the examples in the document, or from the schemas.

Every path parameter gets a value, and so does every required parameter of the query or the headers. An optional query
parameter is sent only if the document gives an example. A body is JSON, a form or plain text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from scopekit.audit.calls import FORM, JSON, TEXT, as_text, is_json
from scopekit.audit.openapi.examples import MAX_PARTS, example_of, stated
from scopekit.audit.openapi.loading import Json, References, SkipOperation
from scopekit.wording import shortened

NOT_SENT = {"accept", "content-type", "authorization", "host", "content-length", "transfer-encoding", "connection"}
"""Header parameters that are not sent: OpenAPI ignores the first three, and the connection sets the others."""

_PLACEHOLDER = re.compile(r"{([^{}]+)}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_BETWEEN = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
_ONE_WAY = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
_OTHER_METHOD = ("x-http-method-override", "x-http-method", "x-method-override")


class Parameters:
    """The parameters of one operation: its own, and those of its path that the operation does not replace."""

    def __init__(self, item: Json, operation: Json, references: References) -> None:
        self._references = references
        parameters = (references.follow(one) for owner in (item, operation) for one in owner.get("parameters") or ())
        self._declared: dict[str, dict[str, Json]] = {place: {} for place in _ONE_WAY}
        for one in parameters:
            self._declared.setdefault(one["in"], {})[one["name"]] = one

    def path(self, template: str, given: Json | None) -> str:
        """The template with a value for every parameter, from `given` if possible. Slashes in a value are kept."""

        def segment(match: re.Match[str]) -> str:
            name = match[1]
            if given and name in given:
                value = as_text(given[name])
            else:
                parameter = self._declared["path"].get(name, {"schema": {"type": "string"}})
                value = _joined(self._value(parameter), parameter)
            if not value or {".", ".."} & set(value.split("/")):
                raise SkipOperation(f"No value was found for the path parameter {shortened(name)}.")
            return quote(value, safe="/,=")  # a comma between items is not escaped (RFC 6570 section 3.2.2)

        return _PLACEHOLDER.sub(segment, template)

    def query(self, given: Json | None) -> str:
        """The query with its `?`, or an empty text. If `given` is a mapping, only required parameters join it."""
        pairs = list((given or {}).items())
        for name, parameter in self._declared["query"].items():
            if given and name in given:
                continue
            if parameter.get("required"):
                pairs += _spread(name, self._value(parameter), parameter)
            elif given is None and not parameter.get("deprecated"):
                examples = list(self._examples(parameter))
                pairs += _spread(name, examples[0], parameter) if examples else []
        return "?" + urlencode(pairs, safe=",") if pairs else ""

    def headers(self) -> dict[str, str]:
        """The required headers, and a `Cookie` header with the required cookies."""
        headers, cookies = (
            {name: _joined(self._value(one), one) for name, one in self._declared[place].items()
             if one.get("required") and (place == "cookie" or name.lower() not in NOT_SENT)}
            for place in ("header", "cookie")
        )  # fmt: skip
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        for name, value in headers.items():
            if name.lower() in _OTHER_METHOD:
                raise SkipOperation(f"The header {shortened(name)} would turn the operation into another call.")
            if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
                raise SkipOperation(f"The value of the header {shortened(name)} cannot be sent in a header.")
        return headers

    def _value(self, parameter: Json) -> Any:
        for value in self._examples(parameter):
            return value
        return example_of(_described(parameter).get("schema", {}), self._references)

    def _examples(self, parameter: Json) -> Iterator[Any]:
        described = _described(parameter)
        yield from examples_in(described, self._references)
        schema = self._references.follow(described.get("schema"))
        yield from stated(schema) if isinstance(schema, Mapping) else ()


def examples_in(described: Json, references: References) -> Iterator[Any]:
    """The examples of a parameter or a media type, best first."""
    if "example" in described:
        yield described["example"]
    for one in (described.get("examples") or {}).values():
        if isinstance(example := references.follow(one), Mapping) and "value" in example:
            yield example["value"]


def _described(parameter: Json) -> Json:
    """The object that describes a parameter's value: the parameter itself, or the one media type in its `content`."""
    content: Json = parameter.get("content") or {}
    return next(iter(content.values()), parameter)


def _spread(name: str, value: Any, parameter: Json) -> list[tuple[str, str]]:
    """The query entries for a value. In the style `form`, each item gets its own entry, unless `explode` is off."""
    style = str(parameter.get("style", "form"))
    if parameter.get("content") or not isinstance(value, list | Mapping):
        return [(name, as_text(value))]
    if isinstance(value, Mapping) and style == "deepObject":
        return [(f"{name}[{key}]", as_text(each)) for key, each in value.items()]
    if style not in _BETWEEN:
        raise SkipOperation(f"The parameter {shortened(name)} has an unsupported style, {shortened(style)}.")
    if parameter.get("explode", style == "form"):
        pairs = value.items() if isinstance(value, Mapping) else ((name, each) for each in value)
        return [(str(key), as_text(each)) for key, each in pairs]
    return [(name, _BETWEEN[style].join(_flat(value)))]


def _joined(value: Any, parameter: Json) -> str:
    """Writes a value for a path, header or cookie. Items, or an object's names and values, are separated by commas."""
    style = parameter.get("style")
    if style not in (None, _ONE_WAY.get(str(parameter.get("in")))):
        name = shortened(parameter.get("name"))
        raise SkipOperation(f"The parameter {name} has an unsupported style, {shortened(style)}.")
    if parameter.get("content") or not isinstance(value, list | Mapping):
        return as_text(value)
    if isinstance(value, Mapping) and parameter.get("explode"):
        return ",".join(f"{key}={as_text(each)}" for key, each in value.items())
    return ",".join(_flat(value))


def _flat(value: list[Any] | Mapping[str, Any]) -> list[str]:
    parts = value if isinstance(value, list) else [part for pair in value.items() for part in pair]
    return [as_text(part) for part in parts]


class Body(NamedTuple):
    """The body of a request, and its media type. `value` is None if no body is sent."""

    value: Any = None
    media_type: str = JSON


def body_of(operation: Json, references: References, given: Json | None) -> Body:
    """The body of an operation: the one in `given` or, if `given` is None, one from the document's examples or schema.

    Even an optional body is sent if one can be made. Raises SkipOperation if a required body cannot be made.
    """
    described: Any = references.follow(operation.get("requestBody"))
    if described is None:
        return Body((given or {}).get("body"))
    kinds = {name: name.partition(";")[0].strip().lower() for name in described["content"]}
    wanted = (
        lambda kind: kind == JSON, is_json, lambda kind: kind in ("*/*", "application/*"),
        lambda kind: kind == FORM, lambda kind: kind == TEXT,
    )  # fmt: skip
    media_type = next((name for fits in wanted for name, kind in kinds.items() if fits(kind)), None)
    if given is not None:
        return _checked(Body(given.get("body"), media_type or JSON))
    try:
        if media_type is None:
            offered = shortened(", ".join(kinds) or "none")
            raise SkipOperation(f"The media type of the body is not supported: {offered}.")
        content = references.follow(described["content"][media_type]) or {}
        kind = JSON if "*" in media_type else media_type
        for value in examples_in(content, references):
            return _checked(Body(value, kind))
        return _checked(Body(example_of(content.get("schema", {}), references), kind))
    except SkipOperation:
        if described.get("required"):
            raise
        return Body()


def _checked(body: Body) -> Body:
    """Returns `body`. Raises SkipOperation if its media type cannot express its value: JSON, for one, has no dates."""
    values, count = [body.value], 0
    while values:
        value, count = values.pop(), count + 1
        if count > MAX_PARTS:
            raise SkipOperation("The example has too many parts to send.")
        if isinstance(value, dict | list):
            values += value.values() if isinstance(value, dict) else value
        elif not isinstance(value, str | int | float | None) or (isinstance(value, float) and not math.isfinite(value)):
            raise SkipOperation("The example is not JSON.")
    kind = body.media_type.partition(";")[0].strip().lower()
    if not is_json(kind) and not isinstance(body.value, {FORM: dict, TEXT: str}.get(kind, object) | None):
        raise SkipOperation(f"The example cannot be written as {kind}.")
    return body
