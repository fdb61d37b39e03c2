"""Decisions: what a guard answers, and the steps that led there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scopekit.errors import PolicyError, shortened
from scopekit.requirements import NO_SCOPE, Requirement
from scopekit.scopes import Scopes
from scopekit.tokens import Token

Verdict = Literal["passed", "failed", "off", "skipped"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one check says no.

    `description` goes out on the wire and holds nothing of the token. `found` and `fix` are for the person who may
    see the token: what the check found, and the cheapest way to pass.
    """

    status: int
    error: str | None
    description: str
    found: str
    fix: str


@dataclass(frozen=True, slots=True)
class Step:
    """One check's part in a decision: what it looked at, by which rule, what it found, and the cheapest fix."""

    check: str
    verdict: Verdict
    looked_at: str
    rule: str
    found: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request may go on, and why. It is true where it may.

    `status` is the HTTP status of a refusal, 200 otherwise; `check` is the first check that said no. `token` and
    `granted`, the expanded scopes, are there only where allowed. `steps` are there only where they were asked for.
    """

    allowed: bool
    status: int
    check: str | None = None
    error: str | None = None
    description: str = ""
    needed: Requirement = NO_SCOPE
    least: Scopes = ()
    token: Token | None = None
    granted: frozenset[str] = frozenset()
    off: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()

    def __bool__(self) -> bool:
        return self.allowed

    def grants(self, requirement: Requirement) -> bool:
        """Whether the scopes granted satisfy a further requirement: a field's, say. With that check off, always."""
        return self.allowed and ("scopes" in self.off or requirement.satisfied_by(self.granted))

    def step(self, check: str) -> Step:
        """The step of that check; PolicyError where there is none, as in a decision made without steps."""
        names = [step.check for step in self.steps]
        if check not in names:
            known = f"one of {', '.join(names)}" if names else "there only in what `explain` decides"
            raise PolicyError(f"A step is {known}; found {shortened(check)}.")
        return self.steps[names.index(check)]

    def __repr__(self) -> str:
        from scopekit.show import decision_text

        return decision_text(self)

    def _repr_html_(self) -> str:
        from scopekit.show import decision_html

        return decision_html(self)
