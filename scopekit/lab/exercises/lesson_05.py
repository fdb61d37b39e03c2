"""The exercises of lesson 05: find the fewest scopes for several calls, for a denied call, and for a record's owner."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scopekit.audit import least_scopes
from scopekit.lab.exercises.answers import as_function, as_scopes, as_token
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed
from scopekit.lab.world.world import World
from scopekit.tokens import Token

AUDITED = ("read a hook's configuration", "read a private repository's secret alerts", "list e-mail addresses")
DENIED = (
    "list e-mail addresses", "read a hook's configuration", "add an SSH key", "create a public repository",
    "report a deployment", "list packages", "list codespaces",
)  # fmt: skip
"""Calls that each accept several scopes, except the last, which accepts only one."""
ANN, BOB = "/api/v2/users/auth0|ann", "/api/v2/users/auth0|bob"
ONE_MORE = "one more will not hurt"


def judge_audit(lab: World, answer: object) -> Verdict:
    """Judges exercise 05.1: the learner's scopes must open all three calls, and imply as few scopes as possible."""
    scopes = as_scopes(lab, answer)
    open_calls = lab.matrix(lab.mint(scopes)).allowed()
    if closed_calls := [name for name in AUDITED if name not in open_calls]:
        return not_yet(f"The job cannot do this yet: {closed_calls[0]}. It can: {', '.join(open_calls)}.")
    requirements = [requirement for name in AUDITED if (requirement := lab.call_named(name).requirement)]
    more = len(lab.vocabulary.expand(scopes)) - least_scopes(requirements, lab.vocabulary).capabilities
    message = f"All three are open, {len(open_calls)} calls in all. Your scopes imply {more} more than needed."
    if more > 0 and "repo" in scopes:
        return mistaken("one large scope is simpler", f"{message} `repo` also writes. What other scopes will do?")
    if more > 0 and any(name.startswith("admin:") for name in scopes):
        return mistaken("the first that is accepted", f"{message} The first scope in the header is not the smallest.")
    if more > 0:
        return mistaken(ONE_MORE, message)
    return passed(f"All three are open, {len(open_calls)} calls in all, and no smaller set of scopes opens them.")


def judge_suggest(lab: World, answer: object) -> Verdict:
    """Judges exercise 05.2: given scopes that each open a call, the function must return the one that implies least."""
    suggest, token = as_function(answer), lab.mint(["gist"])
    denials = [lab.call(name, token) for name in DENIED]
    choices = [denial.headers["x-accepted-oauth-scopes"].split(", ") for denial in denials]
    suggestions = [suggest([*choice]) for choice in choices]
    habits: dict[str, tuple[Callable[[Sequence[str]], str], str]] = {
        "the first will do": (lambda names: names[0], "The header is sorted by name."),
        "a short name asks for little": (lambda names: min(names, key=len), "A name does not say what it implies."),
        "the largest ends the questions": (
            lambda names: max(names, key=lambda name: len(lab.vocabulary.expand([name]))),
            "A thief can use all of it.",
        ),
    }
    for name, choice, scope, denial in zip(DENIED, choices, suggestions, denials, strict=True):
        if scope not in choice:
            return not_yet(f"The call to {name} accepts {', '.join(choice)}; you suggest none of them.")
        if scope != (best := denial.json["scope"]):
            size, least = (len(lab.vocabulary.expand([each])) for each in (scope, best))
            message = f"`{scope}` is enough to {name}, but grants {size} scopes in all; another grants only {least}."
            for habit, (choose, why) in habits.items():
                if [choose(each) for each in choices] == suggestions:
                    return mistaken(habit, f"{message} {why}")
            return not_yet(message)
    return passed(f"For {len(DENIED)} denied calls it suggests the least privileged scope, as the API's own 403 does.")


def judge_ann(lab: World, answer: object) -> Verdict:
    """Judges exercise 05.3: the token must read Ann's record and change her data, but do neither with Bob's record."""
    token, colour = as_token(answer), {"colour": "red"}
    reading, writing = lab.get(ANN, token), lab.patch(ANN, token, user_metadata=colour)
    if 200 in (lab.get(BOB, token).status, lab.patch(BOB, token, user_metadata=colour).status):
        return mistaken(
            "a scope for all, to reach one", "It reaches Ann's record, but Bob's too: it has a scope for all users."
        )
    if (reading.status, writing.status) == (403, 403) and "sub" not in token.claims and token.scopes:
        return mistaken(
            "the current user is whoever calls",
            "The token is genuine, but has no `sub`: nobody knows whose it is, so no record belongs to it. "
            "`lab.mint` takes a `subject`.",
        )
    if (refusal := reading if reading.status != 200 else writing).status != 200:
        action = "read Ann's record" if refusal is reading else "change Ann's own data"
        return not_yet(f"The token cannot {action} yet: the API answers {refusal.status}, {refusal.refusal}.")
    if len(token.scopes) > 2:
        return mistaken(ONE_MORE, f"It does both, but has {len(token.scopes) - 2} scopes more than it needs.")
    return passed("The token reads and changes Ann's own record. If Bob finds it, he cannot read even his own.")


def owner_token(lab: World, *scopes: str, subject: str | None = "auth0|ann") -> Token:
    """A token for exercise 05.3 with these scopes. By default, it has the scopes that solve the exercise."""
    return lab.mint(
        scopes or ("read:current_user", "update:current_user_metadata"), audience="tenant_1", subject=subject
    )


EXERCISES = (
    Exercise(
        "05.1",
        "find the fewest scopes for calls that each accept several",
        "An auditor's job reads a hook's configuration and a private repository's secret alerts, and lists e-mail "
        "addresses. Give it the fewest scopes.",
        [],
        judge_audit,
        (
            "Each of the calls accepts several scopes: `lab.call_named(...)` has a `requirement`, which lists them.",
            "None of the three writes, so none of your scopes should. Leave out every scope that opens a write.",
            "`least_scopes` takes a list of requirements and the vocabulary. Three calls need three scopes.",
        ),
        lambda lab: ["read:repo_hook", "security_events", "user:email"],
        {
            "one large scope is simpler": lambda lab: ["repo", "user:email"],
            "the first that is accepted": lambda lab: ["admin:repo_hook", "security_events", "user:email"],
            ONE_MORE: lambda lab: ["read:repo_hook", "security_events", "user:email", "read:user"],
        },
    ),
    Exercise(
        "05.2",
        "suggest the least privileged scope for a denied call",
        "Write `suggest(accepted)`: it gets the scopes that a denied call accepts, as the header lists them, and "
        "returns the one that can do the least harm.",
        None,
        judge_suggest,
        (
            "A scope can do harm through everything that it implies. Which object knows what it implies?",
            "`lab.vocabulary.expand([...])` returns all of it, as a set. The smaller the set, the better.",
            "`min(accepted, key=...)`: the key is a function that returns how much a scope implies.",
        ),
        lambda lab: lambda accepted: min(accepted, key=lambda name: len(lab.vocabulary.expand([name]))),
        {
            "the first will do": lambda lab: lambda accepted: accepted[0],
            "a short name asks for little": lambda lab: lambda accepted: min(accepted, key=len),
            "the largest ends the questions": lambda lab: (
                lambda accepted: max(accepted, key=lambda name: len(lab.vocabulary.expand([name])))
            ),
        },
    ),
    Exercise(
        "05.3",
        "mint a token that reaches only its owner's record",
        "Ann's own app shows her record, and changes her own data in it. Mint the app's token for the audience "
        "`tenant_1`. Whoever finds the token must not reach Bob's record.",
        None,
        judge_ann,
        (
            "Look at the owner-bound calls: two scopes with `current_user` in their name fit what the app does.",
            "Whose token is it? An owner-bound requirement compares the record's owner with the token's `sub`.",
            '`lab.mint([...], audience="tenant_1", subject=...)`: the subject is the end of the path to her record.',
        ),
        owner_token,
        {
            "a scope for all, to reach one": lambda lab: owner_token(lab, "read:users", "update:users"),
            "the current user is whoever calls": lambda lab: owner_token(lab, subject=None),
            ONE_MORE: lambda lab: owner_token(
                lab, "read:current_user", "update:current_user_metadata", "update:current_user_identities"
            ),
        },
    ),
)
