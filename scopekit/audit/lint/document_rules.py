"""Rules for an API's OpenAPI document, such as: the document must declare each scope that a call asks for.

A rule looks at the calls and scopes that were read from the document, or at the raw document itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any
from urllib.parse import urlsplit

from scopekit.audit.calls import Call
from scopekit.audit.exposure import kind_of
from scopekit.audit.lint.findings import Rule
from scopekit.audit.token_facts import Place
from scopekit.scopes import ANY_SCOPE, Vocabulary


@dataclass(frozen=True, slots=True, repr=False)
class Documented:
    """The calls and the vocabulary of an API. `raw` is the OpenAPI document, or empty if there is none."""

    calls: Sequence[Call]
    vocabulary: Vocabulary = ANY_SCOPE
    raw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def asked(self) -> dict[str, list[str]]:
        """Maps each scope that a call asks for to the names of all calls that ask for this scope."""
        found: dict[str, list[str]] = {}
        for call in self.calls:
            needs = [each for each in (call.requirement, call.own) if each]
            for name in sorted({name for need in needs for one in need.alternatives for name in one}):
                found.setdefault(name, []).append(name_of(call))
        return found

    @property
    def names(self) -> list[str]:
        """All scopes that the document declares or a call asks for, sorted."""
        return sorted({*self.vocabulary, *self.asked})

    def operations(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The readable operations of the raw document, each with its method and path."""
        for template, item in items(self.raw.get("paths")):
            for method, operation in items(item):
                if method in ("get", "put", "post", "delete", "patch", "head", "options") and items(operation):
                    yield f"{method.upper()} {template}", operation

    def flows(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """The OAuth flows of the raw document: the scheme's name, the flow's name, and the flow."""
        components = self.raw.get("components")
        schemes = components.get("securitySchemes") if isinstance(components, Mapping) else None
        for scheme, described in items(schemes):
            for name, flow in items(described.get("flows") if isinstance(described, Mapping) else None):
                yield scheme, name, flow if isinstance(flow, Mapping) else {}

    def for_fields(self) -> Iterator[str]:
        """The scopes that open single fields of a response, as listed in `x-scope-fields`."""
        for _, operation in self.operations():
            fields = operation.get("x-scope-fields")
            for described in fields if isinstance(fields, list) else ():
                security = described.get("security") if isinstance(described, Mapping) else None
                for one in security if isinstance(security, list) else ():
                    yield from (str(name) for _, names in items(one) if isinstance(names, list) for name in names)


def name_of(call: Call) -> str:
    """The name of a call in findings: the method, the path and, if the call has its own name, that name."""
    place = f"{call.method} {call.template}"
    return place if call.name in ("", place) else f"{place} ({call.name})"


def items(value: object) -> list[tuple[str, Any]]:
    """The items of a mapping. Empty if `value` is not a mapping."""
    return [(str(name), each) for name, each in value.items()] if isinstance(value, Mapping) else []


GRANTING = ("client-grants", "grants", "tokens", "keys", "authorizations", "credentials")
"""A call makes credentials if its path ends in one of these words, or if it has `x-scope-grants: true`."""

_REVOKES = re.compile("blacklist|denylist|blocklist|revo[ck]", re.IGNORECASE)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def undeclared(api: Documented) -> Iterator[Place]:
    """Scopes that a call asks for, but that no security scheme declares."""
    for name, callers in api.asked.items():
        if name not in api.vocabulary:
            close = api.vocabulary.suggest(name)
            hint = f"; did you mean {close}?" if close else ""
            more = f" and {len(callers) - 1} more" if len(callers) > 1 else ""
            yield Place(name, f"asked for by {callers[0]}{more}{hint}")


def unused(api: Documented) -> Iterator[Place]:
    """Declared scopes that open nothing, neither directly nor through a scope that they imply."""
    used = {*api.asked, *api.for_fields()}
    for name in api.vocabulary:
        if not api.vocabulary.expand([name]) & used:
            yield Place(name)


def write_for_any_token(api: Documented) -> Iterator[Place]:
    """Calls that change something and need a token, but no scope."""
    for call in api.calls:
        if kind_of(call.method) != "read" and call.requirement and frozenset() in call.requirement.alternatives:
            yield Place(name_of(call))


def write_undocumented(api: Documented) -> Iterator[Place]:
    """Calls that change something, although the document does not say what they need."""
    for call in api.calls:
        if kind_of(call.method) != "read" and call.requirement is None:
            yield Place(name_of(call))


def self_granting(api: Documented) -> Iterator[Place]:
    """Calls with which the owner of a token can create credentials that open more than the token."""
    marked = {name for name, operation in api.operations() if operation.get("x-scope-grants") is True}
    for call in api.calls:
        is_marked = f"{call.method} {call.template}" in marked
        if call.requirement and call.requirement.least() and (is_marked or _makes_grants(call)):
            reason = "stated by x-scope-grants" if is_marked else "guessed from its path"
            yield Place(name_of(call), f"opened by {call.requirement}; {reason}")


def wildcards(api: Documented) -> Iterator[Place]:
    """Scopes that contain a star."""
    for name in api.names:
        if "*" in name:
            yield Place(name)


def prefixes(api: Documented) -> Iterator[Place]:
    """Pairs of scopes in which one begins with the other, but is not implied by it."""
    for one, other in combinations(api.names, 2):
        if other.startswith(one) and other not in api.vocabulary.expand([one]):
            yield Place(one, f"is a prefix of {other}")


def cases(api: Documented) -> Iterator[Place]:
    """Pairs of scopes that differ only in upper and lower case."""
    seen: dict[str, str] = {}
    for name in api.names:
        if (other := seen.setdefault(name.lower(), name)) != name:
            yield Place(name, f"differs only in case from {other}")


def listed_parent(api: Documented) -> Iterator[Place]:
    """Alternatives that need not be listed, because they imply another alternative of the same call."""
    for call in api.calls:
        for one in call.requirement.alternatives if call.requirement else ():
            inner = [other for other in call.requirement.alternatives if other != one] if call.requirement else []
            if any(other <= api.vocabulary.expand(one) for other in inner):
                yield Place(name_of(call), f"{' and '.join(sorted(one))} need not be listed")


def read_writes(api: Documented) -> Iterator[Place]:
    """Calls that change something, but are opened by a scope with `read` in its name."""
    for call in api.calls:
        alternatives = call.requirement.alternatives if call.requirement and kind_of(call.method) != "read" else ()
        for one in alternatives:
            if one and all("read" in re.split("[:._-]", name) for name in one):
                yield Place(name_of(call), f"opened by {' and '.join(sorted(one))}")


def unsaid_refusals(api: Documented) -> Iterator[Place]:
    """Operations that need a token, but do not document the refusal of a bad token."""
    for name, operation in api.operations():
        found = operation.get("security", api.raw.get("security"))
        security = [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
        answers = {str(status).upper() for status, _ in items(operation.get("responses"))}
        if not security or {} in security or answers & {"DEFAULT", "4XX"}:
            continue
        scopes = [name for one in security for names in one.values() if isinstance(names, list) for name in names]
        if missing := [status for status in ("401", "403")[: 1 + bool(scopes)] if status not in answers]:
            yield Place(name, f"no {' and no '.join(missing)}")


def implicit_flow(api: Documented) -> Iterator[Place]:
    """Security schemes with the implicit flow, which puts tokens into URLs."""
    for scheme, name, _ in api.flows():
        if name == "implicit":
            yield Place(scheme)


def plain_token_url(api: Documented) -> Iterator[Place]:
    """OAuth flows that fetch tokens from another machine without TLS."""
    for scheme, name, flow in api.flows():
        try:
            parts = urlsplit(str(flow.get("tokenUrl", "")))
            plain = parts.scheme == "http" and parts.hostname not in _LOOPBACK
        except ValueError:
            plain = False
        if plain:
            yield Place(f"{scheme}, {name}")


def _makes_grants(call: Call) -> bool:
    words = [part for part in call.template.split("/") if part and not part.startswith("{")]
    makes = call.method in ("POST", "PUT", "PATCH") and bool(words)
    return makes and words[-1].replace("_", "-") in GRANTING and not _REVOKES.search(call.template)


DOCUMENT_RULES: tuple[Rule, ...] = (
    Rule("document-scope-undeclared", "document", "error",
         "A call asks for a scope that the document does not declare.",
         "Declare it, or correct its name.", "OpenAPI 3.1, Security Requirement Object", undeclared),
    Rule("document-scope-unused", "document", "note", "A declared scope opens no call.",
         "Remove it, or document what it opens.", "OpenAPI 3.1, OAuth Flow Object", unused),
    Rule("document-write-any-token", "document", "warning",
         "Any valid token, whatever its scopes, opens a call that changes something.",
         "Require a scope.", "RFC 6749 section 3.3", write_for_any_token),
    Rule("document-write-unsaid", "document", "warning",
         "The document does not state what a call that changes something needs.",
         "State what it needs under `security`.", "OpenAPI 3.1, Operation Object", write_undocumented),
    Rule("document-self-granting", "document", "warning",
         "A token that opens this call can get more scopes, by x-scope-grants or (a heuristic) by its path.",
         "Treat its scope like all scopes together: few holders, short lives.", "RFC 6749 section 3.3", self_granting),
    Rule("document-wildcard", "document", "warning",
         "No standard defines a star in a scope, but some code reads it as every scope.",
         "Name the scopes that are meant.", "RFC 6749 section 3.3", wildcards),
    Rule("document-prefix", "document", "warning",
         "A scope begins with another scope, so code that compares prefixes confuses the two.",
         "Compare whole scopes.", "RFC 6749 section 3.3", prefixes),
    Rule("document-case", "document", "error", "Two scopes differ only in case, but scopes are case-sensitive.",
         "Keep one of them.", "RFC 6749 section 3.3", cases),
    Rule("document-listed-parent", "document", "note",
         "A listed alternative is redundant: it implies another one, which is enough.",
         "List only the implied alternative; every scope that implies it is enough too.",
         "OpenAPI 3.1, Security Requirement Object", listed_parent),
    Rule("document-read-writes", "document", "warning",
         "A scope named for reading opens a call that changes something.",
         "Ask for a scope that is named for the change.", "RFC 6749 section 3.3", read_writes),
    Rule("document-no-refusal", "document", "warning",
         "An operation needs a token, but does not document how it refuses one.",
         "Document 401 and 403.", "RFC 6750 section 3.1; OpenAPI 3.1, Responses Object", unsaid_refusals),
    Rule("document-implicit", "document", "warning", "The implicit flow puts tokens into URLs.",
         "Use the authorization code flow.", "RFC 9700 section 2.1.2", implicit_flow),
    Rule("document-token-url", "document", "error", "Tokens and secrets go over the network unencrypted.",
         "Use https.", "RFC 6749 section 3.2", plain_token_url),
)  # fmt: skip
"""The rules for a document."""
