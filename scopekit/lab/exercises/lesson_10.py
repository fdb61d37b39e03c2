"""The exercises of lesson 10: exchange a token for a narrower one, and find the new token's lifetime and scopes."""

from __future__ import annotations

from scopekit.audit import Exchange
from scopekit.lab.exercises.answers import as_function, as_scopes, as_token, as_two_numbers
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed, unintended
from scopekit.lab.world.world import World
from scopekit.tokens import Token

WIDE = ("repo", "user")
DAY_SECONDS = 86400
LATE_SECONDS = 23 * 3600 + 30 * 60
TABLET = ("report a deployment", "list e-mail addresses")
PROFILE = "read the profile"
GRANT = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
}


def trade(lab: World, token: Token, scope: str) -> Exchange:
    """Asks the authorization server to exchange `token` for one with the scopes in `scope`. Returns the response."""
    return lab.form("/oauth/token", client="explorer", subject_token=token, scope=scope, **GRANT)


def child_of(lab: World, token: Token, scope: str) -> Token | None:
    """A solution to 10.1: exchanges a token for a narrower one (its child). Returns None if the server refuses."""
    body = trade(lab, token, scope).json
    return Token.parse(body["access_token"]) if "access_token" in body else None


def judge_for_phone(lab: World, answer: object) -> Verdict:
    """Judges exercise 10.1: the learner's function must get a narrower token, or return None if the server refuses."""
    for_phone, parent = as_function(answer), lab.mint(WIDE)
    child = as_token(for_phone(parent, "user:email"))
    if child == parent:
        return mistaken("a copy does no harm", "That is the wide token itself: a thief of the phone gets all of it.")
    if child.scopes == parent.scopes:
        return mistaken("a trade narrows by itself", "It has all scopes of the wide token: the form has no `scope`.")
    if child.scopes != ("user:email",):
        return not_yet(f"The phone should have `user:email`; it has {' '.join(child.scopes) or 'no scope'}.")
    lab.revoke(parent)
    if lab.get("/user", child).status != 401:
        return mistaken(
            "a new token is as good as a child",
            "The scope is right, but the token works after the wide one was revoked: it is not an exchanged token.",
        )
    if for_phone(lab.mint(WIDE), "delete_repo") is not None:
        return not_yet("The server refuses `delete_repo`, so your function must return None.")
    if "client_id" not in child.claims:
        return unintended("It dies with its parent, but you wrote `parent_jti` with the key. A client has no key.")
    return passed("The child is narrower, and dies with its parent. If the server refuses, there is no token.")


def judge_seconds(lab: World, answer: object) -> Verdict:
    """Judges exercise 10.2: the answer must be the lifetimes that an immediate exchange and a late exchange give."""
    seconds, parent = as_two_numbers(answer), lab.mint(WIDE, ttl_seconds=DAY_SECONDS)
    first = trade(lab, parent, "user:email").json["expires_in"]
    lab.clock.advance(LATE_SECONDS)
    second = trade(lab, parent, "user:email").json["expires_in"]
    if seconds == (first, second):
        return passed("A child lives at most an hour, like every token of this API, and never longer than its parent.")
    if seconds[0] == DAY_SECONDS:
        return mistaken(
            "a child lives as long as its parent",
            "No: a child lives no longer than other tokens of this API, and those end after an hour.",
        )
    if seconds == (first, first):
        return mistaken(
            "a new token has a new hour", "The first is right. How much of the day is left the second time?"
        )
    return not_yet("The server says something else. Two limits apply to a child: which is shorter each time?")


def judge_tablet(lab: World, answer: object) -> Verdict:
    """Judges exercise 10.3: an exchange must grant `answer`, whose scopes must open two calls and the profile only."""
    scopes = as_scopes(lab, answer)
    body = trade(lab, lab.mint(WIDE), " ".join(scopes)).json
    if "access_token" not in body:
        return mistaken("a trade adds what is missing", f"The server refuses: {body['error_description']}")
    open_calls = lab.matrix(Token.parse(body["access_token"])).allowed()
    if closed_calls := [name for name in TABLET if name not in open_calls]:
        return not_yet(f"The tablet cannot do this yet: {closed_calls[0]}.")
    if wide := [name for name in WIDE if name in body["scope"].split()]:
        return mistaken(
            "the parent's scopes are the only ones",
            f"Both calls are open, but {len(open_calls)} in all: you can ask for a part of `{wide[0]}` instead.",
        )
    if others := [name for name in open_calls if name not in (*TABLET, PROFILE)]:
        return mistaken("one more will not hurt", f"Both calls are open, but so is this one: {others[0]}.")
    return passed(f"A thief of this tablet gets {len(open_calls)} calls. The wide token opens 17.")


EXERCISES = (
    Exercise(
        "10.1",
        "exchange a token for one that can do less and dies with it",
        "`for_phone` gets a wide token and a scope string, and returns the token for the phone: a narrower one that "
        "dies with the wide one. If the server refuses, it returns `None`.",
        None,
        judge_for_phone,
        (
            "The lesson's `trade` is nearly right: it sends the right form, but returns the wrong part of the answer.",
            "The response's `json` has an `access_token` if the server agrees, and an `error` if it does not.",
            "`Token.parse` reads the text of a token. Return `None` if the dictionary has no `access_token`.",
        ),
        lambda lab: lambda token, scope: child_of(lab, token, scope),
        {
            "a copy does no harm": lambda lab: lambda token, scope: token,
            "a trade narrows by itself": lambda lab: lambda token, scope: child_of(lab, token, " ".join(token.scopes)),
            "a new token is as good as a child": lambda lab: lambda token, scope: lab.mint(scope.split()),
        },
    ),
    Exercise(
        "10.2",
        "work out how long a narrowed token lives",
        "A token lives for a day (86,400 seconds). It is exchanged at once, and again after 23 hours and 30 minutes. "
        "How many seconds does each child live?",
        (),
        judge_seconds,
        (
            "Two limits apply to a child: the time that its parent has left, and this API's own token lifetime.",
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
        "The wide token has `repo` and `user`. A tablet reports deployments and lists e-mail addresses. Which scopes "
        "should the exchange ask for, so that a thief gets only those two calls and the profile?",
        [],
        judge_tablet,
        (
            "A part of a scope is enough. `lab.vocabulary` shows what stands below `repo`, and below `user`.",
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
