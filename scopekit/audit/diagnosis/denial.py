"""Blame: which of the guard's checks an answer speaks of, by its codes, its words or its status.

What can be seen of each check from outside: the guard's own steps, with what an answer and a token can show.

Denials: why somebody else's API said no, as far as that can be told from outside.

The steps are those of the guard's own ladder. What only the API can know, it skips and says so; and nothing here is
verified, for the keys are the API's. With a guard at hand, `guard.explain` knows more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from scopekit.audit.calls import Exchange
from scopekit.audit.diagnosis.complaints import Diagnosis, diagnose
from scopekit.audit.diagnosis.responses import read_answer, was_sent
from scopekit.audit.diagnosis.signs import Facts, audiences, id_token_sign, read_token
from scopekit.checks import CHECKS, Check
from scopekit.clock import human_span, human_time
from scopekit.decision import Decision, Step, Verdict
from scopekit.display import Displayed
from scopekit.errors import shortened
from scopekit.requirements import NO_SCOPE, Requirement
from scopekit.scopes import ANY_SCOPE, Vocabulary
from scopekit.tokens import Token

UNKNOWN = "cannot be known from outside"


class Seen(NamedTuple):
    """What was seen of one check: its verdict, what was found, the fix where it failed, and where else it looked."""

    verdict: Verdict
    found: str
    fix: str = ""
    looked_at: str = ""


def step(check: Check, facts: Facts) -> Step:
    """The step of this check; one that the answer blames has failed, whatever else can be seen of it."""
    seen = _LOOK.get(check.name, _unseen)(facts)
    if facts.told.blames == check.name and seen.verdict != "failed":
        found = seen.found.removeprefix(UNKNOWN) if seen.verdict == "skipped" else f"; {seen.found}"
        seen = Seen("failed", f"the answer blames it{found}", _FIXES[check.name], seen.looked_at)
    return Step(check.name, seen.verdict, seen.looked_at or check.looked_at, check.rule, seen.found, seen.fix)


def _unseen(facts: Facts, shown: str = "") -> Seen:
    """What only the API knows; a 403 says that the checks before the last one passed, if the API keeps to RFC 6750."""
    speaks = "; a 403 speaks for it" if facts.told.status == 403 and facts.told.blames == "scopes" else ""
    return Seen("skipped", f"{UNKNOWN}{speaks}" + (f": {shown}" if shown else ""))


def _credentials(facts: Facts) -> Seen:
    if (
        facts.told.status < 400
        or facts.told.error in ("invalid_token", "insufficient_scope")
        or facts.told.status == 403
    ):
        return Seen("passed", "the answer speaks of a token")
    return Seen("passed", "an Authorization header") if facts.sent else _unseen(facts)


def _form(facts: Facts) -> Seen:
    if facts.token is None:
        return _unseen(facts, facts.form)
    return Seen("passed", facts.form) if facts.is_strict else Seen("failed", facts.form, _FIXES["form"])


def _header(name: str) -> Callable[[Facts], Seen]:
    def seen(facts: Facts) -> Seen:
        return _unseen(
            facts, f"{name} {shortened(facts.token.header[name])}" if facts.token and name in facts.token.header else ""
        )

    return seen


def _type(facts: Facts) -> Seen:
    if sign := id_token_sign(facts):
        return Seen("failed", f"an ID token, by {sign}", _FIXES["type"])
    typ = facts.token.header.get("typ") if facts.token else None
    if typ in ("at+jwt", "application/at+jwt"):
        return Seen("passed", f"typ {typ!r}, an access token's")
    return _header("typ")(facts)


def _issuer(facts: Facts) -> Seen:
    return _unseen(facts, f"iss {shortened(facts.claims['iss'])}" if "iss" in facts.claims else "")


def _audience(facts: Facts) -> Seen:
    named, here = audiences(facts), facts.told.resource
    told = f"aud {shortened(', '.join(named))}" if named else ""
    if here and here in named:
        return Seen("passed", f"{told}, as the API's metadata has it")
    return _unseen(facts, told + (f", where the API's metadata is that of {shortened(here)}" if here else ""))


def _time(facts: Facts) -> Seen:
    starts, ends, it_is = facts.seconds("nbf", "iat"), facts.seconds("exp"), human_time(facts.now)
    if ends is not None and ends <= facts.now:
        return Seen("failed", f"ended {human_time(ends)}; it is {it_is}", "Ask for a new token.")
    if starts is not None and starts > facts.now:
        return Seen("failed", f"valid from {human_time(starts)}; it is {it_is}", "Wait, or set the issuer's clock.")
    if ends is None:
        return _unseen(facts, "no exp" if facts.token else "")
    return Seen("passed", f"it is {it_is}, {human_span(ends - facts.now)} before the end")


def _scopes(facts: Facts) -> Seen:
    """In the manner of: looked in `scope`, found a string, read {a, b}; the call needs any of {c, d}; nearest: c."""
    looked = ", ".join(f"`{each.claim}`" for each in facts.written) or "the claims that could hold scopes"
    found = "; ".join(f"looked in `{each.claim}`, found {each.kind}, read {_set(each.plain)}" for each in facts.written)
    if facts.told.held is not None:
        looked, found = "X-OAuth-Scopes", f"the API read {_set(facts.told.held)}"
    found = found or ("found no scopes" if facts.token else facts.form)
    if facts.needed is None:
        return Seen("skipped", f"{UNKNOWN}: {found}; the answer does not say what the call needs", looked_at=looked)
    found += f"; the call needs {_needs(facts.needed)}"
    if facts.told.status < 400 or facts.is_held:
        return Seen("passed", found, looked_at=looked)
    nearest = " and ".join(facts.nearest)
    if facts.is_implied and facts.told.blames != "scopes":
        return Seen("passed", f"{found}, which is implied", looked_at=looked)
    return Seen("failed", f"{found}; nearest: {nearest}", f"Ask for a token with {nearest}.", looked)


def _needs(requirement: Requirement) -> str:
    ways = requirement.alternatives
    if len(ways) == 1:
        return ("all of " if len(ways[0]) > 1 else "") + _set(ways[0])
    return (
        f"any of {_set(name for way in ways for name in way)}"
        if all(len(way) == 1 for way in ways)
        else str(requirement)
    )


def _set(names: Iterable[str]) -> str:
    return f"{{{', '.join(sorted(names))}}}"


_FIXES: Mapping[str, str] = {
    "credentials": "Send `Authorization: Bearer <token>`, once.",
    "form": "Send the token as the issuer gave it.",
    "key": "Use a token of the issuer that this API trusts, in this environment.",
    "algorithm": "Have the token signed with the algorithm that this API takes.",
    "signature": "Use a token of this environment's issuer, and do not change it.",
    "type": "Send an access token.",
    "issuer": "Use a token of the issuer that this API trusts.",
    "audience": "Ask for a token whose audience is this API.",
    "time": "Ask for a new token.",
    "revocation": "Ask for a new token.",
    "scopes": "Ask the API's documentation which scopes the call needs, and where it reads them.",
}

_LOOK: Mapping[str, Callable[[Facts], Seen]] = {
    "credentials": _credentials, "form": _form, "key": _header("kid"), "algorithm": _header("alg"), "type": _type,
    "issuer": _issuer, "audience": _audience, "time": _time, "scopes": _scopes,
}  # fmt: skip
"""What looks at each check; signature and revocation have nothing that shows from outside."""


@dataclass(frozen=True, slots=True, repr=False)
class Denial(Displayed):
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
