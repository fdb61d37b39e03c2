"""Lesson 01, what is wrong with an API key: tokens that hold little and end soon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopekit.lab.exercises import exercise as answers
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed

if TYPE_CHECKING:
    from scopekit.lab.world.world import World

PHONE = ("list e-mail addresses", "follow a user")
CLEAN = "delete a repository"
NIGHT_SECONDS = 300


def judge_phone(lab: World, answer: object) -> Verdict:
    """Both calls of the phone are open, and beside them the profile alone."""
    scopes = answers.scope_list(lab, answer)
    opened = lab.matrix(lab.mint(scopes)).allowed()
    if closed := [name for name in PHONE if name not in opened]:
        return not_yet(f"The phone cannot do this yet: {closed[0]}.")
    if "user" in scopes:
        return mistaken(
            "the parent is shorter to write",
            f"Both calls are open, but `user` opens {len(opened)} in all: with it a thief of the phone can add an "
            "e-mail address too. Which scopes below `user` will do?",
        )
    if others := [name for name in opened if name not in (*PHONE, "read the profile")]:
        return mistaken("one more will not hurt", f"Both calls are open, and so is this one: {others[0]}.")
    return passed(f"A thief of this phone gets {len(opened)} of {len(lab.calls)} calls. With the opaque key it is all.")


def judge_night(lab: World, answer: object) -> Verdict:
    """The token deletes a repository now, nothing else but read, and nothing at all after five minutes."""
    token = answers.token(answer)
    opened = lab.matrix(token).allowed()
    if CLEAN not in opened and "repo" in token.scopes:
        return mistaken(
            "full control includes deleting",
            "It cannot delete: `repo` is called full control, and does not imply `delete_repo`, on purpose.",
        )
    if CLEAN not in opened:
        return not_yet("It cannot delete a repository.")
    if len(opened) > 2:
        return mistaken("one more will not hurt", f"It deletes, and opens {len(opened) - 2} more than the two it may.")
    lab.clock.advance(NIGHT_SECONDS + 1)
    if lab.call(CLEAN, token).status != 401:
        return mistaken(
            "an hour is short",
            "It does its work, but it still deletes after five minutes. `lab.mint` takes `ttl_seconds`.",
        )
    return passed("It deletes, for five minutes. Found in a log tomorrow, it opens nothing.")


EXERCISES = (
    Exercise(
        "01.1",
        "give a device the fewest scopes that will do",
        "A phone app lists a user's e-mail addresses and follows other users. Give its token the fewest scopes that "
        "will do, so that a thief of the phone gets those two calls and the profile, and nothing else.",
        [],
        judge_phone,
        (
            "`lab.vocabulary` shows which scopes there are, and which stand below others.",
            "Look below `user`. Each of the two calls needs one of its children.",
            "The reason in `lab.matrix(lab.mint([]))` names the scope that each of the two calls needs.",
        ),
        lambda lab: ["user:email", "user:follow"],
        {
            "the parent is shorter to write": lambda lab: ["user"],
            "one more will not hurt": lambda lab: ["user:email", "user:follow", "read:packages"],
        },
    ),
    Exercise(
        "01.2",
        "give a job a token that ends with the job",
        "A job deletes an old repository every night, and is done within five minutes. Mint the token for it: it "
        "deletes, opens nothing else but the profile, and is worth nothing five minutes later.",
        None,
        judge_night,
        (
            "A token has a scope for what it may do, and an end. Both are said when it is minted.",
            "Which scope deletes? The `403` above named it. How long it lives is `ttl_seconds`, in seconds.",
            "`lab.mint([...], ttl_seconds=...)`: fill both gaps. Five minutes are sixty seconds, five times.",
        ),
        lambda lab: lab.mint(["delete_repo"], ttl_seconds=NIGHT_SECONDS),
        {
            "an hour is short": lambda lab: lab.mint(["delete_repo"]),
            "full control includes deleting": lambda lab: lab.mint(["repo"], ttl_seconds=NIGHT_SECONDS),
            "one more will not hurt": lambda lab: lab.mint(["delete_repo", "repo"], ttl_seconds=NIGHT_SECONDS),
        },
    ),
)
