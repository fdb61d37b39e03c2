"""The exercises of lesson 01: make tokens with few scopes and with a short life."""

from __future__ import annotations

from scopekit.lab.exercises.answers import as_scopes, as_token
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed
from scopekit.lab.world.world import World

PHONE = ("list e-mail addresses", "follow a user")
CLEAN = "delete a repository"
NIGHT_SECONDS = 300


def judge_phone(lab: World, answer: object) -> Verdict:
    """Judges exercise 01.1: the learner's scopes must open the phone's two calls and the profile, and nothing else."""
    scopes = as_scopes(lab, answer)
    open_calls = lab.matrix(lab.mint(scopes)).allowed()
    if closed_calls := [name for name in PHONE if name not in open_calls]:
        return not_yet(f"The phone cannot do this yet: {closed_calls[0]}.")
    if "user" in scopes:
        return mistaken(
            "the parent is shorter to write",
            f"Both calls are open, but `user` opens {len(open_calls)} calls: a thief of the phone can also add an "
            "e-mail address. Which scopes below `user` are enough?",
        )
    if others := [name for name in open_calls if name not in (*PHONE, "read the profile")]:
        return mistaken("one more will not hurt", f"Both calls are open, but so is this one: {others[0]}.")
    return passed(f"A thief of this phone gets {len(open_calls)} of {len(lab.calls)} calls. The opaque key opens all.")


def judge_night(lab: World, answer: object) -> Verdict:
    """Judges exercise 01.2: the token must delete a repository and read the profile, but only for five minutes."""
    token = as_token(answer)
    open_calls = lab.matrix(token).allowed()
    if CLEAN not in open_calls and "repo" in token.scopes:
        return mistaken(
            "full control includes deleting",
            "The token cannot delete: `repo` is called full control, but deliberately does not imply `delete_repo`.",
        )
    if CLEAN not in open_calls:
        return not_yet("The token cannot delete a repository.")
    if len(open_calls) > 2:
        return mistaken("one more will not hurt", f"The token deletes, but opens {len(open_calls) - 2} calls too many.")
    lab.clock.advance(NIGHT_SECONDS + 1)
    if lab.call(CLEAN, token).status != 401:
        return mistaken("an hour is short", "It still deletes after five minutes: `lab.mint` takes `ttl_seconds`.")
    return passed("The token deletes for five minutes. A thief who finds it in a log tomorrow can open nothing.")


EXERCISES = (
    Exercise(
        "01.1",
        "give a device the fewest scopes that are enough",
        "A phone app lists a user's e-mail addresses and follows other users. Give its token the fewest scopes that "
        "are enough: a thief of the phone gets those two calls and the profile, and nothing else.",
        [],
        judge_phone,
        (
            "`lab.vocabulary` shows all scopes, and which scope implies which others.",
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
        "A job deletes an old repository every night, within five minutes. Mint its token: the token opens only that "
        "call and the profile, and is useless five minutes later.",
        None,
        judge_night,
        (
            "A token has scopes and a lifetime. You choose both when you mint it.",
            "Which scope deletes? The `403` above named it. `ttl_seconds` is the token's lifetime in seconds.",
            "`lab.mint([...], ttl_seconds=...)`: fill both gaps. Five minutes are five times sixty seconds.",
        ),
        lambda lab: lab.mint(["delete_repo"], ttl_seconds=NIGHT_SECONDS),
        {
            "an hour is short": lambda lab: lab.mint(["delete_repo"]),
            "full control includes deleting": lambda lab: lab.mint(["repo"], ttl_seconds=NIGHT_SECONDS),
            "one more will not hurt": lambda lab: lab.mint(["delete_repo", "repo"], ttl_seconds=NIGHT_SECONDS),
        },
    ),
)
