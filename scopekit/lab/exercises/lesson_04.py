"""The exercises of lesson 04: read three notations of scopes, predict the API's answers, and write scopes by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scopekit.errors import LabError
from scopekit.lab.exercises.answers import as_function, changed
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed
from scopekit.lab.world.world import World
from scopekit.scopes import NOTATIONS
from scopekit.tokens import Claims
from scopekit.wording import shortened

SCOPES = ("read:users", "create:users", "repo")
REQUESTS: tuple[dict[str, Any], ...] = (
    {"scopes": ["gist", "repo"]}, {"scopes": "repo"}, {"scope": "repo"}, {"scopes": ["gist repo"]},
    {"scopes": ["REPO"]}, {"scopes": {"repo": {"actions": [""]}}},
)  # fmt: skip
"""The claims of six tokens that are sent to `/`."""
READ = ("flat", "structured", "oauth")
WITHOUT: tuple[dict[str, Any], ...] = (
    {}, {"scope": ""}, {"permissions": ["repo"]}, {"scopes": []}, {"scopes": "repo"},
)  # fmt: skip
"""Claims in which a reader should find no scopes."""
TENANT = "tenant_1"
JOB = ("list users", "revoke a token")
JOB_SCOPES = {"read:users", "blacklist:tokens"}
CRUD = ("read", "create", "update", "delete")


def judge_read(lab: World, answer: object) -> Verdict:
    """Judges exercise 04.1: the learner's function must read three notations, and find no scopes if there are none."""
    function = as_function(answer)

    def read(claims: Claims) -> list[str]:
        scopes = function(claims)
        if not isinstance(scopes, list | tuple | set | frozenset):
            raise LabError(f"Your function should return a list of strings; it returns {type(scopes).__name__}.")
        return [str(each) for each in scopes]

    try:
        for name in READ:
            claims = {NOTATIONS[name].claim: NOTATIONS[name].write(SCOPES)}
            scopes = read(claims)
            if ":repo" in scopes:
                return mistaken("every scope has a verb", f"In {name} notation you return `:repo`: no verb, no colon.")
            if "users:read" in scopes:
                return mistaken("the resource comes first", "You return `users:read`; the order is `verb:resource`.")
            if sorted(scopes) != sorted(SCOPES):
                return not_yet(f"In {name} notation, {claims}, the scopes are {list(SCOPES)}; you return {scopes}.")
        for claims in WITHOUT:
            if scopes := read(claims):
                message = f"There are no scopes in {claims}; you return {scopes}."
                if claims != {"scopes": "repo"}:
                    return not_yet(message)
                return mistaken("a string is a list", f"{message} Python iterates over a string letter by letter.")
    except KeyError as error:
        message = f"Your function fails if there is no claim {error}. An API would answer 500."
        return mistaken("the claim is always there", message)
    return passed("Your function reads three notations, and handles claims without scopes.")


def judge_statuses(lab: World, answer: object) -> Verdict:
    """Judges exercise 04.2: all six statuses in the answer must be the API's."""
    if not isinstance(answer, list | tuple) or len(answer) != len(REQUESTS):
        raise LabError(f"The answer must be a list of {len(REQUESTS)} statuses, such as [201, 401, ...].")
    for number, (own_status, claims) in enumerate(zip(answer, REQUESTS, strict=True), 1):
        [key] = lab.state.keys
        token = changed(lab.mint(["repo"]), key, **{"scopes": None, **claims})
        api_status = lab.post("/user/repos", token, name=f"exercise-{number}", private=True).status
        if own_status == api_status:
            continue
        message = f"Number {number}, {claims}: you say {shortened(own_status)}, the API answers {api_status}."
        if (own_status, api_status) == (403, 401):
            return mistaken("an unreadable value is only too little scope", f"{message} This guard cannot read it.")
        if (own_status, api_status) == (401, 403):
            return mistaken("every refusal is a 401", f"{message} The value is a list: which scopes does it hold?")
        if own_status == 201:
            return mistaken(
                "what a person can read counts", f"{message} The guard reads only one claim, in only one notation."
            )
        return not_yet(message)
    return passed("All six statuses match the API's.")


def judge_job(lab: World, answer: object) -> Verdict:
    """Judges exercise 04.3: a token with these `scopes` must list users and revoke tokens, and hold no other scope."""
    [key] = lab.state.tenants.of_issuer(TENANT)
    token = changed(lab.mint([], audience=TENANT), key, scopes=answer)
    decision = lab.explain(JOB[0], token)
    if decision.status == 401:
        message = f"The guard cannot read this value: {decision.step('scopes').found}"
        return mistaken("a list of names will do" if isinstance(answer, list) else "", message)
    scopes, open_calls = {*NOTATIONS["structured"].read(answer)}, lab.matrix(token).allowed()
    message = f"The value holds {', '.join(f'`{name}`' for name in sorted(scopes)) or 'nothing'}"
    if any(name.partition(":")[2] in CRUD for name in scopes):
        return mistaken("the verb is the resource", f"{message}. What is the resource, and what is the action?")
    if JOB[0] not in open_calls:
        return not_yet(f"{message}. The job cannot list users.")
    if JOB[1] not in open_calls and any(name.partition(":")[0] in CRUD for name in scopes - JOB_SCOPES):
        return mistaken("verbs are CRUD", f"{message}. The job cannot revoke a token: revoking has another verb.")
    if JOB[1] not in open_calls:
        return not_yet(f"{message}. The job cannot revoke a token.")
    if scopes != JOB_SCOPES:
        return not_yet(f"{message}. That is more than the two calls need.")
    return passed("The token lists users and revokes tokens, and holds nothing more.")


def verb_first(action: str, resource: str) -> str:
    """The scope `action:resource`, or only the resource if the action is empty."""
    return f"{action}:{resource}" if action else resource


def reader(
    join: Callable[[str, str], str] = verb_first, of_text: Callable[[str], list[str]] = lambda text: []
) -> Callable[[Claims], list[str]]:
    """Builds a solution to 04.1. With a wrong `join(action, resource)` or `of_text(string)`, builds a wrong answer."""

    def read(claims: Claims) -> list[str]:
        value = claims.get("scopes", [])
        if isinstance(value, Mapping):
            return [join(action, resource) for resource, entry in value.items() for action in entry["actions"]]
        return [*str(claims.get("scope", "")).split(), *(of_text(value) if isinstance(value, str) else value)]

    return read


EXERCISES = (
    Exercise(
        "04.1",
        "read scopes in any notation, and handle claims without scopes",
        "Write `read_scopes(claims)`: it reads flat, structured or oauth notation and returns the scopes as a list of "
        "strings. If there are none, or if `scopes` is a string instead of a list, the list is empty.",
        None,
        judge_read,
        (
            "There are three kinds of value: a list, an object, a string. `isinstance` tells them apart.",
            "`claims.get` takes a second argument, which it returns when the claim is missing.",
            "For the object, use the two loops of the lesson. An empty action has no colon after it.",
        ),
        lambda lab: reader(),
        {
            "every scope has a verb": lambda lab: reader(lambda action, resource: f"{action}:{resource}"),
            "the resource comes first": lambda lab: reader(lambda *both: ":".join(filter(None, both[::-1]))),
            "the claim is always there": lambda lab: (
                lambda claims: reader()(claims if "scope" in claims else {"scopes": claims["scopes"]})
            ),
            "a string is a list": lambda lab: reader(of_text=list),
        },
    ),
    Exercise(
        "04.2",
        "distinguish an unreadable token from one with too little scope",
        "Six genuine tokens ask for a new private repository at `/`. The guard there reads a flat list in `scopes`. "
        "What does the API answer to each: 201, 401 or 403?",
        [],
        judge_statuses,
        (
            "Ask of each: is there a claim `scopes`? Is it a list? Is every entry a scope, and is `repo` one of them?",
            "Any value but a flat list makes a token invalid. A missing claim is valid, but holds no scope.",
            "A scope contains no space, and an entry that is not a scope grants nothing. One of the six is allowed.",
        ),
        lambda lab: [201, 401, 403, 403, 403, 401],
        {
            "an unreadable value is only too little scope": lambda lab: [201, 403, 403, 403, 403, 403],
            "every refusal is a 401": lambda lab: [201, 401, 401, 401, 401, 401],
            "what a person can read counts": lambda lab: [201, 401, 201, 201, 403, 201],
        },
    ),
    Exercise(
        "04.3",
        "write structured scopes by hand",
        "A job of `tenant_1` lists users and revokes tokens. Write the value of its claim `scopes` in structured "
        "notation, with only what these two calls need.",
        None,
        judge_job,
        (
            "Write an object with a name for each resource; each value is an object with a list `actions`.",
            "`lab.explain` ends with the scope that a call needs, as a string, whichever token you give it.",
            "`{'users': {'actions': [...]}, ...: {'actions': [...]}}`: the action is the part before the colon.",
        ),
        lambda lab: {"users": {"actions": ["read"]}, "tokens": {"actions": ["blacklist"]}},
        {
            "a list of names will do": lambda lab: ["read:users", "blacklist:tokens"],
            "the verb is the resource": lambda lab: {"read": {"actions": ["users"]}},
            "verbs are CRUD": lambda lab: {"users": {"actions": ["read"]}, "tokens": {"actions": ["delete"]}},
        },
    ),
)
