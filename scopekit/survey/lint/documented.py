"""What the rules over a document look at: its calls and scopes as they were read, and what only the document says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scopekit.scopes import ANY_SCOPE, Vocabulary
from scopekit.survey.calls import Call


@dataclass(frozen=True, slots=True, repr=False)
class Documented:
    """An API's calls and vocabulary; `raw` is its OpenAPI document, for what only that says, or empty."""

    calls: Sequence[Call]
    vocabulary: Vocabulary = ANY_SCOPE
    raw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def asked(self) -> dict[str, list[str]]:
        """The scopes that calls ask for, each with the calls that do."""
        found: dict[str, list[str]] = {}
        for call in self.calls:
            needs = [each for each in (call.requirement, call.own) if each]
            for name in sorted({name for need in needs for one in need.alternatives for name in one}):
                found.setdefault(name, []).append(name_of(call))
        return found

    @property
    def names(self) -> list[str]:
        """All scopes, declared or asked for, sorted."""
        return sorted({*self.vocabulary, *self.asked})

    def operations(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The operations of the raw document by method and path, as far as it can be read."""
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
        """The scopes that show single fields of an answer, as `x-scope-fields` names them."""
        for _, operation in self.operations():
            fields = operation.get("x-scope-fields")
            for described in fields if isinstance(fields, list) else ():
                security = described.get("security") if isinstance(described, Mapping) else None
                for one in security if isinstance(security, list) else ():
                    yield from (str(name) for _, names in items(one) if isinstance(names, list) for name in names)


def name_of(call: Call) -> str:
    """A call as findings name it: its method and path, and its own name where it has one."""
    place = f"{call.method} {call.template}"
    return place if call.name in ("", place) else f"{place} ({call.name})"


def items(value: object) -> list[tuple[str, Any]]:
    """The items of what may be a mapping; none where it is something else."""
    return [(str(name), each) for name, each in value.items()] if isinstance(value, Mapping) else []
