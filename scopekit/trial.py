"""A trial: one request on its way through the checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from scopekit.keys import Key
from scopekit.requirements import OwnerBound, Requirement
from scopekit.revocation import Asked
from scopekit.tokens import Token

if TYPE_CHECKING:
    from scopekit.cache import Known
    from scopekit.guard import Guard


class Trial:
    """What came in with one request, and what each check found out."""

    __slots__ = (
        "asked", "authorization", "bound", "claims", "granted", "guard", "key", "memory", "now", "query_token",
        "requirement", "span", "text", "token", "verifies",
    )  # fmt: skip

    text: str
    token: Token
    claims: dict[str, Any]
    bound: OwnerBound | None
    key: Key | None
    verifies: Callable[[bytes, bytes], bool]
    memory: dict[str, Known]

    def __init__(
        self,
        guard: Guard,
        authorization: str | Sequence[str] | None,
        query_token: str | None,
        requirement: Requirement | OwnerBound,
    ) -> None:
        self.guard = guard
        self.authorization = [authorization] if isinstance(authorization, str) else authorization or ()
        self.query_token = query_token
        if isinstance(requirement, OwnerBound):
            self.bound, self.requirement = requirement, requirement.anyone
        else:
            self.bound, self.requirement = None, requirement
        self.now = guard.clock.now()
        self.text = ""
        self.key = None
        self.span: tuple[float, float | None] | None = None
        self.asked: Asked | None = None
        self.granted: frozenset[str] | None = None
