"""A row of the tables: one call, the cases it has, and the scopes that each case needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from scopekit.requirements import Requirement

Json = dict[str, Any]

OWNER = "user_id"
"""The path parameter that names whose record a call is about: who has this `sub` owns it."""


@dataclass(frozen=True, slots=True)
class Case:
    """One way to make a call: what it needs, when it applies, and an example of it.

    `when` is a JSON Schema over `{"path": ..., "body": ..., "resource": ...}`; the first case that fits counts, and
    one without `when` always fits. `own` opens it too where the token's subject is the path's `user_id`. `path`,
    `query` and `body` are the example.
    """

    name: str
    requirement: Requirement
    path: Mapping[str, str] = field(default_factory=dict)
    _: KW_ONLY
    body: Json | None = None
    when: Json | None = None
    own: Requirement | None = None
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PrivateFields:
    """Fields that are left out of an answer, unless the token's scopes satisfy the requirement.

    `identities.access_token` is the field `access_token` of each entry in the list `identities`.
    """

    names: tuple[str, ...]
    requirement: Requirement


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; `id` names its handler, `body` and `query` are the schemas of what it takes.

    `refusals` are the statuses with which its handler may refuse by itself, beside a 404 for a record that its path
    names. `notes` says what neither the scopes nor the schemas can.
    """

    id: str
    method: str
    path: str
    cases: tuple[Case, ...]
    _: KW_ONLY
    body: Json | None = None
    success: int = 200
    private: PrivateFields | None = None
    deprecated: bool = False
    query: Json | None = None
    notes: str = ""
    refusals: tuple[int, ...] = ()
