"""Lesson 04, how scopes should be written: read in three notations, answered, and written by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from scopekit.errors import LabError
from scopekit.issuer import sign
from scopekit.lab.exercises import exercise as answers
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed
from scopekit.notations import NOTATIONS
from scopekit.tokens import Claims, Token

if TYPE_CHECKING:
    from scopekit.lab.world.world import World

HELD = ("read:users", "create:users", "repo")
KNOCKING: tuple[dict[str, Any], ...] = (
    {"scopes": ["gist", "repo"]}, {"scopes": "repo"}, {"scope": "repo"}, {"scopes": ["gist repo"]},
    {"scopes": ["REPO"]}, {"scopes": {"repo": {"actions": [""]}}},
)  # fmt: skip
"""The claims of the tokens that knock at `/`."""
READ = ("flat", "structured", "oauth")
WITHOUT: tuple[dict[str, Any], ...] = (
    {}, {"scope": ""}, {"permissions": ["repo"]}, {"scopes": []}, {"scopes": "repo"},
)  # fmt: skip
"""Claims that hold no scopes."""
TENANT = "tenant_1"
JOB = ("list users", "take a token back")
JOB_SCOPES = {"read:users", "blacklist:tokens"}
CRUD = ("read", "create", "update", "delete")


def judge_read(lab: World, answer: object) -> Verdict:
    """The function finds the scopes in three notations, and none where there are none."""
    read = answers.function(answer)
    try:
        return next(filter(None, (_of_notation(read, name) for name in READ)), None) or _of_no_scopes(read)
    except KeyError as error:
        told = f"It stops where there is no claim {error}. An API would answer 500."
        return mistaken("the claim is always there", told)


def _of_notation(read: Callable[[Claims], Any], name: str) -> Verdict | None:
    claims = {NOTATIONS[name].claim: NOTATIONS[name].write(HELD)}
    found = _list(read(claims))
    if ":repo" in found:
        return mistaken("every scope has a verb", f"In {name} notation you find `:repo`: no verb, no colon.")
    if "users:read" in found:
        return mistaken("the resource comes first", "You find `users:read`; the string is `verb:resource`.")
    if sorted(found) != sorted(HELD):
        return not_yet(f"In {name} notation, {claims}, the scopes are {list(HELD)}; you find {found}.")
    return None


def _of_no_scopes(read: Callable[[Claims], Any]) -> Verdict:
    for claims in WITHOUT:
        found = _list(read(claims))
        if claims == {"scopes": "repo"} and found:
            return mistaken("a string is a list", f"In {claims} you find {found}: Python goes through it by letters.")
        if found:
            return not_yet(f"In {claims} there are no scopes; you find {found}.")
    return passed("It reads three notations, and has an answer where there is nothing to read.")


def judge_knocking(lab: World, answer: object) -> Verdict:
    """The six statuses are those of the API."""
    if not isinstance(answer, list | tuple) or len(answer) != len(KNOCKING):
        raise LabError(f"An answer here is a list of {len(KNOCKING)} statuses, such as [201, 401, ...].")
    for number, (said, claims) in enumerate(zip(answer, KNOCKING, strict=True), 1):
        token = _with_claims(lab.mint(["repo"]), claims, lab.state.keys.get("lab-1"))
        answered = lab.post("/user/repos", token, name=f"exercise-{number}", private=True).status
        if said == answered:
            continue
        told = f"Number {number}, {claims}: you say {said if isinstance(said, int) else 'no number'}, "
        return _of_status(said, answered, f"{told}the API answers {answered}.")
    return passed("All six are as the API answers.")


def _of_status(said: object, answered: int, told: str) -> Verdict:
    if (said, answered) == (403, 401):
        return mistaken("it can be read, it is only too little", f"{told} This guard cannot read such a value.")
    if (said, answered) == (401, 403):
        return mistaken("every refusal is a 401", f"{told} It is well formed: what does it hold, for this guard?")
    if said == 201:
        return mistaken("what one can see counts", f"{told} The guard reads one claim, in one notation, by the letter.")
    return not_yet(told)


def judge_job(lab: World, answer: object) -> Verdict:
    """A token with this value lists users and takes tokens back, and holds no scope beyond."""
    token = _with_claims(lab.mint([], audience=TENANT), {"scopes": answer}, lab.state.tenants.of_issuer(TENANT)[0])
    decision = lab.explain(JOB[0], token)
    if decision.status == 401:
        told = f"The guard cannot read it: {decision.step('scopes').found}"
        return mistaken("a list of names will do", told) if isinstance(answer, list) else not_yet(told)
    held = set(NOTATIONS["structured"].read(answer))
    told = f"This holds {', '.join(f'`{name}`' for name in sorted(held)) or 'nothing'}"
    if any(name.partition(":")[2] in CRUD for name in held):
        return mistaken("the verb is the resource", f"{told}. What is the resource, and what the action?")
    opened = lab.matrix(token).allowed()
    if JOB[0] not in opened:
        return not_yet(f"{told}, and cannot list users.")
    if JOB[1] not in opened and any(name.partition(":")[0] in CRUD for name in held - JOB_SCOPES):
        return mistaken("verbs are CRUD", f"{told}, and takes no token back: that has a verb of its own.")
    if JOB[1] not in opened:
        return not_yet(f"{told}, and cannot take a token back.")
    if held != JOB_SCOPES:
        return not_yet(f"{told}, which is more than the two calls need.")
    return passed("It lists users and takes tokens back, and holds nothing more.")


def _list(found: object) -> list[str]:
    if not isinstance(found, list | tuple | set | frozenset):
        raise LabError(f"What is asked for is a list of strings; your function gives {type(found).__name__}.")
    return [str(each) for each in found]


def _with_claims(token: Token, claims: Claims, key: Any) -> Token:
    """The token with other claims in the place of its scopes, signed again."""
    kept = {name: value for name, value in token.claims.items() if name != "scopes"}
    return sign(token.header, {**kept, **claims}, key)


def _reader(join: Callable[[str, str], str], text: Callable[[str], list[str]]) -> Callable[[Claims], list[str]]:
    """A reader that goes wrong where `join`, of an action and a resource, or `text`, of a string for a list, does."""

    def read(claims: Claims) -> list[str]:
        found = claims.get("scopes", [])
        if isinstance(found, Mapping):
            return [join(action, resource) for resource, entry in found.items() for action in entry["actions"]]
        return [*str(claims.get("scope", "")).split(), *(text(found) if isinstance(found, str) else found)]

    return read


def _verb_first(action: str, resource: str) -> str:
    return f"{action}:{resource}" if action else resource


def _nothing(text: str) -> list[str]:
    return []


def _sure(claims: Claims) -> list[str]:
    if "scope" in claims:
        return str(claims["scope"]).split()
    return _reader(_verb_first, _nothing)({"scopes": claims["scopes"]})


EXERCISES = (
    Exercise(
        "04.1",
        "read scopes in any notation, and survive where there are none",
        "Write `read_scopes(claims)`: the scopes in the flat, the structured or the oauth notation, as a list of "
        "strings. Where there are none, or a string stands in the place of a list, the list is empty.",
        None,
        judge_read,
        (
            "Three kinds of value: a list, an object, a string. `isinstance` tells them apart; `dict` is an object.",
            "`claims.get` takes a second argument, for the case that the claim is not there.",
            "For the object, take the two loops of the lesson. An empty action has no colon after it.",
        ),
        lambda lab: _reader(_verb_first, _nothing),
        {
            "every scope has a verb": lambda lab: _reader(lambda action, resource: f"{action}:{resource}", _nothing),
            "the resource comes first": lambda lab: _reader(lambda *both: ":".join(filter(None, both[::-1])), _nothing),
            "the claim is always there": lambda lab: _sure,
            "a string is a list": lambda lab: _reader(_verb_first, list),
        },
    ),
    Exercise(
        "04.2",
        "tell a token that cannot be read from one with too little scope",
        "Six genuine tokens want to create a private repository at `/`, whose guard reads a flat list in `scopes`. "
        "What does the API answer to each: 201, 401 or 403?",
        [],
        judge_knocking,
        (
            "Ask of each: is there a claim `scopes`? Is it a list? Is every entry a scope, and is `repo` among them?",
            "A value that is no flat list makes a token no good: one number. No such claim is no scope: another.",
            "A scope has no space in it. Three of the six cannot be read, and one is let through.",
        ),
        lambda lab: [201, 401, 403, 401, 403, 401],
        {
            "it can be read, it is only too little": lambda lab: [201, 403, 403, 403, 403, 403],
            "every refusal is a 401": lambda lab: [201, 401, 401, 401, 401, 401],
            "what one can see counts": lambda lab: [201, 401, 201, 401, 403, 201],
        },
    ),
    Exercise(
        "04.3",
        "write structured scopes by hand",
        "A job of `tenant_1` lists users and takes tokens back. Write the value of its claim `scopes` in structured "
        "notation: as much as these two calls need, and no more.",
        None,
        judge_job,
        (
            "An object by resource; for each, an object with the name `actions` and a list of verbs.",
            "`lab.explain` ends with the scope that a call needs, as a string, whichever token you ask it with.",
            "`{'users': {'actions': [...]}, ...: {'actions': [...]}}`: what stands before the colon is the action.",
        ),
        lambda lab: {"users": {"actions": ["read"]}, "tokens": {"actions": ["blacklist"]}},
        {
            "a list of names will do": lambda lab: ["read:users", "blacklist:tokens"],
            "the verb is the resource": lambda lab: {"read": {"actions": ["users"]}},
            "verbs are CRUD": lambda lab: {"users": {"actions": ["read"]}, "tokens": {"actions": ["delete"]}},
        },
    ),
)
