"""Reads an OpenAPI document, 3.0 or 3.1, into calls, a vocabulary, and a list of operations that cannot be called.

Few documents are free of mistakes, and one wrong operation must not hide hundreds of right ones. So each operation is
read on its own, straight from the document's mapping. An operation that cannot be called is listed with the reason.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from scopekit.audit.calls import Call
from scopekit.audit.openapi.loading import Json, References, SkipOperation, load
from scopekit.audit.openapi.parameters import Parameters, body_of
from scopekit.audit.openapi.security import NO_SCHEMES, Schemes
from scopekit.display import Displayed
from scopekit.errors import DocumentError
from scopekit.scopes import Vocabulary
from scopekit.wording import shortened

VERSIONS = ("3.0", "3.1")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
NO_OPERATIONS = "An OpenAPI document must have paths with valid operations; this one does not."

_VARIABLE = re.compile(r"{([^{}]+)}")
_MALFORMED = (LookupError, TypeError, AttributeError, ValueError, RecursionError)
"""What reading raises if the document has a value of the wrong type."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An operation that is not called, and why. `operation` is written as `METHOD /path`; `reason` is a sentence."""

    operation: str
    reason: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.reason}"


@dataclass(frozen=True, slots=True, repr=False)
class Document(Displayed):
    """What an OpenAPI document says: its calls, the operations left out, and the scopes that it declares.

    `base_url` is the address to which the calls go, or None if it is unknown. `operations` is the number of operations.
    Each operation gives one call, or one call for each of its cases, or is left out. `raw` is the whole document.
    """

    title: str
    base_url: str | None
    calls: tuple[Call, ...]
    left_out: tuple[LeftOut, ...]
    vocabulary: Vocabulary
    operations: int
    raw: Json = field(default_factory=dict, compare=False)


def read_document(source: str | Path | Json, *, anywhere: bool = False) -> Document:
    """Reads a document from a URL, a file of JSON or YAML, or a mapping. Raises DocumentError if it is not OpenAPI.

    A URL must be on this machine, unless `anywhere` is True.
    """
    document, read_from = load(source, anywhere=anywhere)
    version = str(document.get("openapi", ""))
    if version[:3] not in VERSIONS or version[3:4] not in ("", "."):
        names = (("openapi", "OpenAPI"), ("swagger", "Swagger"))
        other = next((f"{name} {document[key]}" for key, name in names if key in document), "no version")
        raise DocumentError(
            f"An OpenAPI document of version {' or '.join(VERSIONS)} is needed; found {shortened(other)}."
        )
    info, all_operations = document.get("info"), DocumentedOperations({"paths": {}, **document})
    title = info.get("title") if isinstance(info, Mapping) else None
    operations = tuple(all_operations)
    calls: list[Call] = []
    left_out: list[LeftOut] = []
    for operation in operations:
        try:
            calls += operation.calls()
        except SkipOperation as reason:
            left_out.append(LeftOut(str(operation), str(reason)))
        except DocumentError as error:
            unreadable = "The operation is not valid OpenAPI."
            left_out.append(LeftOut(str(operation), unreadable if str(error) == NO_OPERATIONS else str(error)))
    return Document(
        title if isinstance(title, str) and title else "An API without a title", base_url(document, read_from),
        tuple(calls), tuple(left_out), all_operations.schemes.vocabulary(), len(operations), document,
    )  # fmt: skip


def read_calls(document: Json) -> tuple[Call, ...]:
    """The calls of an OpenAPI document, given as a mapping. Raises DocumentError if an operation is broken.

    An operation with `x-scope-conditions` gives one call for each case listed there. The `owner` of a case says which
    path parameter is compared with the token's `sub`, and what opens the call if the two are equal.
    """
    calls: list[Call] = []
    if not isinstance(document, Mapping):
        raise DocumentError(NO_OPERATIONS)
    for operation in DocumentedOperations(document):
        with contextlib.suppress(SkipOperation):
            calls += operation.calls()
    return tuple(calls)


def read_vocabulary(document: Json) -> Vocabulary:
    """The scopes that a document declares, and the hierarchy in `x-scope-implies`. The vocabulary may be empty."""
    if not isinstance(document, Mapping):
        raise DocumentError(NO_SCHEMES)
    return Schemes(document, References(document)).vocabulary()


@dataclass(frozen=True, slots=True)
class DocumentedOperation:
    """One operation of a document: one method of one path. `described` is the document's Operation Object."""

    method: str
    template: str
    item: Any
    described: Any
    of: DocumentedOperations

    def calls(self) -> tuple[Call, ...]:
        """The calls of the operation: one for each case in `x-scope-conditions`, or a single call if there are none.

        Raises SkipOperation if the operation cannot or should not be called, and DocumentError if it is not valid.
        """
        try:
            if self.described.get("deprecated"):
                raise SkipOperation("The operation is deprecated.")
            if self.method == "TRACE":
                raise SkipOperation("A TRACE request must not carry a token (RFC 9110 section 9.3.8).")
            if not self.template.startswith("/"):
                raise SkipOperation("The path does not begin with a slash.")
            for owner in (self.described, self.item):
                if owner.get("servers") and server(owner) != server(self.of.document):
                    raise SkipOperation(f"The operation is served at another address, {shortened(server(owner))}.")
            if cases := self.described.get("x-scope-conditions"):
                return tuple(self._case(case) for case in cases)
            security = self.described.get("security", self.of.document.get("security"))
            call = self._call(str(self.described.get("operationId") or self), security, None)
            return (replace(call, conditional=bool(self.described.get("x-scope-depends"))),)
        except _MALFORMED:
            raise DocumentError(NO_OPERATIONS) from None

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    def _case(self, case: Json) -> Call:
        """The call for one case in `x-scope-conditions`, with the values of the case's example if the case has one."""
        example = {"path": {}, "query": {}, **case["example"]} if "example" in case else None
        if not isinstance(case["name"], str):
            raise TypeError("a name is text")
        call = self._call(case["name"], case["security"], example)
        if not (owner := case.get("owner")):
            return call
        if owner["claim"] != "sub":
            raise DocumentError(f"The owner of a case must name the claim 'sub'; found {shortened(owner['claim'])}.")
        own = self.of.schemes.access(owner["security"]).requirement
        return replace(call, own=own, owner=str(case["example"]["path"][owner["parameter"]]))

    def _call(self, name: str, security: Any, example: Json | None) -> Call:
        """A call with the values of `example`. If `example` is None, the document's other examples are used."""
        parameters = Parameters(self.item, self.described, self.of.references)
        path = parameters.path(self.template, example and example["path"])
        path += parameters.query(example and example["query"])
        body = body_of(self.described, self.of.references, example)
        access = self.of.schemes.access(security)
        answers = map(str, self.described.get("responses") or ())
        return Call(
            name, self.method, path, self.template, access.requirement, body.value,
            public=access.public,
            other_credentials=access.other,
            answers=frozenset(status for status in answers if not status.startswith("x-")),
            media_type=body.media_type,
            headers=parameters.headers(),
        )  # fmt: skip


class DocumentedOperations:
    """All operations in the order of the document. A path that cannot be read counts as one unreadable operation."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.references = References(document)
        self.schemes = Schemes(document, self.references)

    def __iter__(self) -> Iterator[DocumentedOperation]:
        paths = self.document.get("paths")
        if not isinstance(paths, Mapping):
            raise DocumentError(NO_OPERATIONS)
        for template, item in ((str(name), item) for name, item in paths.items() if not str(name).startswith("x-")):
            whole: Any = None
            try:
                whole = {**(self.references.follow(item) if "$ref" in item else {}), **item}
                methods = [method for method in METHODS if method in whole]
            except (TypeError, AttributeError, SkipOperation):
                methods = ["any"]
            for method in methods:
                yield DocumentedOperation(method.upper(), template, whole, whole and whole[method], self)


def base_url(document: Json, read_from: str | None) -> str | None:
    """The address of the document's first server, without a slash at the end. None if the address is unknown.

    Without servers, the address is `/`. A relative address is resolved against the document's URL (OpenAPI 3.1).
    """
    first = server(document)
    if first is None and document.get("servers"):
        return None
    try:
        parts = urlsplit(urljoin(read_from or "", first or "/"))
        parts.port  # noqa: B018  a port that is not a number is a ValueError only here
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        return None
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def server(described: Json) -> str | None:
    """The address of the first server of a document, path or operation, with defaults in place of variables."""
    servers = described.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else None
    url = first.get("url") if isinstance(first, Mapping) else None
    if not isinstance(first, Mapping) or not isinstance(url, str):
        return None
    for name in set(_VARIABLE.findall(url)):
        variable = (first.get("variables") or {}).get(name) if isinstance(first.get("variables"), Mapping) else None
        if not isinstance(variable, Mapping) or not isinstance(default := variable.get("default"), str | int):
            return None
        url = url.replace(f"{{{name}}}", str(default))
    return url
