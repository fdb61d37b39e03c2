"""What can be seen of each check from outside: the guard's own steps, with what an answer and a token can show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from scopekit.clock import human_span, human_time
from scopekit.decision import Step, Verdict
from scopekit.errors import shortened
from scopekit.ladder import Check
from scopekit.requirements import Requirement
from scopekit.survey.denial.facts import Facts
from scopekit.survey.denial.signs import audiences, id_token_sign

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
