"""Decisions: what a guard answers, and the steps that led there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

from scopekit.errors import DecisionError, PolicyError, ScopeKitError, shortened
from scopekit.requirements import NO_SCOPE, Requirement
from scopekit.scopes import Scopes, scopes
from scopekit.tokens import Token

Verdict = Literal["passed", "failed", "off", "skipped"]


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
        told: dict[str, Any] = {name: getattr(self, name) for name in _PLAIN}
        told["needed"] = [sorted(each) for each in self.needed.alternatives]
        told["least"], told["off"] = list(self.least), list(self.off)
        told["steps"] = [step._asdict() if private else step._asdict() | {"found": ""} for step in self.steps]
        return told | ({"granted": sorted(self.granted)} if private else {})

    @classmethod
    def from_json(cls, told: str | Mapping[str, Any]) -> Decision:
        """The decision that `to_json` told of, as text or as an object: a record that holds no token.

        DecisionError where it is none. Believe it no further than whoever sent it.
        """
        try:
            found = dict(json.loads(told) if isinstance(told, str) else told)
            decision = cls(
                **{name: _typed(found[name], kind) for name, kind in _PLAIN.items()},
                needed=Requirement(tuple(frozenset(scopes(_typed(each, list))) for each in found["needed"])),
                least=scopes(_typed(found["least"], list)),
                off=tuple(_typed(name, str) for name in _typed(found["off"], list)),
                steps=tuple(_step(each) for each in _typed(found["steps"], list)),
                granted=frozenset(scopes(_typed(found.get("granted", []), list))),
            )
        except (ScopeKitError, ValueError, TypeError, KeyError, RecursionError):
            raise DecisionError("A decision is the object that to_json writes; found something else.") from None
        if decision.allowed != (decision.check is None):
            raise DecisionError("A decision is allowed, or names the check that said no; found both or neither.")
        return decision

    def __repr__(self) -> str:
        from scopekit.render.decoded import decision_text

        return decision_text(self)

    def _repr_html_(self) -> str:
        from scopekit.render.decoded import decision_html

        return decision_html(self)


_PLAIN: Mapping[str, Any] = {
    "allowed": bool, "status": int, "check": str | None, "error": str | None, "description": str,
}  # fmt: skip


def _typed(value: Any, kind: Any) -> Any:
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    raise TypeError


def _step(told: Any) -> Step:
    step = Step(**{name: _typed(value, str) for name, value in _typed(told, dict).items()})
    if step.verdict in get_args(Verdict):
        return step
    raise ValueError
