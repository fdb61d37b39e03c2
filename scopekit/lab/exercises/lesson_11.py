"""The exercises of lesson 11: forge a token, name the check that stops each attack, and write a check of the scopes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scopekit.checks import CHECK_NAMES
from scopekit.errors import LabError
from scopekit.lab.exercises.answers import as_function, as_token
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed, unintended
from scopekit.lab.grid import Arena, attack_named
from scopekit.lab.grid.forging import FORGER, compact, plain, unsigned
from scopekit.lab.world.world import World
from scopekit.requirements import any_of
from scopekit.tokens import parse_leniently
from scopekit.wording import one_of

CLEAN, NEEDED = "delete a repository", "delete_repo"
FOUR = ("alg nOnE", "blank password", "token without jti", "permissions taken for scope")
MISSING = object()
CLAIMS: tuple[object, ...] = (
    ["gist", NEEDED], ["gist"], [], MISSING, None, "a delete_repo b", f"{NEEDED}_hooks", {NEEDED: True},
    ["delete_repo_hooks"], ["no_delete_repo"], [f"gist {NEEDED}"], [f"gist,{NEEDED}"], [NEEDED.upper()], ["*"],
    [[NEEDED]], 7,
)  # fmt: skip
"""The values of the claim `scopes` that the judge tries."""


def judge_forged(lab: World, answer: object) -> Verdict:
    """Judges exercise 11.1: a guard without the key check must accept the token, and a whole guard must refuse it."""
    text = answer if isinstance(answer, str) else str(as_token(answer))
    guard = lab.guard_of(lab.mint([]))
    decision = guard.without("key").explain(f"Bearer {text}", any_of(NEEDED))
    if guard.decide(f"Bearer {text}"):
        return mistaken(
            "a genuine token is a forgery",
            "This is a genuine token: the whole guard accepts it. A forger does not have the issuer's key.",
        )
    if not decision.allowed:
        return why_refused(text, decision.check, decision.description)
    message, signature = text.rpartition(".")[0].encode(), parse_leniently(text).signature
    if any(key.verifies(message, signature) for key in lab.state.keys):
        return unintended(
            "The token gets in, and the whole guard refuses it. But you signed it with the issuer's own key, which no "
            "forger has. Can you do it with a key that you made up?"
        )
    return passed(
        f"The token gets in with a key that you made up. The API, which has all its checks, answers "
        f"{lab.call(CLEAN, text).status}: it verifies with its own keys only."
    )


def why_refused(text: str, check: str | None, description: str) -> Verdict:
    """Finds the mistake in a forgery that even the guard without the key check refuses."""
    if check == "algorithm":
        return mistaken(
            "one hole opens every door",
            f"{description} This guard checks the algorithm. It does not check whose key signed.",
        )
    if check in ("key", "signature") and "jwk" not in parse_leniently(text).header:
        return mistaken(
            "a signature brings its key along",
            f"{description} Nothing in the token says which key signed it. A header can hold a whole key in `jwk`.",
        )
    if check == "signature":
        return not_yet(f"{description} The header must hold the key that signed, including its secret part.")
    return not_yet(f"The guard without the key check refuses it at the check {check}. {description}")


def judge_stopped(lab: World, answer: object) -> Verdict:
    """Judges exercise 11.2: each attack must get in when only the check that the answer names for it is off."""
    if not isinstance(answer, Mapping) or {*answer} != {*FOUR}:
        raise LabError(f"The answer must be a dict with a check for each of {', '.join(map(repr, FOUR))}.")
    if unknown := [answer[name] for name in FOUR if answer[name] not in CHECK_NAMES]:
        raise LabError(one_of("A check", unknown[0], CHECK_NAMES))
    with Arena(lab.state, lab.secret("pair")) as arena:
        refused_attacks = [name for name in FOUR if not arena.make(attack_named(name), [answer[name]]).gets_in]
    if not refused_attacks:
        return passed("Each of the four gets in without the check that you named, and the whole guard refuses all.")
    name, check = refused_attacks[0], answer[refused_attacks[0]]
    message = f"{attack_named(name).sentence}. Without the check {check!r}, the API still refuses the attack."
    if name == "blank password" and check in ("key", "algorithm"):
        return mistaken(
            "a bad secret is a bad key",
            f"{message} The guard looks up its own key, which is good, with its algorithm. So what does not match?",
        )
    if check == "signature":
        return mistaken(
            "the signature finds everything out",
            f"{message} Who signed it? Either a good key did, or there is no signature to compare.",
        )
    return not_yet(message)


def judge_opens(lab: World, answer: object) -> Verdict:
    """Judges exercise 11.3: the learner's function must give the API's answer for every value of the claim `scopes`."""
    opens, [key] = as_function(answer), lab.state.keys
    for scopes in CLAIMS:
        claims = claims_with(lab, scopes)
        value = "no claim `scopes`" if scopes is MISSING else f"{scopes!r} in the claim `scopes`"
        try:
            is_yes = bool(opens(NEEDED, dict(claims)))
        except LabError:
            raise
        except Exception as error:  # the learner's own code may raise anything
            return mistaken(
                "claims are as they should be",
                f"With {value}, your function stops with {type(error).__name__}. An API would answer 500 to anyone "
                "who sends that.",
            )
        with lab.aside():
            text = compact({"alg": key.alg, "typ": "JWT", "kid": key.kid}, claims, key)
            is_allowed = lab.call(CLEAN, text).status == 204
        if is_yes == is_allowed:
            continue
        message = f"With {value}, your function says {is_yes}, but the API says {is_allowed}."
        if isinstance(scopes, str | dict):
            return mistaken("whatever holds it is a list", f"{message} `in` means something else for text and dicts.")
        if isinstance(scopes, list) and any(NEEDED in str(each) for each in scopes) and NEEDED not in scopes:
            return mistaken("a part of a name is the name", f"{message} Each entry is one scope, compared as a whole.")
        return not_yet(message)
    return passed(f"Your function gives the API's answer for all {len(CLAIMS)} values.")


def claims_with(lab: World, scopes: object) -> dict[str, Any]:
    """A genuine token's claims with another value for `scopes`, or without `scopes` if the value is MISSING."""
    claims = {name: plain(value) for name, value in lab.mint([]).claims.items() if name != "scopes"}
    return claims if scopes is MISSING else claims | {"scopes": scopes}


def header(**more: Any) -> dict[str, Any]:
    """The header of a forger's token, with the extra parameters in `more`."""
    return {"alg": FORGER.alg, "typ": "JWT", "kid": FORGER.kid} | more


EXERCISES = (
    Exercise(
        "11.1",
        "forge a token for a guard that trusts the token's own key",
        "A guard trusts the key that a token brings along. Forge a token that can delete a repository there, but that "
        "the whole guard refuses.",
        None,
        judge_forged,
        (
            "`wanted` has the claims already, and `sealed` signs with any secret. Only the header is missing.",
            "The header holds the key itself, under the name `jwk`. A key's `to_jwk(private=True)` writes it that way.",
            'The header is `{"alg": "HS256", "typ": "JWT", "jwk": ...}`, and the secret is the `material` of that key.',
        ),
        lambda lab: compact(header(jwk=FORGER.to_jwk(private=True)), claims_with(lab, [NEEDED]), FORGER),
        {
            "a genuine token is a forgery": lambda lab: lab.mint([NEEDED]),
            "one hole opens every door": lambda lab: unsigned(
                header(alg="none", kid="lab-1"), claims_with(lab, [NEEDED])
            ),
            "a signature brings its key along": lambda lab: compact(header(), claims_with(lab, [NEEDED]), FORGER),
        },
    ),
    Exercise(
        "11.2",
        "name the check that stops an attack, by who signed it and what is wrong",
        "Which check stops each of these four attacks? Without that one check, the attack gets in.",
        dict.fromkeys(FOUR, ""),
        judge_stopped,
        (
            "A good key signed two of them. Their claims show what is wrong.",
            "Of the other two, one has no signature, and says so. The other was signed with an empty secret.",
            "The order of the checks helps: `lab.explain` shows it. At which check does a guard look up an id?",
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
        "compare scopes so that no claim deceives the check",
        "Write a scope check that no attack deceives: `opens` gets the scope that a call needs and the claims of a "
        "token, and says whether the call is allowed.",
        None,
        judge_opens,
        (
            "The claim should be a list, but may be a text, a dict, or missing. Handle that first.",
            "`in` compares whole entries of a list, and searches for a part of a text.",
            "Read the claim so that a missing one raises no error; then `isinstance(...)` before the comparison.",
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
