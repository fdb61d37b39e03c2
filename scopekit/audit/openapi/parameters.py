"""Parameters: the path, the query and the headers of a call, filled in from the document's examples or its schemas.

A path parameter always has a value, and so does one of the query or the headers that is required. One of the query that
is not is sent where the document gives an example of it.

Bodies: what a call sends, from the document's example or made of its schema: JSON, a form or plain text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from scopekit.audit.calls import FORM, JSON, TEXT, is_json
from scopekit.audit.openapi.examples import MOST_PARTS, example_of, stated
from scopekit.audit.openapi.references import References, Untried
from scopekit.errors import shortened

Json = Mapping[str, Any]

NOT_ITS_OWN = {"accept", "content-type", "authorization", "host", "content-length", "transfer-encoding", "connection"}
"""Header parameters that are passed over: OpenAPI says so of the first three, and the others are the connection's."""

_PLACEHOLDER = re.compile(r"{([^{}]+)}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_BETWEEN = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
_ONE_WAY = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}


_OTHER_METHOD = ("x-http-method-override", "x-http-method", "x-method-override")


class Parameters:
    """The parameters of one operation: its own, and those of its path that it does not replace."""

    def __init__(self, item: Json, operation: Json, references: References) -> None:
        self._references = references
        listed = (references.follow(one) for owner in (item, operation) for one in owner.get("parameters") or ())
        self._declared: dict[tuple[str, str], Json] = {(one["in"], one["name"]): one for one in listed}

    def path(self, template: str, given: Json | None) -> str:
        """The template with a value for every parameter, one `given` first; slashes in a value stay as they are."""
        return _PLACEHOLDER.sub(lambda found: self._segment(found[1], given or {}), template)

    def query(self, given: Json | None) -> str:
        """The query with its question mark, or nothing; `given` stands in place of the document's other examples."""
        pairs = list((given or {}).items())
        for name, one in self._in("query"):
            if name not in (given or {}) and (one.get("required") or (given is None and not one.get("deprecated"))):
                pairs += self._pairs(name, one)
        return "?" + urlencode(pairs, safe=",") if pairs else ""

    def headers(self) -> dict[str, str]:
        """The headers that are required, cookies among them."""
        needed = ((name, one) for name, one in self._in("header") if name.lower() not in NOT_ITS_OWN)
        headers = {name: _simple(self._value(one), one) for name, one in needed if one.get("required")}
        cookies = [
            f"{name}={_simple(self._value(one), one)}" for name, one in self._in("cookie") if one.get("required")
        ]
        headers |= {"Cookie": "; ".join(cookies)} if cookies else {}
        for name, value in headers.items():
            if name.lower() in _OTHER_METHOD:
                raise Untried(f"Its header {shortened(name)} would make another call of it.")
            if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
                raise Untried(f"Its header {shortened(name)} has no value that a header can hold.")
        return headers

    def _in(self, place: str) -> Iterator[tuple[str, Json]]:
        return ((name, one) for (where, name), one in self._declared.items() if where == place)

    def _segment(self, name: str, given: Json) -> str:
        """The value of one path parameter; one that is not declared is a text."""
        if name in given:
            value = _written(given[name])
        else:
            one = self._declared.get(("path", name), {"schema": {"type": "string"}})
            value = self._text(one)
        if not value or {".", ".."} & set(value.split("/")):
            raise Untried(f"It has no value for its path parameter {shortened(name)}.")
        return quote(value, safe="/,=")  # a comma between items stays one (RFC 6570 section 3.2.2)

    def _pairs(self, name: str, one: Json) -> list[tuple[str, str]]:
        """A query parameter's names and values; none where it is not required and has no example."""
        if not one.get("required"):
            return [pair for value in list(self._examples(one))[:1] for pair in _spread(name, value, one)]
        return _spread(name, self._value(one), one)

    def _text(self, one: Json) -> str:
        return _simple(self._value(one), one)

    def _value(self, one: Json) -> Any:
        for value in self._examples(one):
            return value
        return example_of(_inner(one).get("schema", {}), self._references)

    def _examples(self, one: Json) -> Iterator[Any]:
        inner = _inner(one)
        yield from examples_in(inner, self._references)
        schema = self._references.follow(inner.get("schema"))
        yield from stated(schema) if isinstance(schema, Mapping) else ()


def examples_in(described: Json, references: References) -> Iterator[Any]:
    """The examples of a parameter or a media type, best first."""
    if "example" in described:
        yield described["example"]
    for one in (described.get("examples") or {}).values():
        if isinstance(found := references.follow(one), Mapping) and "value" in found:
            yield found["value"]


def _inner(one: Json) -> Json:
    """What describes the value: the parameter itself, or the one media type that its `content` names."""
    content: Json = one.get("content") or {}
    return next(iter(content.values()), one)


def _spread(name: str, value: Any, one: Json) -> list[tuple[str, str]]:
    """A value in the query: of the style `form` an entry for each item, unless `explode` is off."""
    style = str(one.get("style", "form"))
    if one.get("content") or not isinstance(value, list | Mapping):
        return [(name, _written(value))]
    if isinstance(value, Mapping) and style == "deepObject":
        return [(f"{name}[{key}]", _written(each)) for key, each in value.items()]
    if style not in _BETWEEN:
        raise Untried(f"Its parameter {shortened(name)} is written in the style {shortened(style)}.")
    if one.get("explode", style == "form"):
        pairs = value.items() if isinstance(value, Mapping) else ((name, each) for each in value)
        return [(str(key), _written(each)) for key, each in pairs]
    return [(name, _BETWEEN[style].join(_flat(value)))]


def _simple(value: Any, one: Json) -> str:
    """A value in a path, a header or a cookie: items with commas between, and an object's names before its values."""
    style = one.get("style")
    if style not in (None, _ONE_WAY.get(str(one.get("in")))):
        raise Untried(f"Its parameter {shortened(one.get('name'))} is written in the style {shortened(style)}.")
    if one.get("content") or not isinstance(value, list | Mapping):
        return _written(value)
    if isinstance(value, Mapping) and one.get("explode"):
        return ",".join(f"{key}={_written(each)}" for key, each in value.items())
    return ",".join(_flat(value))


def _flat(value: list[Any] | Mapping[str, Any]) -> list[str]:
    parts = value if isinstance(value, list) else [part for pair in value.items() for part in pair]
    return [_written(part) for part in parts]


def _written(value: Any) -> str:
    """A value as text: what is none yet as JSON writes it."""
    return value if isinstance(value, str) else json.dumps(value, allow_nan=False)


class Body(NamedTuple):
    """A body and its media type; `value` is None where nothing is sent."""

    value: Any = None
    media_type: str = JSON


def body_of(operation: Json, references: References, given: Json | None) -> Body:
    """The body of an operation, `given` standing in place of the document's other examples.

    A body is sent where one can be made, required or not. Untried where a required one cannot be.
    """
    asked: Any = references.follow(operation.get("requestBody"))
    if asked is None:
        return Body((given or {}).get("body"))
    media_type = _chosen(content := asked["content"])
    if given is not None:
        return _checked(Body(given.get("body"), media_type or JSON))
    try:
        return _made(content, media_type, references)
    except Untried:
        if asked.get("required"):
            raise
        return Body()


def _made(content: Json, media_type: str | None, references: References) -> Body:
    if media_type is None:
        raise Untried(f"Its body is of a media type that cannot be made: {shortened(', '.join(content) or 'none')}.")
    described = references.follow(content[media_type]) or {}
    sent = JSON if "*" in media_type else media_type
    for value in examples_in(described, references):
        return _checked(Body(value, sent))
    return _checked(Body(example_of(described.get("schema", {}), references), sent))


def _chosen(content: Json) -> str | None:
    """The media type to send, as the document writes it: JSON before a form before plain text."""
    kinds = {name: name.partition(";")[0].strip().lower() for name in content}
    wanted = (
        lambda kind: kind == JSON, is_json, lambda kind: kind in ("*/*", "application/*"),
        lambda kind: kind == FORM, lambda kind: kind == TEXT,
    )  # fmt: skip
    return next((name for fits in wanted for name, kind in kinds.items() if fits(kind)), None)


def _checked(body: Body) -> Body:
    """The body, if it can be written in its media type; YAML knows circles, dates and numbers that JSON does not."""
    left, seen = [body.value], 0
    while left:
        value, seen = left.pop(), seen + 1
        if seen > MOST_PARTS:
            raise Untried("Its example has more parts than are sent.")
        if isinstance(value, dict | list):
            left += value.values() if isinstance(value, dict) else value
        elif not isinstance(value, str | int | float | None) or (isinstance(value, float) and not math.isfinite(value)):
            raise Untried("Its example is no JSON.")
    kind = body.media_type.partition(";")[0].strip().lower()
    if not is_json(kind) and not isinstance(body.value, {FORM: dict, TEXT: str}.get(kind, object) | None):
        raise Untried(f"Its example cannot be written as {kind}.")
    return body
