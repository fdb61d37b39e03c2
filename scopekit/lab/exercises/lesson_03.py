"""Lesson 03, who may create a repository: scopes chosen, compared with their hierarchy, and answered."""

from __future__ import annotations

from collections.abc import Callable

from scopekit.errors import shortened
from scopekit.lab.exercises.answers import AnswerCase, as_function, as_scopes, first_mistake
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed
from scopekit.lab.grid.forging import with_signature
from scopekit.lab.world.world import World
from scopekit.requirements import any_of
from scopekit.tokens import Token

ROBOT = ("write a file", "write a workflow file", "report a deployment")
NAMES_ALONE = "a scope is only its name"
BOTH_WAYS = ("a hierarchy goes both ways", "A child does not imply its parent.")
BY_NAME = ("the name says what lies below", "Only the vocabulary says what a scope implies.")
ACCEPTED: tuple[tuple[list[str], list[str], str, str], ...] = (
    (["repo"], ["repo_deployment"], "", ""), (["user"], ["user:email"], "", ""),
    (["user:email"], ["user"], *BOTH_WAYS), (["repo"], ["delete_repo"], *BY_NAME),
    (["gist"], ["repo", "public_repo"], "", ""), (["public_repo"], ["repo", "public_repo"], "", ""),
    (["repo:status"], ["repo"], *BOTH_WAYS), ([], ["gist"], "", ""),
)  # fmt: skip
"""A token's scopes, the scopes that a call accepts, and the misconception of a wrong answer."""


def judge_robot(lab: World, answer: object) -> Verdict:
    """The scopes open all three calls, and none of them is superfluous."""
    scopes = as_scopes(lab, answer)
    opened = lab.matrix(lab.mint(scopes))
    if scopes and opened["write a file"].observed == "allowed" and opened["write a workflow file"].observed == "denied":
        return mistaken(
            "full control includes everything",
            "`repo` is called full control, and the workflow file is denied: `repo` does not imply `workflow`.",
        )
    if closed := [name for name in ROBOT if opened[name].observed != "allowed"]:
        return not_yet(f"The robot cannot do this yet: {closed[0]} ({opened[closed[0]].reason}).")
    for name in scopes:
        if {*ROBOT} <= {*lab.matrix(lab.mint([each for each in scopes if each != name])).allowed()}:
            return mistaken(
                "every name has to be listed",
                f"All three are open, and without `{name}` they would be too: another of your scopes implies it, or "
                "no call of the robot needs it.",
            )
    return passed("All three are open, and you can leave none of your scopes out.")


def judge_accepts(lab: World, answer: object) -> Verdict:
    """The function says of every token what the guard says."""
    accepts, cases = as_function(answer), []
    for scopes, accepted, misconception, why in ACCEPTED:
        token = lab.mint(scopes)
        is_allowed = lab.guard_of(token).decide(f"Bearer {token}", any_of(*accepted)).allowed
        name = f"a token with {scopes} and a call that accepts {accepted}"
        cases.append(AnswerCase(name, (accepted, token), is_allowed, misconception, why))
    wrong = [case for case in cases if bool(accepts(*case.arguments)) != case.expected]
    if not wrong:
        return passed(f"It says what the guard says, on {len(cases)} tokens.")
    if all(case.expected for case in wrong):
        wrong = [
            case._replace(misconception=NAMES_ALONE, why="What does a scope imply, and who knows?") for case in wrong
        ]
    return first_mistake(accepts, wrong, "the guard") or not_yet("It does not give the same answer twice.")


def judge_status(lab: World, answer: object) -> Verdict:
    """The function gives the API's status: for no token, and for one that is forged, weak or strong enough."""
    status, good, weak = as_function(answer), lab.mint(["repo"]), lab.mint(["gist"])
    forgery = Token.parse(with_signature(good, bytes(32)))
    tokens = {"no token": None, "a forged token": forgery, "a token with gist": weak, "a token with repo": good}
    for name, token in tokens.items():
        own_status, api_status = status(token), lab.post("/user/repos", token, name="exercise").status
        if own_status == api_status:
            continue
        message = f"For {name} you say {shortened(own_status)}; the API answers {api_status}."
        if (own_status, api_status) == (401, 403):
            return mistaken("every refusal is a 401", f"{message} It is clear who asks; a new token would not help.")
        if (own_status, api_status) == (403, 401):
            return mistaken("every refusal is a 403", f"{message} Nobody has shown yet who they are.")
        return not_yet(message)
    return passed("The four statuses are the API's.")


def opens(lab: World, token: Token | None) -> bool:
    """Whether the guard lets a token create a public repository."""
    return lab.guard_of(token).decide(f"Bearer {token}", any_of("public_repo")).allowed


def right_status(lab: World) -> Callable[[Token | None], int]:
    """A solution of 03.3."""

    def status(token: Token | None) -> int:
        if token is None or not lab.guard_of(token).decide(f"Bearer {token}"):
            return 401
        return 201 if "public_repo" in lab.vocabulary.expand(token.scopes) else 403

    return status


EXERCISES = (
    Exercise(
        "03.1",
        "find the fewest scopes for several calls",
        "A release robot writes files and workflow files, and reports deployments. What are the fewest scopes that it "
        "needs?",
        [],
        judge_robot,
        (
            "Begin with one scope; the reason of the first denied call tells you the next.",
            "A scope may imply another. `lab.vocabulary` shows what your first scope implies.",
            "Two are enough. One of them has the longest list of children in the vocabulary.",
        ),
        lambda lab: ["repo", "workflow"],
        {
            "full control includes everything": lambda lab: ["repo"],
            "every name has to be listed": lambda lab: ["repo", "repo_deployment", "workflow"],
        },
    ),
    Exercise(
        "03.2",
        "compare scopes with their hierarchy, as a guard does",
        "Repair `check_scopes`: a function of the scopes that a call accepts and of a token, which says what the guard "
        "says. It has to follow the hierarchy.",
        None,
        judge_accepts,
        (
            "The loop is right, but it runs over the token's scope names instead of what they imply.",
            "`lab.vocabulary` knows what scopes imply, and has a method that returns all of it.",
            "`any(scope in accepted for scope in ...)`: put the token's expanded scopes into the gap.",
        ),
        lambda lab: lambda accepted, token: any(scope in accepted for scope in lab.vocabulary.expand(token.scopes)),
        {
            NAMES_ALONE: lambda lab: lambda accepted, token: any(scope in accepted for scope in token.scopes),
            "a hierarchy goes both ways": lambda lab: (
                lambda accepted, token: bool(lab.vocabulary.expand(accepted) & lab.vocabulary.expand(token.scopes))
            ),
            "the name says what lies below": lambda lab: (
                lambda accepted, token: any(
                    scope in name for scope in lab.vocabulary.expand(token.scopes) for name in accepted
                )
            ),
        },
    ),
    Exercise(
        "03.3",
        "answer 401 and 403 as the standard does",
        "Write `status(token)`: what `POST /user/repos` answers to a token that wants to create a public repository, "
        "201, 401 or 403. The token may be `None`, or forged.",
        None,
        judge_status,
        (
            "Ask three questions, in this order: is there a token, is it genuine, does it have the scope?",
            '`lab.guard_of(token).decide(f"Bearer {token}")` is true for a genuine token, whatever its scopes.',
            "Two of the three questions fail with the same status: who are you? The third has another.",
        ),
        right_status,
        {
            "every refusal is a 401": lambda lab: lambda token: 201 if opens(lab, token) else 401,
            "every refusal is a 403": lambda lab: lambda token: 201 if opens(lab, token) else 403,
        },
    ),
)
