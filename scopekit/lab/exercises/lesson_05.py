"""Lesson 05, which scopes does this call need: the least for a row of calls, for a denied one, and for an owner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from scopekit.audit import least_scopes
from scopekit.lab.exercises import exercise as answers
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed

if TYPE_CHECKING:
    from scopekit.lab.world.world import World
    from scopekit.tokens import Token

AUDIT = ("read a hook's configuration", "read a private repository's secret alerts", "list e-mail addresses")
DENIED = (
    "list e-mail addresses", "read a hook's configuration", "add an SSH key", "create a public repository",
    "report a deployment", "list packages", "list codespaces",
)  # fmt: skip
"""Calls of which each takes one scope; for the last there is no choice."""
ANN, BOB = "/api/v2/users/auth0|ann", "/api/v2/users/auth0|bob"


def judge_audit(lab: World, answer: object) -> Verdict:
    """All three calls are open, and no other scopes that open them imply fewer."""
    scopes = answers.scope_list(lab, answer)
    opened = lab.matrix(lab.mint(scopes)).allowed()
    if closed := [name for name in AUDIT if name not in opened]:
        return not_yet(f"The job cannot do this yet: {closed[0]}. It can: {', '.join(opened)}.")
    least = least_scopes([need for name in AUDIT if (need := lab.call_named(name).requirement)], lab.vocabulary)
    more = len(lab.vocabulary.expand(scopes)) - least.capabilities
    told = f"All three are open, and {len(opened)} calls in all. What you have implies {more} scopes more than needed."
    if more > 0 and "repo" in scopes:
        return mistaken("one large scope is simpler", f"{told} `repo` writes, too. What else does each call accept?")
    if more > 0 and any(name.startswith("admin:") for name in scopes):
        return mistaken("the first that is accepted", f"{told} What stands first in the header is not the smallest.")
    if more > 0:
        return mistaken("one more will not hurt", told)
    return passed(f"All three are open, {len(opened)} calls in all, and nothing smaller opens them.")


def judge_suggest(lab: World, answer: object) -> Verdict:
    """Each call that was denied is open with the scope suggested, and no other one accepted implies fewer."""
    suggest, token = answers.function(answer), lab.mint(["gist"])
    denials = [lab.call(name, token) for name in DENIED]
    accepted = [denied.headers["x-accepted-oauth-scopes"].split(", ") for denied in denials]
    found = [suggest(list(each)) for each in accepted]
    for name, choice, one, denied in zip(DENIED, accepted, found, denials, strict=True):
        if one not in choice:
            return not_yet(f"To {name} takes one of {', '.join(choice)}; you suggest none of them.")
        if one != denied.json["scope"]:
            size, least = (len(lab.vocabulary.expand([scope])) for scope in (one, denied.json["scope"]))
            return _too_much(
                lab,
                accepted,
                found,
                f"To {name}, `{one}` will do, and implies {size} scopes, itself included; another implies {least}.",
            )
    return passed(f"For {len(DENIED)} denied calls it suggests the least privileged scope, as the API's own 403 does.")


def _too_much(lab: World, accepted: Sequence[Sequence[str]], found: Sequence[object], told: str) -> Verdict:
    """What habit it is that suggests all of these."""
    habits: dict[str, tuple[Callable[[Sequence[str]], str], str]] = {
        "the first will do": (lambda names: names[0], "The header is in the order of the names."),
        "a short name asks for little": (lambda names: min(names, key=len), "A name does not say what lies below it."),
        "the largest ends the questions": (
            lambda names: max(names, key=lambda name: len(lab.vocabulary.expand([name]))),
            "It ends them for a thief as well.",
        ),
    }
    for name, (habit, why) in habits.items():
        if all(habit(each) == one for each, one in zip(accepted, found, strict=True)):
            return mistaken(name, f"{told} {why}")
    return not_yet(told)


def judge_ann(lab: World, answer: object) -> Verdict:
    """The token reads Ann's record and changes what she keeps, and does neither with Bob's."""
    token = answers.token(answer)
    read, bobs = lab.get(ANN, token), [lab.get(BOB, token), lab.patch(BOB, token, user_metadata={"colour": "red"})]
    written = lab.patch(ANN, token, user_metadata={"colour": "red"})
    if any(each.status == 200 for each in bobs):
        return mistaken(
            "a scope for all, to reach one",
            "It reaches Ann's record, and Bob's as well: it holds a scope for all users.",
        )
    if (read.status, written.status) == (403, 403) and "sub" not in token.claims and token.scopes:
        return mistaken(
            "the current user is whoever calls",
            "It is genuine, but has no `sub`: nobody knows whose token it is, and so no record is its own. "
            "`lab.mint` takes a `subject`.",
        )
    if (closed := read if read.status != 200 else written).status != 200:
        what = "read Ann's record" if closed is read else "change what Ann keeps"
        return not_yet(f"It cannot {what} yet: the API answers {closed.status}, {closed.refusal}.")
    if len(token.scopes) > 2:
        return mistaken(
            "one more will not hurt", f"It does both, and holds {len(token.scopes) - 2} more than it needs."
        )
    return passed("It reads and changes Ann's own record. Found by Bob, it does not even read his.")


def _ann(lab: World, *scopes: str, subject: str | None = "auth0|ann") -> Token:
    return lab.mint(scopes, audience="tenant_1", subject=subject)


EXERCISES = (
    Exercise(
        "05.1",
        "find the fewest scopes for a row of calls that each accept several",
        "An auditor's job reads a hook's configuration and a private repository's secret alerts, and lists e-mail "
        "addresses. Give it the fewest scopes.",
        [],
        judge_audit,
        (
            "Each of the calls accepts several scopes: `lab.call_named(...)` has a `requirement`, which lists them.",
            "None of the three writes, so none of your scopes should. Leave out what opens a write.",
            "`least_scopes` takes a list of requirements and the vocabulary. Three calls need three scopes.",
        ),
        lambda lab: ["read:repo_hook", "security_events", "user:email"],
        {
            "one large scope is simpler": lambda lab: ["repo", "user:email"],
            "the first that is accepted": lambda lab: ["admin:repo_hook", "security_events", "user:email"],
            "one more will not hurt": lambda lab: ["read:repo_hook", "security_events", "user:email", "read:user"],
        },
    ),
    Exercise(
        "05.2",
        "suggest the least privileged scope for a denied call",
        "Write `suggest(accepted)`: of the scopes that a denied call accepts, as the header lists them, the one with "
        "which the least can go wrong.",
        None,
        judge_suggest,
        (
            "What can go wrong with a scope is all that it implies. Who knows what it implies?",
            "`lab.vocabulary.expand([...])` gives all of it, as a set. The smaller the set, the better.",
            "`min(accepted, key=...)`: the key is a function of one scope, the size of what it implies.",
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
        "mint a token that reaches its owner's record alone",
        "Ann's own app shows her record, and changes what she keeps about herself. Mint the token for it, for the "
        "audience `tenant_1`. Whoever finds it must not reach Bob's record.",
        None,
        judge_ann,
        (
            "Owner-bound calls: two scopes have `current_user` in their name, and fit what the app does.",
            "Whose token is it? A requirement that looks at the owner compares the record's with the token's `sub`.",
            '`lab.mint([...], audience="tenant_1", subject=...)`: the subject ends the path to her record.',
        ),
        lambda lab: _ann(lab, "read:current_user", "update:current_user_metadata"),
        {
            "a scope for all, to reach one": lambda lab: _ann(lab, "read:users", "update:users"),
            "the current user is whoever calls": lambda lab: _ann(
                lab, "read:current_user", "update:current_user_metadata", subject=None
            ),
            "one more will not hurt": lambda lab: _ann(
                lab, "read:current_user", "update:current_user_metadata", "update:current_user_identities"
            ),
        },
    ),
)
