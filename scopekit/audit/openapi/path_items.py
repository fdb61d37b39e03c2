"""Servers: the address that the calls of a document go to.

Operations: each method of each path in an OpenAPI document, and the calls that it gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from scopekit.audit.calls import Call
from scopekit.audit.openapi.parameters import Parameters, body_of
from scopekit.audit.openapi.references import References, Untried
from scopekit.audit.openapi.security import Schemes
from scopekit.errors import DocumentError, shortened

Json = Mapping[str, Any]

_VARIABLE = re.compile(r"{([^{}]+)}")


def base_url(document: Json, read_from: str | None) -> str | None:
    """The first server's address, without a slash at its end; None where it cannot be told.

    It is resolved against where the document was read from (OpenAPI 3.1, Server Object), and `/` where none is named.
    """
    stated = server(document)
    if stated is None and document.get("servers"):
        return None
    try:
        url = urljoin(read_from or "", stated or "/")
        parts = urlsplit(url)
        parts.port  # noqa: B018  a port that is no number is a ValueError only here
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        return None
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def server(described: Json) -> str | None:
    """The first server that a document, a path or an operation names, with its variables at their defaults."""
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


METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
NO_OPERATIONS = "An OpenAPI document has paths with operations; found something else."

_MALFORMED = (LookupError, TypeError, AttributeError, ValueError, RecursionError)
"""What reading raises where a mapping, a list or text stands in the place of another."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document: a method of a path; `described` is what the document says of it."""

    method: str
    template: str
    item: Any
    described: Any
    of: Operations

    def calls(self) -> tuple[Call, ...]:
        """Its call, or one for each of its `x-scope-conditions`; Untried where none can or should be made.

        DocumentError where it is not written as OpenAPI writes an operation.
        """
        try:
            self._must_be_tried()
            if cases := self.described.get("x-scope-conditions"):
                return tuple(self._case(case) for case in cases)
            return (self._alone(),)
        except _MALFORMED:
            raise DocumentError(NO_OPERATIONS) from None

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    def _must_be_tried(self) -> None:
        if self.described.get("deprecated"):
            raise Untried("It is deprecated.")
        if self.method == "TRACE":
            raise Untried("TRACE must carry no token (RFC 9110 section 9.3.8).")
        if not self.template.startswith("/"):
            raise Untried("Its path does not begin with a slash.")
        for owner in (self.described, self.item):
            if owner.get("servers") and server(owner) != server(self.of.document):
                raise Untried(f"It is served at another address, {shortened(server(owner))}.")

    def _alone(self) -> Call:
        """The call of an operation that has no cases, with the document's security where it has none of its own."""
        security = self.described.get("security", self.of.document.get("security"))
        call = self._call(str(self.described.get("operationId") or self), security, None)
        return replace(call, conditional=bool(self.described.get("x-scope-depends")))

    def _case(self, case: Json) -> Call:
        """The call of one case, by its own example where it has one."""
        given = {"path": {}, "query": {}, **case["example"]} if "example" in case else None
        if not isinstance(case["name"], str):
            raise TypeError("a name is text")
        call = self._call(case["name"], case["security"], given)
        if not (owner := case.get("owner")):
            return call
        if owner["claim"] != "sub":
            raise DocumentError(f"An owner is compared with the claim 'sub'; found {shortened(owner['claim'])}.")
        own = self.of.schemes.access(owner["security"]).requirement
        return replace(call, own=own, owner=str(case["example"]["path"][owner["parameter"]]))

    def _call(self, name: str, security: Any, given: Json | None) -> Call:
        """A call with the values `given`, or with the document's other examples where that is None."""
        parameters = Parameters(self.item, self.described, self.of.references)
        path, query = (
            parameters.path(self.template, given and given["path"]),
            parameters.query(given and given["query"]),
        )
        body = body_of(self.described, self.of.references, given)
        access = self.of.schemes.access(security)
        answers = (str(status) for status in self.described.get("responses") or ())
        return Call(
            name, self.method, path + query, self.template, access.requirement, body.value,
            public=access.public,
            other_credentials=access.other,
            answers=frozenset(status for status in answers if not status.startswith("x-")),
            media_type=body.media_type,
            headers=parameters.headers(),
        )  # fmt: skip


class Operations:
    """All operations of a document, in its order; a path that holds none of them gives one that cannot be read."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.references = References(document)
        self.schemes = Schemes(document, self.references)

    def __iter__(self) -> Iterator[Operation]:
        for template, item in _items(self.document.get("paths")):
            try:
                found = self._whole(item)
                methods = [method for method in METHODS if method in found]
            except (TypeError, AttributeError, Untried):
                methods, found = ["any"], None
            for method in methods:
                yield Operation(method.upper(), template, found, found and found[method], self)

    def _whole(self, item: Json) -> dict[str, Any]:
        """A path's item, with what its `$ref` points to."""
        return {**(self.references.follow(item) if "$ref" in item else {}), **item}


def _items(paths: Any) -> list[tuple[str, Any]]:
    try:
        return [(str(template), item) for template, item in paths.items() if not str(template).startswith("x-")]
    except AttributeError:
        raise DocumentError(NO_OPERATIONS) from None
