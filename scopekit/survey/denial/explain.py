"""Denials: why somebody else's API said no, as far as that can be told from outside.

The steps are those of the guard's own ladder. What only the API can know, it skips and says so; and nothing here is
verified, for the keys are the API's. With a guard at hand, `guard.explain` knows more.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from scopekit.decision import Decision, Step
from scopekit.ladder import CHECKS
from scopekit.requirements import NO_SCOPE, Requirement
from scopekit.scopes import ANY_SCOPE, Vocabulary
from scopekit.survey.calls import Exchange
from scopekit.survey.denial.answers import read_answer
from scopekit.survey.denial.blame import was_sent
from scopekit.survey.denial.complaints import Diagnosis, diagnose
from scopekit.survey.denial.facts import Facts, read_token
from scopekit.survey.denial.seen import step
from scopekit.tokens import Token


@dataclass(frozen=True, slots=True, repr=False)
class Denial:
    """An answer of somebody else's API, explained: a decision with the guard's eleven steps, and complaints that fit.

    The decision's `check` is the step that the answer blames, or that failed first; None where that cannot be told. A
    token that was looked into was NOT verified.
    """

    decision: Decision
    diagnoses: tuple[Diagnosis, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The eleven steps, in the order of the guard's checks."""
        return self.decision.steps

    def step(self, check: str) -> Step:
        """The step of that check."""
        return self.decision.step(check)

    def to_json(self) -> dict[str, Any]:
        """The denial as JSON has it; its steps tell of the token's claims, so it is for whoever may see those."""
        told = self.decision.to_json(private=True)
        return told | {"diagnoses": [each._asdict() for each in self.diagnoses], "verified": False}

    def __repr__(self) -> str:
        from scopekit.show import denial_text

        return denial_text(self)

    def _repr_html_(self) -> str:
        from scopekit.show import denial_html

        return denial_html(self)


def explain_denial(
    exchange: Exchange,
    token: Token | str | None,
    requirement: Requirement | None = None,
    vocabulary: Vocabulary = ANY_SCOPE,
    now: float | None = None,
    *,
    requested: Iterable[str] = (),
) -> Denial:
    """Why an API denied what was sent with `token`, which may also be an opaque key, or one that cannot be had.

    `requirement` is what its documentation says the call needs; what the answer says counts more. `requested` is what
    was asked of the issuer. `now` is in seconds since 1970: the answer's own Date where not given, or else this
    machine's clock.
    """
    told = read_answer(exchange)
    moment = next((each for each in (now, told.date) if each is not None), None)
    facts = Facts(
        told, *read_token(token), needed=told.needed or requirement, vocabulary=vocabulary,
        now=time.time() if moment is None else moment, requested=frozenset(requested), sent=was_sent(exchange),
    )  # fmt: skip
    return Denial(_decision(facts), diagnose(facts))


def _decision(facts: Facts) -> Decision:
    steps = tuple(step(check, facts) for check in CHECKS)
    told, failed = facts.told, [each.check for each in steps if each.verdict == "failed"]
    if told.status < 400:
        return Decision(True, told.status, steps=steps)
    blamed = told.blames or _first(told.status, failed)
    least = facts.nearest if blamed == "scopes" else ()
    said = told.description or f"The API says no more than {told.status}."
    return Decision(False, told.status, blamed, told.error, said, facts.needed or NO_SCOPE, least, steps=steps)


def _first(status: int, failed: list[str]) -> str | None:
    """The check to name where the answer blames none: a 401 may be for any, a 404 may hide a lack of scopes."""
    return next((check for check in failed if status == 401 or (status, check) == (404, "scopes")), None)
