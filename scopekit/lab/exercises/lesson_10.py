"""Lesson 10, what may a phone carry: a token traded in for less, the time that is left, and scopes for a tablet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scopekit.audit import Exchange
from scopekit.lab.exercises import exercise as answers
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed, unintended
from scopekit.tokens import Token

if TYPE_CHECKING:
    from scopekit.lab.world.world import World

WIDE = ("repo", "user")
DAY_SECONDS = 86400
LATE_SECONDS = 23 * 3600 + 30 * 60
TABLET = ("report a deployment", "list e-mail addresses")
PROFILE = "read the profile"
GRANT = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
}


def exchange(lab: World, token: Token, scope: str) -> Exchange:
    """The answer of the authorization server to a token that is traded in for these scopes."""
    return lab.form("/oauth/token", client="explorer", subject_token=token, scope=scope, **GRANT)


def judge_for_phone(lab: World, answer: object) -> Verdict:
    """The function gives a child of the token, with the scopes asked for, that dies with it; None where it may not."""
    for_phone: Callable[[Token, str], Any] = answers.function(answer)
    parent = lab.mint(WIDE)
    child = answers.token(for_phone(parent, "user:email"))
    if child == parent or child.scopes == parent.scopes:
        return _too_wide(child, parent)
    if child.scopes != ("user:email",):
        return not_yet(f"`user:email` was asked for, and the phone holds {' '.join(child.scopes) or 'no scope'}.")
    lab.revoke(parent)
    if lab.get("/user", child).status != 401:
        return mistaken(
            "a new token is as good as a child",
            "It holds the right scope, and lives on after the wide one was taken back: it did not come out of a trade.",
        )
    if for_phone(lab.mint(WIDE), "delete_repo") is not None:
        return not_yet("The server refuses `delete_repo`, and then the answer is None.")
    if "client_id" not in child.claims:
        return unintended("It dies with its parent: you wrote `parent_jti` yourself, with the key. A client has none.")
    return passed("Narrower, and it dies with the one that it came from. Where it may not be, there is none.")


def _too_wide(child: Token, parent: Token) -> Verdict:
    if child == parent:
        return mistaken("a copy does no harm", "That is the wide token itself: the thief of the phone gets all of it.")
    return mistaken(
        "a trade narrows by itself", "It came out of a trade, with all scopes of the wide token: `scope` was left out."
    )


def judge_seconds(lab: World, answer: object) -> Verdict:
    """The two numbers are what the server says, asked at once and late."""
    found = answers.two_numbers(answer)
    parent = lab.mint(WIDE, ttl_seconds=DAY_SECONDS)
    first = exchange(lab, parent, "user:email").json["expires_in"]
    lab.clock.advance(LATE_SECONDS)
    second = exchange(lab, parent, "user:email").json["expires_in"]
    if found == (first, second):
        return passed("An hour at most, as every token of this API, and never more than the parent has left.")
    if found[0] == DAY_SECONDS:
        return mistaken(
            "a child lives as long as its parent",
            "No: a child lives no longer than other tokens of this API either, and those end after an hour.",
        )
    if found == (first, first):
        return mistaken("a new token has a new hour", "The first is right. When the second is made, what is left?")
    return not_yet("The server says something else. Two limits hold for a child: which is the shorter, each time?")


def judge_tablet(lab: World, answer: object) -> Verdict:
    """The exchange gives the scopes, both calls are open, and beside them the profile alone."""
    scopes = answers.scope_list(lab, answer)
    told = exchange(lab, lab.mint(WIDE), " ".join(scopes)).json
    if "access_token" not in told:
        return mistaken("a trade adds what is missing", f"The server refuses: {told['error_description']}")
    opened = lab.matrix(Token.parse(told["access_token"])).allowed()
    if closed := [name for name in TABLET if name not in opened]:
        return not_yet(f"The tablet cannot do this yet: {closed[0]}.")
    if kept := [name for name in WIDE if name in told["scope"].split()]:
        return mistaken(
            "the parent's scopes are the only ones",
            f"Both calls are open, and {len(opened)} in all: `{kept[0]}` can be had in part, by what it implies.",
        )
    if others := [name for name in opened if name not in (*TABLET, PROFILE)]:
        return mistaken("one more will not hurt", f"Both calls are open, and so is this one: {others[0]}.")
    return passed(f"A thief of this tablet gets {len(opened)} calls. With the wide token it would have been 17.")


def _solved_for_phone(lab: World) -> Callable[[Token, str], Token | None]:
    def for_phone(token: Token, scope: str) -> Token | None:
        told = exchange(lab, token, scope).json
        return Token.parse(told["access_token"]) if "access_token" in told else None

    return for_phone


EXERCISES = (
    Exercise(
        "10.1",
        "trade a token in for one that can do less and dies with it",
        "`for_phone` is given a wide token and a scope string, and gives back the token for the phone: a narrower one "
        "that dies with the wide one. Where the server refuses, it gives back `None`.",
        None,
        judge_for_phone,
        (
            "`trade` in the lesson is nearly it: it sends the right form, and shows the wrong part of the answer.",
            "The answer's `json` has an `access_token` where the server agrees, and an `error` where it does not.",
            "`Token.parse` reads the text of a token. `None` comes where the dictionary has no such name.",
        ),
        _solved_for_phone,
        {
            "a copy does no harm": lambda lab: lambda token, scope: token,
            "a trade narrows by itself": lambda lab: (
                lambda token, scope: _solved_for_phone(lab)(token, " ".join(token.scopes))
            ),
            "a new token is as good as a child": lambda lab: lambda token, scope: lab.mint(scope.split()),
        },
    ),
    Exercise(
        "10.2",
        "reckon how long a narrowed token lives",
        "A token lives for a day (86,400 seconds). It is traded in at once, and again after 23 hours and 30 minutes. "
        "How many seconds does each child live?",
        (),
        judge_seconds,
        (
            "Two limits hold for a child: what its parent has left, and what this API gives to a token of its own.",
            "The lesson's first trade had a parent of two hours. What did the child get?",
            "At once, the API's limit is the shorter one. Later it is the parent's: what is left of its day?",
        ),
        lambda lab: (3600, 1800),
        {
            "a child lives as long as its parent": lambda lab: (DAY_SECONDS, 1800),
            "a new token has a new hour": lambda lab: (3600, 3600),
        },
    ),
    Exercise(
        "10.3",
        "ask an exchange for the part of a scope that a device needs",
        "The wide token holds `repo` and `user`. A tablet reports deployments and lists e-mail addresses. Which scopes "
        "does the server ask for, so that a thief gets those two calls and the profile, and no more?",
        [],
        judge_tablet,
        (
            "What is held may be had in part. `lab.vocabulary` shows what stands below `repo`, and below `user`.",
            "The reason in `lab.matrix(lab.mint([]))` names the scope that each of the two calls needs.",
            "Two are enough, one from below each scope of the wide token.",
        ),
        lambda lab: ["repo_deployment", "user:email"],
        {
            "a trade adds what is missing": lambda lab: ["repo_deployment", "user:email", "delete_repo"],
            "the parent's scopes are the only ones": lambda lab: ["repo", "user:email"],
            "one more will not hurt": lambda lab: ["repo_deployment", "user:email", "user:follow"],
        },
    ),
)
