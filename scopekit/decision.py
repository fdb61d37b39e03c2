"""Decisions: what a guard answers, and the steps that led there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from scopekit.display import html
from scopekit.errors import PolicyError, shortened
from scopekit.requirements import NO_SCOPE, Requirement
from scopekit.scopes import Scopes
from scopekit.tokens import Token

Verdict = Literal["passed", "failed", "off", "skipped"]

MARKS = {
    "allowed": "✓", "passed": "✓", "denied": "✗", "hidden": "✗", "failed": "✗", "off": "!", "skipped": "-",
    "undetermined": "?", "unseen": "?",
}  # fmt: skip
"""The mark of each verdict of a decision, a step or a cell: no verdict is told by colour alone."""


class Refusal(NamedTuple):
    """Why one check says no.

    `description` goes out on the wire and holds nothing of the token. `found` and `fix` are for the person who may
    see the token: what the check found, and the cheapest way to pass.
    """

    status: int
    error: str | None
    description: str
    found: str
    fix: str


class Step(NamedTuple):
    """One check's part in a decision: what it looked at, by which rule, what it found, and the cheapest fix."""

    check: str
    verdict: Verdict
    looked_at: str
    rule: str
    found: str
    fix: str = ""


@dataclass(frozen=True, slots=True, repr=False)
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

    def to_json(self, *, private: bool = False) -> dict[str, Any]:
        """The decision as JSON has it, with nothing of the token: safe to log, as its answer is on the wire.

        `private=True` adds what the steps found and the scopes granted, for whoever may see the token's claims. The
        token itself is never in it.
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
        """The verdict in a line: allowed, or denied by which check, with which answer."""
        off = f" (CHECKS OFF: {', '.join(self.off)})" if self.off else ""
        if self.allowed:
            return f"{MARKS['allowed']} allowed{off}"
        code = f" {self.error}" if self.error else ""
        by = f" by the check {self.check}" if self.check else ""  # an answer from outside may not show which
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
