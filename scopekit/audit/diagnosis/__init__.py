"""Explains why somebody else's API denied a call, as far as the response and the token show the reason.

An explanation has one step for each of the guard's eleven checks. A check that only the API can judge is skipped, and
its step says so. No signature is verified, because only the API has the keys. For your own API, use `guard.explain`,
which knows more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from scopekit.arguments import checked
from scopekit.audit.calls import Exchange
from scopekit.audit.diagnosis.complaints import Complaint, Evidence, fitting, id_token_mark, odd_time
from scopekit.audit.diagnosis.responses import read_answer, read_response, was_sent
from scopekit.audit.token_facts import TokenFacts, value_in_words
from scopekit.audit.token_text import read_text
from scopekit.checks import CHECKS, Check
from scopekit.decision import Decision, Step, Verdict
from scopekit.display import Displayed
from scopekit.errors import DocumentError
from scopekit.requirements import NO_SCOPE, Requirement
from scopekit.scopes import ANY_SCOPE, Vocabulary
from scopekit.tokens import Token
from scopekit.wording import human_span, human_time, shortened

__all__ = ["Complaint", "Diagnosis", "diagnose", "read_response"]

UNKNOWN = "cannot be known from outside"
UNREADABLE = {
    "opaque": "an opaque key, which holds nothing that can be read",
    "encrypted": "an encrypted token (RFC 7516), which only its recipient can read",
}


@dataclass(frozen=True, slots=True, repr=False)
class Diagnosis(Displayed):
    """An explanation of a response: the API's decision, with one step for each check, and the likely complaints.

    The decision's `check` is the one that the response blames. If the response blames none, `check` is the first failed
    check that explains the status, or None. The token is read but NOT verified.
    """

    decision: Decision
    complaints: tuple[Complaint, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The eleven steps, one for each check, in the order of the guard's checks."""
        return self.decision.steps

    def step(self, check: str) -> Step:
        """The step for one check, such as `audience`."""
        return self.decision.step(check)

    def to_json(self) -> dict[str, Any]:
        """The diagnosis as a JSON object. The object quotes claims, so show it only to people who may see the token."""
        decision = self.decision.to_json(private=True)
        return decision | {"complaints": [each._asdict() for each in self.complaints], "verified": False}


@checked(DocumentError, when="failed")
def diagnose(
    exchange: Exchange,
    token: Token | str | None,
    requirement: Requirement | None = None,
    vocabulary: Vocabulary = ANY_SCOPE,
    now: float | None = None,
    *,
    requested: Iterable[str] = (),
) -> Diagnosis:
    """Explains why an API denied a call. `token` is the call's token or opaque key, or None if you do not have it.

    `requirement` is what the call needs according to the documentation. If the response states what the call needs,
    that counts instead. `requested` are the scopes that the issuer was asked for. `now` is in seconds since 1970. By
    default, `now` is the Date of the response or, without a Date, the time of this machine.
    """
    answer = read_answer(exchange)
    moment = answer.date if now is None else now
    evidence = Evidence(
        answer, *read_token(token), needed=answer.needed or requirement, vocabulary=vocabulary,
        now=time.time() if moment is None else moment, requested=frozenset(requested), sent=was_sent(exchange),
    )  # fmt: skip
    return Diagnosis(decision_of(evidence), fitting(evidence))


def read_token(token: Token | str | None) -> tuple[Token | None, str, bool]:
    """Returns the token (None if unreadable), its form in words, and whether that form is strict.

    Reads also a token that this kit's guard refuses, because another API may accept it.
    """
    if token is None:
        return None, "no token to look at", False
    read = read_text(str(token))
    if read.token is None:
        return None, UNREADABLE[read.kind], False
    facts = TokenFacts.of(read.token)
    members = [f"{place.name} is {place.found}" for place in facts.ids_that_are_not_text()]
    if read.around:
        members.append(f"the text has {read.around}, which are no part of a token")
    if members or read.problem:
        return read.token, "; ".join(members) or read.problem.rstrip("."), False
    return read.token, f"{len(read.token.text)} characters of strict compact form, NOT VERIFIED", True


def decision_of(evidence: Evidence) -> Decision:
    """The API's decision, as far as it is visible from outside.

    The decision's `check` is the one that the response blames. If it blames none, `check` is the first failed check for
    a 401. For a 404, which can hide that scopes are missing, `check` is `scopes` if that check failed.
    """
    answer, steps = evidence.answer, tuple(step(check, evidence) for check in CHECKS)
    if answer.status < 400:
        return Decision(True, answer.status, steps=steps)
    failed = (each.check for each in steps if each.verdict == "failed")
    first = next((each for each in failed if answer.status == 401 or (answer.status, each) == (404, "scopes")), None)
    blamed = answer.blames or first
    least = evidence.nearest if blamed == "scopes" else ()
    description = answer.description or f"The API answers {answer.status} and gives no reason."
    needed = evidence.needed or NO_SCOPE
    return Decision(False, answer.status, blamed, answer.error, description, needed, least, steps=steps)


class Outlook(NamedTuple):
    """One check as seen from outside. A failed check has a `fix`. An empty `looked_at` means the usual place."""

    verdict: Verdict
    found: str
    fix: str = ""
    looked_at: str = ""


def step(check: Check, evidence: Evidence) -> Step:
    """The step for one check. A check that the response blames counts as failed, even if the token looks right."""
    outlook = LOOK.get(check.name, unseen)(evidence)
    if evidence.answer.blames == check.name and outlook.verdict != "failed":
        unknown = outlook.verdict == "skipped"
        more = outlook.found.removeprefix(UNKNOWN) if unknown else f"; {outlook.found}"
        outlook = Outlook("failed", f"the answer blames it{more}", FIXES[check.name], outlook.looked_at)
    looked_at = outlook.looked_at or check.looked_at
    return Step(check.name, outlook.verdict, looked_at, check.rule, outlook.found, outlook.fix)


def unseen(evidence: Evidence, shown: str = "") -> Outlook:
    """The outlook of a check that only the API can judge. A 403 that blames scopes suggests that the check passed."""
    answer = evidence.answer
    speaks = "; the 403 suggests that it passed" if answer.status == 403 and answer.blames == "scopes" else ""
    return Outlook("skipped", f"{UNKNOWN}{speaks}" + (f": {shown}" if shown else ""))


def look_at_credentials(evidence: Evidence) -> Outlook:
    """Whether the API saw a token. It did if it allowed the call, or denied the call because of the token."""
    answer = evidence.answer
    if answer.status < 400 or answer.status == 403 or answer.error in ("invalid_token", "insufficient_scope"):
        return Outlook("passed", "the answer shows that the API saw a token")
    return Outlook("passed", "an Authorization header") if evidence.sent else unseen(evidence)


def look_at_form(evidence: Evidence) -> Outlook:
    """Whether the token is in strict compact form. An opaque key is not judged."""
    if evidence.token is None:
        return unseen(evidence, evidence.form)
    if evidence.is_strict:
        return Outlook("passed", evidence.form)
    member = next(evidence.facts.ids_that_are_not_text(), None)
    fix = f"Have the issuer write {member.name!r} as text." if member else FIXES["form"]
    return Outlook("failed", evidence.form, fix)


def look_at(part: Literal["header", "claims"], name: str) -> Callable[[Evidence], Outlook]:
    """Makes the function for a check that only the API can judge. It shows the header parameter or claim `name`."""

    def look(evidence: Evidence) -> Outlook:
        values = evidence.facts.header if part == "header" else evidence.facts.claims
        return unseen(evidence, f"{name} {value_in_words(values[name])}" if name in values else "")

    return look


def look_at_type(evidence: Evidence) -> Outlook:
    """Whether the token is an access token, as shown by `typ`, or an ID token, which opens no API."""
    if mark := id_token_mark(evidence):
        return Outlook("failed", f"an ID token: it has {mark}", FIXES["type"])
    typ = evidence.facts.header.get("typ")
    if typ in ("at+jwt", "application/at+jwt"):
        return Outlook("passed", f"typ {typ!r}, an access token's")
    return look_at("header", "typ")(evidence)


def look_at_audience(evidence: Evidence) -> Outlook:
    """Whether the token is for this API, whose name is read from the address of the API's metadata."""
    named, here = evidence.facts.audiences, evidence.answer.resource
    shown = f"aud {shortened(', '.join(named))}" if named else ""
    if here and here in named:
        return Outlook("passed", f"{shown}, as in the API's metadata")
    return unseen(evidence, shown + (f"; the API's metadata names {shortened(here)}" if here else ""))


def look_at_time(evidence: Evidence) -> Outlook:
    """Whether the token is valid at the time of the response."""
    facts, now = evidence.facts, evidence.now
    if odd := odd_time(evidence):
        found = f"{odd.name} is {odd.found}"
        if not evidence.may_refuse_for("time"):
            return unseen(evidence, found)
        return Outlook("failed", found, "Have the issuer write times as numbers of seconds (RFC 7519 section 2).")
    starts, ends, it_is = facts.seconds("nbf", "iat"), facts.seconds("exp"), human_time(now)
    if ends is not None and ends <= now:
        return Outlook("failed", f"exp was {human_time(ends)}; it is {it_is}", FIXES["time"])
    if starts is not None and starts > now:
        return Outlook("failed", f"valid from {human_time(starts)}; it is {it_is}", "Wait, or set the issuer's clock.")
    if ends is None:
        return unseen(evidence, "no exp" if evidence.token else "")
    return Outlook("passed", f"it is {it_is}, {human_span(ends - now)} before the end")


def look_at_scopes(evidence: Evidence) -> Outlook:
    """Whether the token's scopes are enough for the call.

    The finding is, for example: looked in `scope`, found a string, read {a, b}; the call needs any of {c, d}.
    """
    claims, answer = evidence.facts.scope_claims, evidence.answer
    places = ", ".join(f"`{each.claim}`" for each in claims) or "the claims that could hold scopes"
    text = "; ".join(f"looked in `{each.claim}`, found {each.kind}, read {in_braces(each.plain)}" for each in claims)
    if answer.granted is not None:
        places, text = "X-OAuth-Scopes", f"the API read {in_braces(answer.granted)}"
    text = text or ("found no scopes" if evidence.token else evidence.form)
    if evidence.needed is None:
        text = f"{UNKNOWN}: {text}; the answer does not say what the call needs"
        return Outlook("skipped", text, looked_at=places)
    ways, needs = evidence.needed.alternatives, str(evidence.needed)
    if len(ways) == 1:
        needs = ("all of " if len(ways[0]) > 1 else "") + in_braces(ways[0])
    elif all(len(way) == 1 for way in ways):
        needs = f"any of {in_braces(evidence.wanted)}"
    text += f"; the call needs {needs}"
    if answer.status < 400 or evidence.is_granted:
        return Outlook("passed", text, looked_at=places)
    if evidence.is_implied and answer.blames != "scopes":
        return Outlook("passed", f"{text}, which is implied", looked_at=places)
    nearest = " and ".join(evidence.nearest)
    return Outlook("failed", f"{text}; nearest: {nearest}", f"Ask for a token with {nearest}.", places)


def in_braces(names: Iterable[str]) -> str:
    """Writes names as a set, such as `{a, b}`."""
    return f"{{{', '.join(sorted(names))}}}"


FIXES: Mapping[str, str] = {
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
    "scopes": "Look up which scopes the call needs, and in which claim, in the API's documentation.",
}
"""The fix for each check that a response may blame."""

LOOK: Mapping[str, Callable[[Evidence], Outlook]] = {
    "credentials": look_at_credentials, "form": look_at_form, "key": look_at("header", "kid"),
    "algorithm": look_at("header", "alg"), "type": look_at_type, "issuer": look_at("claims", "iss"),
    "audience": look_at_audience, "time": look_at_time, "scopes": look_at_scopes,
}  # fmt: skip
"""The function that looks at each check. Signature and revocation are missing: they show nothing from outside."""
