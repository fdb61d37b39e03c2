"""Lesson 03, who may create a repository: scopes chosen, compared with their hierarchy, and answered."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from scopekit.lab.exercises import exercise as answers
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed
from scopekit.requirements import any_of
from scopekit.tokens import Token

if TYPE_CHECKING:
    from scopekit.lab.world.world import World

ROBOT = ("write a file", "write a workflow file", "report a deployment")
TRIED: tuple[tuple[list[str], list[str]], ...] = (
    (["repo"], ["repo_deployment"]), (["user"], ["user:email"]), (["user:email"], ["user"]),
    (["repo"], ["delete_repo"]), (["gist"], ["repo", "public_repo"]), (["public_repo"], ["repo", "public_repo"]),
    (["repo:status"], ["repo"]), ([], ["gist"]),
)  # fmt: skip
"""Scopes held, and scopes that a call accepts."""


def judge_robot(lab: World, answer: object) -> Verdict:
    """All three calls are open, and no scope could go."""
    scopes = answers.scope_list(lab, answer)
    opened = lab.matrix(lab.mint(scopes))
    if scopes and opened["write a file"].observed == "allowed" and opened["write a workflow file"].observed == "denied":
        return mistaken(
            "full control includes everything",
            "`repo` is called full control, and the workflow file is denied: `workflow` is not below it.",
        )
    if closed := [name for name in ROBOT if opened[name].observed != "allowed"]:
        return not_yet(f"The robot cannot do this yet: {closed[0]} ({opened[closed[0]].reason}).")
    if idle := [name for name in scopes if _opens_all(lab, [each for each in scopes if each != name])]:
        return mistaken(
            "every name has to be listed",
            f"All three are open, and without `{idle[0]}` they would be too: another scope of yours implies it, or no "
            "call of the robot's asks for it.",
        )
    return passed("All three are open, and there is none among your scopes that could go.")


def judge_accepts(lab: World, answer: object) -> Verdict:
    """The function says of every pair what the guard says."""
    accepts: Callable[[Collection[str], Token], Any] = answers.function(answer)
    said = [(held, accepted, bool(accepts(accepted, lab.mint(held)))) for held, accepted in TRIED]
    wrong = [each for each in said if each[2] != _guard_says(lab, *each[:2])]
    if not wrong:
        return passed(f"It says what the guard says, on {len(TRIED)} tokens.")
    held, accepted, found = wrong[0]
    told = (
        f"A token with {held} and a call that accepts {accepted}: your function says {found}, the guard the opposite."
    )
    if all(not each[2] for each in wrong):
        return mistaken("a scope is only its name", f"{told} What does a scope imply, and who knows?")
    if (held, accepted) == (["user:email"], ["user"]) or held == ["repo:status"]:
        return mistaken("a hierarchy goes both ways", f"{told} A child does not imply its parent.")
    if (held, accepted) == (["repo"], ["delete_repo"]):
        return mistaken("the name says what lies below", f"{told} Only the vocabulary says what lies below what.")
    return not_yet(told)


def judge_status(lab: World, answer: object) -> Verdict:
    """The function gives the status that the API gives: for no token, for one that is forged, weak, or enough."""
    status = answers.function(answer)
    good, weak = lab.mint(["repo"]), lab.mint(["gist"])
    forged = Token.parse(f"{str(good).rpartition('.')[0]}.{'A' * 43}")
    tried = {"no token": None, "a forged token": forged, "a token with gist": weak, "a token with repo": good}
    for name, token in tried.items():
        found, answered = status(token), lab.post("/user/repos", token, name="exercise").status
        if found == answered:
            continue
        told = f"For {name} you say {found}; the API answers {answered}."
        if (found, answered) == (401, 403):
            return mistaken("every refusal is a 401", f"{told} It was clear who asked; a new token would not help.")
        if (found, answered) == (403, 401):
            return mistaken("every refusal is a 403", f"{told} Nobody has shown yet who they are.")
        return not_yet(told)
    return passed("The four statuses are those of the API.")


def _opens_all(lab: World, scopes: Collection[str]) -> bool:
    opened = lab.matrix(lab.mint(scopes)).allowed()
    return all(name in opened for name in ROBOT)


def _guard_says(lab: World, held: list[str], accepted: list[str]) -> bool:
    token = lab.mint(held)
    return lab.guard_of(token).decide(f"Bearer {token}", any_of(*accepted)).allowed


def _opens(lab: World, token: Token | None) -> bool:
    return lab.guard_of(token).decide(f"Bearer {token}", any_of("public_repo")).allowed


def _solved_accepts(lab: World) -> Callable[[Collection[str], Token], bool]:
    return lambda accepted, token: any(scope in accepted for scope in lab.vocabulary.expand(token.scopes))


def _solved_status(lab: World) -> Callable[[Token | None], int]:
    def status(token: Token | None) -> int:
        if token is None or not lab.guard_of(token).decide(f"Bearer {token}"):
            return 401
        return 201 if "public_repo" in lab.vocabulary.expand(token.scopes) else 403

    return status


EXERCISES = (
    Exercise(
        "03.1",
        "find the fewest scopes for a row of calls",
        "A release robot writes files and workflow files, and reports deployments. Which fewest scopes does it need?",
        [],
        judge_robot,
        (
            "Begin with one scope, and let the reason of the first call that is denied tell you the next.",
            "A scope may imply another. `lab.vocabulary` shows which ones your first scope brings along.",
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
        "compare scopes as a guard does, with their hierarchy",
        "Mend `check_scopes`: a function of the scopes that a call accepts and of a token, which says what the guard "
        "says. It has to follow the hierarchy.",
        None,
        judge_accepts,
        (
            "The loop is right. What it goes through is not: these are the names in the token, and not what they mean.",
            "`lab.vocabulary` knows what scopes imply, and has a method that gives all of it at once.",
            "`any(scope in accepted for scope in ...)`: put the expanded scopes of the token in the gap.",
        ),
        _solved_accepts,
        {
            "a scope is only its name": lambda lab: lambda accepted, token: any(s in accepted for s in token.scopes),
            "a hierarchy goes both ways": lambda lab: (
                lambda accepted, token: bool(lab.vocabulary.expand(accepted) & lab.vocabulary.expand(token.scopes))
            ),
            "the name says what lies below": lambda lab: (
                lambda accepted, token: any(
                    held in name for held in lab.vocabulary.expand(token.scopes) for name in accepted
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
            "Three questions, in this order: is there a token, is it genuine, does it hold the scope?",
            '`lab.guard_of(token).decide(f"Bearer {token}")` is true where a token is genuine, whatever it holds.',
            "Two of the three questions have the same answer when they fail: who are you? The third has another.",
        ),
        _solved_status,
        {
            "every refusal is a 401": lambda lab: lambda token: 201 if _opens(lab, token) else 401,
            "every refusal is a 403": lambda lab: lambda token: 201 if _opens(lab, token) else 403,
        },
    ),
)
