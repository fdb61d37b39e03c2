"""The exercises of lesson 03: choose scopes, compare scopes by their hierarchy, and choose the status of a response."""

from __future__ import annotations

from collections.abc import Callable

from scopekit.lab.exercises.answers import AnswerCase, as_function, as_scopes, first_mistake
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed
from scopekit.lab.grid.forging import with_signature
from scopekit.lab.world.world import World
from scopekit.requirements import any_of
from scopekit.tokens import Token
from scopekit.wording import shortened

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
"""Each row: a token's scopes, a call's accepted scopes, the misconception behind a wrong answer, and the reason."""


def judge_robot(lab: World, answer: object) -> Verdict:
    """Judges exercise 03.1: the learner's scopes must open all three calls, and every scope must be needed."""
    scopes = as_scopes(lab, answer)
    opened = lab.matrix(lab.mint(scopes))
    if scopes and opened["write a file"].observed == "allowed" and opened["write a workflow file"].observed == "denied":
        return mistaken(
            "full control includes everything",
            "`repo` is called full control, but the workflow file is denied: `repo` does not imply `workflow`.",
        )
    if closed := [name for name in ROBOT if opened[name].observed != "allowed"]:
        return not_yet(f"The robot cannot do this yet: {closed[0]} ({opened[closed[0]].reason}).")
    for name in scopes:
        if {*ROBOT} <= {*lab.matrix(lab.mint([each for each in scopes if each != name])).allowed()}:
            return mistaken(
                "every name has to be listed",
                f"All three are open, but they are also open without `{name}`: another of your scopes implies it, or "
                "the robot does not need it.",
            )
    return passed("All three are open, and every one of your scopes is needed.")


def judge_accepts(lab: World, answer: object) -> Verdict:
    """Judges exercise 03.2: the learner's function must give the guard's answer for every token."""
    accepts, cases = as_function(answer), []
    for scopes, accepted, misconception, why in ACCEPTED:
        token = lab.mint(scopes)
        is_allowed = lab.guard_of(token).decide(f"Bearer {token}", any_of(*accepted)).allowed
        name = f"a token with {scopes} and a call that accepts {accepted}"
        cases.append(AnswerCase(name, (accepted, token), is_allowed, misconception, why))
    wrong = [case for case in cases if bool(accepts(*case.arguments)) != case.expected]
    if not wrong:
        return passed(f"Your function gives the guard's answer for all {len(cases)} tokens.")
    if all(case.expected for case in wrong):
        wrong = [case._replace(misconception=NAMES_ALONE, why="What else does each scope imply?") for case in wrong]
    return first_mistake(accepts, wrong, "the guard") or not_yet("It answers one question in two ways.")


def judge_status(lab: World, answer: object) -> Verdict:
    """Judges exercise 03.3: the learner's function must return the API's status for each of four requests."""
    status, good, weak = as_function(answer), lab.mint(["repo"]), lab.mint(["gist"])
    forgery = Token.parse(with_signature(good, bytes(32)))
    tokens = {"no token": None, "a forged token": forgery, "a token with gist": weak, "a token with repo": good}
    for name, token in tokens.items():
        own_status, api_status = status(token), lab.post("/user/repos", token, name="exercise").status
        if own_status == api_status:
            continue
        message = f"For {name} you say {shortened(own_status)}; the API answers {api_status}."
        if (own_status, api_status) == (401, 403):
            return mistaken("every refusal is a 401", f"{message} The API knows who asks; a new token would not help.")
        if (own_status, api_status) == (403, 401):
            return mistaken("every refusal is a 403", f"{message} The caller has not shown who they are.")
        return not_yet(message)
    return passed("All four statuses match the API's.")


def opens(lab: World, token: Token | None) -> bool:
    """Whether the guard lets a token create a public repository."""
    return lab.guard_of(token).decide(f"Bearer {token}", any_of("public_repo")).allowed


def right_status(lab: World) -> Callable[[Token | None], int]:
    """Builds the function that solves exercise 03.3."""

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
            "Start with one scope; the reason of the first denied call names the next.",
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
        "Repair `check_scopes`. It gets the scopes that a call accepts, and a token. It must give the guard's answer, "
        "so it has to follow the hierarchy.",
        None,
        judge_accepts,
        (
            "The loop is right, but it runs over the token's scope names instead of what they imply.",
            "`lab.vocabulary` knows what scopes imply. One of its methods returns all implied scopes.",
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
        "Write `status(token)`: the status of `POST /user/repos` for a token that asks for a public repository. It is "
        "201, 401 or 403. The token may be `None` or forged.",
        None,
        judge_status,
        (
            "Ask three questions, in this order: is there a token, is it genuine, does it have the scope?",
            '`lab.guard_of(token).decide(f"Bearer {token}")` is true for a genuine token, whatever its scopes.',
            "If one of the first two fails, the API does not know who asks. If the third fails, it does.",
        ),
        right_status,
        {
            "every refusal is a 401": lambda lab: lambda token: 201 if opens(lab, token) else 401,
            "every refusal is a 403": lambda lab: lambda token: 201 if opens(lab, token) else 403,
        },
    ),
)
