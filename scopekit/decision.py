"""Decisions: what a guard decides about a request, and the steps that led to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from scopekit.display import html
from scopekit.errors import PolicyError
from scopekit.requirements import NO_SCOPE, Part, Requirement, any_of
from scopekit.scopes import Scopes
from scopekit.tokens import Token
from scopekit.wording import shortened

Verdict = Literal["passed", "failed", "off", "skipped"]

MARKS = {
    "allowed": "✓", "passed": "✓", "denied": "✗", "hidden": "✗", "failed": "✗", "off": "!", "skipped": "-",
    "undetermined": "?", "unseen": "?",
}  # fmt: skip
"""The mark shown with each verdict of a decision, a step or a cell, so that nothing depends on colour alone."""


class Refusal(NamedTuple):
    """Why a check refuses a request.

    `description` is sent to the client and reveals nothing about the token. `found` (the check's finding) and `fix`
    (the cheapest way to pass) are shown only to a person who may see the token.
    """

    status: int
    error: str | None
    description: str
    found: str
    fix: str


class Step(NamedTuple):
    """One check's part in a decision: what it looked at, its rule, what it found, and the cheapest fix."""

    check: str
    verdict: Verdict
    looked_at: str
    rule: str
    found: str
    fix: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Decision:
    """Whether a request is allowed, and why. A Decision is true if the request is allowed.

    `status` is the HTTP status of the refusal, or 200. `check` is the first failed check. `granted` has the token's
    scopes and all scopes they imply. Only allowed requests have `token` and `granted`. Only `explain` sets `steps`.
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

    def grants(self, requirement: Part) -> bool:
        """Whether the request is allowed and its scopes satisfy `requirement`. If the check `scopes` is off, any do."""
        needed = requirement if isinstance(requirement, Requirement) else any_of(requirement)
        return self.allowed and ("scopes" in self.off or needed.satisfied_by(self.granted))

    def step(self, check: str) -> Step:
        """The step of `check`. Raises PolicyError if the decision has no such step: only `explain` makes steps."""
        names = [step.check for step in self.steps]
        if check not in names:
            known = f"A step must be one of {', '.join(names)}" if names else "Only a decision by `explain` has steps"
            raise PolicyError(f"{known}; the requested step is {shortened(check)}.")
        return self.steps[names.index(check)]

    def to_json(self, *, private: bool = False) -> dict[str, Any]:
        """The decision as JSON, safe to log: it reveals no more about the token than the HTTP response does.

        `private=True` adds the granted scopes and the steps' findings, for readers who may see the token's claims.
        The token itself is never included.
        """
        plain = ("allowed", "status", "check", "error", "description")
        steps = [step._asdict() if private else step._asdict() | {"found": ""} for step in self.steps]
        return {
            **{name: getattr(self, name) for name in plain},
            "needed": [sorted(each) for each in self.needed.alternatives],
            "least": list(self.least), "off": list(self.off), "steps": steps,
            **({"granted": sorted(self.granted)} if private else {}),
        }  # fmt: skip

    @property
    def verdict(self) -> str:
        """The verdict in one line: allowed, or denied with the check, the status and the reason."""
        off = f" (CHECKS OFF: {', '.join(self.off)})" if self.off else ""
        if self.allowed:
            return f"{MARKS['allowed']} allowed{off}"
        code = f" {self.error}" if self.error else ""
        by = f" by the check {self.check}" if self.check else ""  # unknown for another API's response
        return f"{MARKS['denied']} denied{by}: {self.status}{code}. {self.description}{off}"

    def __repr__(self) -> str:
        width = max((len(step.check) for step in self.steps), default=0)
        lines = [self.verdict]
        for number, step in enumerate(self.steps, 1):
            lines.append(f"{number:>3} {MARKS[step.verdict]} {step.check:{width}}  {step.verdict:7}  {step.found}")
            if step.verdict == "failed":
                lines.append(f"{'':{width + 8}}{step.rule}. {step.fix}")
        return "\n".join(lines)

    _repr_html_ = html


class Allowed(Decision):
    """The decision of a guard that allows a request. Always true, so that `if decision:` narrows its token's type."""

    __slots__ = ()
    token: Token

    def __bool__(self) -> Literal[True]:
        return True


class Denied(Decision):
    """The decision of a guard that refuses a request. Always false."""

    __slots__ = ()

    def __bool__(self) -> Literal[False]:
        return False
