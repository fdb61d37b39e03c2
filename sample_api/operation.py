"""A row of the tables: one call, the cases it has, and the scopes that each case needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scopekit.requirements import Requirement

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One way to make a call: what it needs, when it applies, and an example of it.

    `when` is a JSON Schema over `{"path": ..., "body": ..., "resource": ...}`; the first case that fits counts, and
    one without `when` always fits. `path` and `body` are the example.
    """

    name: str
    requirement: Requirement
    path: Mapping[str, str] = field(default_factory=dict)
    body: Json | None = None
    when: Json | None = None


@dataclass(frozen=True, slots=True)
class PrivateFields:
    """Fields that are left out of an answer, unless the token's scopes satisfy the requirement."""

    names: tuple[str, ...]
    requirement: Requirement


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; `id` names its handler, `body` is the schema of what it takes."""

    id: str
    method: str
    path: str
    cases: tuple[Case, ...]
    body: Json | None = None
    success: int = 200
    private: PrivateFields | None = None
    deprecated: bool = False
