"""Lesson 11, how does one break it: a token forged, an attack thought through, and a check that is not deceived."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from scopekit.errors import LabError
from scopekit.lab.exercises import exercise as answers
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed, unintended
from scopekit.lab.grid import Arena, attack_named
from scopekit.lab.grid.forging import FORGER, compact, plain, unsigned
from scopekit.ladder import CHECK_NAMES
from scopekit.requirements import any_of
from scopekit.tokens import parse_leniently

if TYPE_CHECKING:
    from scopekit.lab.world.world import World

CLEAN, NEEDED = "delete a repository", "delete_repo"
FOUR = ("alg nOnE", "blank password", "token without jti", "permissions taken for scope")
MISSING = object()
CLAIMS: tuple[object, ...] = (
    ["gist", NEEDED], ["gist"], [], MISSING, None, "a delete_repo b", f"{NEEDED}_hooks", {NEEDED: True},
    ["delete_repo_hooks"], ["no_delete_repo"], [f"gist {NEEDED}"], [f"gist,{NEEDED}"], [NEEDED.upper()], ["*"],
    [[NEEDED]], 7,
)  # fmt: skip
"""What may stand in the claim `scopes`."""


def judge_forged(lab: World, answer: object) -> Verdict:
    """The token gets past the guard without the check of the key, and the API, which has it, refuses it."""
    text = _text(answer)
    whole = lab.guard_of(lab.mint([]))
    decision = whole.without("key").explain(f"Bearer {text}", any_of(NEEDED))
    if whole.decide(f"Bearer {text}"):
        return mistaken(
            "a genuine token is a forgery",
            "This is a genuine token: the whole guard takes it. A forgery is made without the issuer's key.",
        )
    if decision.allowed and _signed_by_issuer(lab, text):
        return unintended(
            "It gets in, and the whole guard refuses it. But you signed it with the issuer's own key, which no forger "
            "has. Can you do it with a key that you made up?"
        )
    if decision.allowed:
        return passed(
            f"It gets in with a key that you made up. The API, which has all its checks, answers "
            f"{lab.call(CLEAN, text).status}: it verifies with its own keys alone."
        )
    return _why_not_forged(text, decision.check, decision.description)


def _why_not_forged(text: str, check: str | None, told: str) -> Verdict:
    if check == "algorithm":
        return mistaken(
            "one hole opens every door",
            f"{told} The check of the algorithm is on in this guard. What is off is another: whose key is taken.",
        )
    if check in ("key", "signature") and "jwk" not in parse_leniently(text).header:
        return mistaken(
            "a signature brings its key along",
            f"{told} Nothing in the token says which key of yours signed it. A header can hold a whole key, as `jwk`.",
        )
    if check == "signature":
        return not_yet(f"{told} The key in the header has to be the one that signed, secret part and all.")
    return not_yet(f"The guard without the check of the key refuses it at the check {check}. {told}")


def judge_stopped(lab: World, answer: object) -> Verdict:
    """Each attack gets in without the check that the answer names for it, and with the whole guard it does not."""
    if not isinstance(answer, Mapping) or {*answer} != {*FOUR}:
        raise LabError(f"An answer here is a dict with a check for each of {', '.join(map(repr, FOUR))}.")
    checks = {name: answers.choice_of(answer[name], *CHECK_NAMES) for name in FOUR}
    with Arena(lab.state, lab.secret("pair")) as arena:
        failed = [name for name in FOUR if not arena.make(attack_named(name), [checks[name]]).gets_in]
    if not failed:
        return passed("Each of the four gets in without the check that you named, and with the whole guard none does.")
    name, check = failed[0], checks[failed[0]]
    told = f"{attack_named(name).sentence}. Without the check {check!r}, this is refused all the same."
    if name == "blank password" and check in ("key", "algorithm"):
        return mistaken(
            "a bad secret is a bad key",
            f"{told} The guard looks up its own key, a good one, and takes that key's algorithm. What is it that does "
            "not fit then?",
        )
    if check == "signature":
        return mistaken(
            "the signature finds everything out",
            f"{told} Who signed it, if anybody? Either it was signed with a good key, or nobody compares a signature.",
        )
    return not_yet(told)


def judge_opens(lab: World, answer: object) -> Verdict:
    """The function says of every claim what the API answers to a token that holds it."""
    opens: Callable[[str, dict[str, Any]], Any] = answers.function(answer)
    for scopes in CLAIMS:
        claims = _claims(lab, scopes)
        there = "no claim `scopes` at all" if scopes is MISSING else f"{scopes!r} in the claim `scopes`"
        try:
            found = bool(opens(NEEDED, dict(claims)))
        except LabError:
            raise
        except Exception as error:  # the learner's own code, of which anything can be expected
            return mistaken(
                "claims are as they should be",
                f"With {there}, your function stops with {type(error).__name__}. An API answers 500 then, to whoever "
                "cares to send that.",
            )
        if found != _api_opens(lab, claims):
            return _why_not_opens(scopes, f"With {there}, your function says {found}, and the API the opposite.")
    return passed(f"It says what the API says, {len(CLAIMS)} times.")


def _why_not_opens(scopes: object, told: str) -> Verdict:
    if isinstance(scopes, str | dict):
        return mistaken("whatever holds it is a list", f"{told} `in` means something else in a text, and in a dict.")
    if isinstance(scopes, list) and any(NEEDED in str(each) for each in scopes) and NEEDED not in scopes:
        return mistaken("a part of a name is the name", f"{told} A scope is a whole name, and one entry is one scope.")
    return not_yet(told)


def _text(answer: object) -> str:
    """What is to be sent, however odd; LabError where it is neither a token nor text."""
    return answer if isinstance(answer, str) else str(answers.token(answer))


def _signed_by_issuer(lab: World, text: str) -> bool:
    message, _, _ = text.rpartition(".")
    signature = parse_leniently(text).signature
    return any(key.verifies(message.encode(), signature) for key in lab.state.keys)


def _claims(lab: World, scopes: object) -> dict[str, Any]:
    """The claims of a genuine token with another value where its scopes are, or with none."""
    claims = {name: plain(value) for name, value in lab.mint([]).claims.items() if name != "scopes"}
    return claims if scopes is MISSING else claims | {"scopes": scopes}


def _api_opens(lab: World, claims: dict[str, Any]) -> bool:
    [key] = lab.state.keys
    text = compact({"alg": key.alg, "typ": "JWT", "kid": key.kid}, claims, key)
    with lab.aside():
        return lab.call(CLEAN, text).status == 204


def _wanted(lab: World) -> dict[str, Any]:
    """The claims of whoever wants to delete."""
    return _claims(lab, [NEEDED])


def _own(**more: Any) -> dict[str, Any]:
    """The header of a forger's token."""
    return {"alg": FORGER.alg, "typ": "JWT", "kid": FORGER.kid} | more


EXERCISES = (
    Exercise(
        "11.1",
        "forge a token for a guard that believes the token's own key",
        "A guard believes the key that a token brings along. Forge a token that deletes a repository there, and that "
        "the whole guard refuses.",
        None,
        judge_forged,
        (
            "`wanted` has the claims already, and `sealed` signs with any secret. What is left is the header.",
            "The header holds the key itself, under the name `jwk`. `to_jwk(private=True)` of a key writes it so.",
            'The header is `{"alg": "HS256", "typ": "JWT", "jwk": ...}`, and the secret is the `material` of that key.',
        ),
        lambda lab: compact(_own(jwk=FORGER.to_jwk(private=True)), _wanted(lab), FORGER),
        {
            "a genuine token is a forgery": lambda lab: lab.mint([NEEDED]),
            "one hole opens every door": lambda lab: unsigned(_own(alg="none", kid="lab-1"), _wanted(lab)),
            "a signature brings its key along": lambda lab: compact(_own(), _wanted(lab), FORGER),
        },
    ),
    Exercise(
        "11.2",
        "name the check that stops an attack, by who signed it and what is wrong",
        "Which one check stops each of these four, so that without it the attack gets in?",
        dict.fromkeys(FOUR, ""),
        judge_stopped,
        (
            "Two of them were signed with a good key. What is wrong with those stands in their claims.",
            "Of the other two, one has no signature, and says so. The other was signed with a secret of no bytes.",
            "The order of the checks helps: `lab.explain` shows it. An id is there to be looked up; where?",
        ),
        lambda lab: dict(zip(FOUR, ("algorithm", "signature", "revocation", "scopes"), strict=True)),
        {
            "the signature finds everything out": lambda lab: dict.fromkeys(FOUR, "signature"),
            "a bad secret is a bad key": lambda lab: dict(
                zip(FOUR, ("algorithm", "key", "revocation", "scopes"), strict=True)
            ),
        },
    ),
    Exercise(
        "11.3",
        "compare scopes so that no claim deceives",
        "Write the check of the scopes that no attack deceives: `opens` is given the scope that a call needs, and the "
        "claims of a token.",
        None,
        judge_opens,
        (
            "What should be a list may be a text, a dict, or missing. The first line is about that.",
            "`in` compares whole entries in a list, and looks for a part in a text.",
            "Get the claim so that nothing stops where it is missing; then `isinstance(...)` before the comparison.",
        ),
        lambda lab: lambda needed, claims: isinstance(claims.get("scopes"), list) and needed in claims["scopes"],
        {
            "whatever holds it is a list": lambda lab: lambda needed, claims: needed in (claims.get("scopes") or ()),
            "a part of a name is the name": lambda lab: (
                lambda needed, claims: (
                    isinstance(claims.get("scopes"), list) and any(needed in str(scope) for scope in claims["scopes"])
                )
            ),
            "claims are as they should be": lambda lab: lambda needed, claims: needed in list(claims["scopes"]),
        },
    ),
)
