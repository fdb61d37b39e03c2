"""Bodies: what a call sends, from the document's example or made of its schema: JSON, a form or plain text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from scopekit.errors import shortened
from scopekit.survey.calls import FORM, JSON, TEXT, is_json
from scopekit.survey.document.examples import MOST_PARTS, example_of
from scopekit.survey.document.parameters import examples_in
from scopekit.survey.document.references import References
from scopekit.survey.document.untried import Untried

Json = Mapping[str, Any]


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
