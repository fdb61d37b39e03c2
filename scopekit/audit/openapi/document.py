"""Documents: a whole OpenAPI document, 3.0 or 3.1, as calls, a vocabulary, and what could not be tried.

It is read straight from its mapping. Nobody's document is quite right, and one operation that is wrong must not hide
the hundreds that are not: each is read on its own, and what cannot be tried is listed with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scopekit.audit.calls import Call
from scopekit.audit.openapi.loading import load
from scopekit.audit.openapi.path_items import NO_OPERATIONS, Operations, base_url
from scopekit.audit.openapi.references import References, Untried
from scopekit.audit.openapi.security import NO_SCHEMES, Schemes
from scopekit.display import Displayed
from scopekit.errors import DocumentError, shortened
from scopekit.scopes import Vocabulary

Json = Mapping[str, Any]

VERSIONS = ("3.0", "3.1")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An operation of which no call is made, as `METHOD /path`, and the reason as a sentence."""

    operation: str
    reason: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.reason}"


@dataclass(frozen=True, slots=True, repr=False)
class Document(Displayed):
    """What an OpenAPI document says: its calls, the operations left out, and the scopes that it knows.

    `base_url` is where the calls go, None where that cannot be told. `operations` is how many there are: each gives a
    call, several where it has cases, or is left out. `raw` is the document itself, for what only that says.
    """

    title: str
    base_url: str | None
    calls: tuple[Call, ...]
    left_out: tuple[LeftOut, ...]
    vocabulary: Vocabulary
    operations: int
    raw: Json = field(default_factory=dict, compare=False)


def read_document(source: str | Path | Json, *, anywhere: bool = False) -> Document:
    """The document at a URL, in a file of JSON or YAML, or that a mapping holds; DocumentError where that is none.

    A URL is one of this machine, unless `anywhere` is True.
    """
    document, read_from = load(source, anywhere=anywhere)
    _must_be_read_here(document)
    operations = tuple(declared := Operations({"paths": {}, **document}))
    calls: list[Call] = []
    left_out: list[LeftOut] = []
    for operation in operations:
        try:
            calls += operation.calls()
        except Untried as reason:
            left_out.append(LeftOut(str(operation), str(reason)))
        except DocumentError as error:
            told = "It is not written as OpenAPI writes an operation." if str(error) == NO_OPERATIONS else str(error)
            left_out.append(LeftOut(str(operation), told))
    return Document(
        _title(document), base_url(document, read_from), tuple(calls), tuple(left_out),
        declared.schemes.vocabulary(), len(operations), document,
    )  # fmt: skip


def read_calls(document: Json) -> tuple[Call, ...]:
    """The calls of an OpenAPI document that is loaded already; DocumentError where one of its operations is broken.

    An operation with `x-scope-conditions` gives one call for each of its cases. The `owner` of a case says which path
    parameter is compared with `sub`, and what opens the call where they are the same.
    """
    calls: list[Call] = []
    if not isinstance(document, Mapping):
        raise DocumentError(NO_OPERATIONS)
    for operation in Operations(document):
        try:
            calls += operation.calls()
        except Untried:
            continue
    return tuple(calls)


def read_vocabulary(document: Json) -> Vocabulary:
    """The scopes that a document's schemes declare, with what `x-scope-implies` says; empty where it has none."""
    if not isinstance(document, Mapping):
        raise DocumentError(NO_SCHEMES)
    return Schemes(document, References(document)).vocabulary()


def _must_be_read_here(document: Json) -> None:
    version = str(document.get("openapi", ""))
    if version[:3] in VERSIONS and version[3:4] in ("", "."):
        return
    found = next((f"{name} {document[key]}" for key, name in _NAMES if key in document), "no version")
    raise DocumentError(f"An OpenAPI document of version {' or '.join(VERSIONS)} is needed; found {shortened(found)}.")


_NAMES = (("openapi", "OpenAPI"), ("swagger", "Swagger"))


def _title(document: Json) -> str:
    info = document.get("info")
    title = info.get("title") if isinstance(info, Mapping) else None
    return title if isinstance(title, str) and title else "An API without a title"
