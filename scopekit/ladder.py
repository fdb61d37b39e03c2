"""The ladder: the table of the eleven checks, and what the step of each one says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from scopekit import checks
from scopekit.clock import human_span, human_time
from scopekit.decision import Refusal, Step, Verdict
from scopekit.errors import shortened
from scopekit.trial import Trial

Run = Callable[[Trial], Refusal | None]
DependsOn = Literal["sent", "moment", "call"]


class Check(NamedTuple):
    """One check: its function, and what its step says.

    `depends_on` says what may change its verdict: nothing but what was sent (and the guard's keys), the moment, or the
    call. `needs` names the checks that must have passed before this one can look at anything.
    """

    name: str
    run: Run
    depends_on: DependsOn
    needs: frozenset[str]
    looked_at: str
    rule: str
    found: Callable[[Trial], str]

    def step(self, trial: Trial, refusal: Refusal | None, *, off: bool) -> Step:
        """What this check did in a trial."""
        if refusal:
            return Step(self.name, "failed", self.looked_at, self.rule, refusal.found, refusal.fix)
        verdict: Verdict = "off" if off else "passed"
        return Step(self.name, verdict, self.looked_at, self.rule, "switched off" if off else self.found(trial))

    def skipped(self, missing: frozenset[str]) -> Step:
        """This check's step where an earlier one left it nothing to look at."""
        found = f"not reached: {' and '.join(sorted(missing))} failed"
        return Step(self.name, "skipped", self.looked_at, self.rule, found)


def _check(
    name: str, run: Run, on: DependsOn, needs: str, looked_at: str, rule: str, found: Callable[[Trial], str]
) -> Check:
    return Check(name, run, on, frozenset(needs.split()), looked_at, rule, found)


# What a check reports when it has passed


def _found_key(trial: Trial) -> str:
    return f"key {trial.key.kid!r}, {trial.key.alg}, of {trial.key.issuer}" if trial.key else "no key"


def _found_issuer(trial: Trial) -> str:
    return str(trial.claims[trial.guard.profile.hint])


def _found_audience(trial: Trial) -> str:
    return trial.guard.audience or shortened(trial.claims["aud"])


def _found_time(trial: Trial) -> str:
    ends = trial.claims.get("exp")
    return f"it is {human_time(trial.now)}" + (f", {human_span(ends - trial.now)} before the end" if ends else "")


def _found_scopes(trial: Trial) -> str:
    ways = trial.requirement.reason(trial.guard.profile.scopes(trial.claims), trial.guard.vocabulary) or ()
    held = (f"{way[-1]} is held" + (f" through {way[0]}" if len(way) > 1 else "") for way in ways)
    return ", ".join(held) or "nothing needed"


CHECKS: tuple[Check, ...] = (
    _check("credentials", checks.credentials, "sent", "",
           "the Authorization header", "RFC 6750 section 2", lambda t: "one Bearer token"),
    _check("form", checks.form, "sent", "credentials",
           "the token's text", "RFC 7515 section 7.1, RFC 8725 section 3.4",
           lambda t: f"{len(t.text)} characters of strict compact form"),
    _check("key", checks.key, "sent", "form", "kid in the header", "RFC 8725 section 3.10", _found_key),
    _check("algorithm", checks.algorithm, "sent", "key",
           "alg in the header", "RFC 8725 section 3.1", lambda t: f"{t.token._header['alg']}, as the key"),
    _check("signature", checks.signature, "sent", "key algorithm",
           "the third part", "RFC 7515 section 5.2", lambda t: "verified"),
    _check("type", checks.type_, "sent", "form",
           "typ in the header", "RFC 8725 section 3.11", lambda t: repr(t.token._header["typ"])),
    _check("issuer", checks.issuer, "sent", "key", "iss", "RFC 8725 section 3.8", _found_issuer),
    _check("audience", checks.audience, "sent", "form", "aud", "RFC 8725 section 3.9", _found_audience),
    _check("time", checks.time, "moment", "form", "iat, nbf and exp", "RFC 7519 section 4.1.4", _found_time),
    _check("revocation", checks.revocation, "moment", "signature",
           "jti", "RFC 7009 section 2", lambda t: "not on the denylist"),
    _check("scopes", checks.scopes, "call", "form", "the scopes", "RFC 6750 section 3.1", _found_scopes),
)  # fmt: skip
"""The eleven checks. A guard runs them in this order and no other."""

CHECK_NAMES = tuple(check.name for check in CHECKS)
