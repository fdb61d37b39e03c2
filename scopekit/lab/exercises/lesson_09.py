"""Lesson 09, is this OAuth2: an answer of introspection read with care, and the check that a cookie needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from sample_api.mounts import MODERN, REPOS
from scopekit.lab.exercises import exercise as answers
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed
from scopekit.tokens import Token

if TYPE_CHECKING:
    from scopekit.lab.world.world import World

Told = Mapping[str, Any]

LIST = "list e-mail addresses"
ADDRESSES = "/user/emails"
SAFE = ("GET", "HEAD")
SITES = ("same-origin", "none", None, "cross-site", "same-site")


class Case(NamedTuple):
    """A token to introspect, and what somebody has overlooked who takes it for the other."""

    name: str
    token: Token
    good: bool
    misconception: str
    why: str


def _cases(lab: World) -> tuple[Case, ...]:
    ended = lab.mint(["user:email"])
    lab.revoke(ended)
    letters = "a string is a list of scopes", "A scope is a whole word between spaces, and not any part of the text."
    active = "active means allowed", "`active` says that the token is good, and not what for: look at its scope."
    elsewhere = "an active token is for me", "It is active, for another API: `aud` says for which."
    name = "a scope is only its name", "`user` implies `user:email`. Which object of the Lab knows what implies what?"
    return (
        Case("a token with user:email", lab.mint(["user:email"]), True, "", ""),
        Case("a token that was taken back", ended, False, "", "An answer that is not active holds nothing else."),
        Case("a token for /modern", lab.mint(["user:email"], audience=MODERN), False, *elsewhere),
        Case("a token with gist", lab.mint(["gist"]), False, *active),
        Case("a token with read:user", lab.mint(["read:user"]), False, *letters),
        Case("a token with user", lab.mint(["user"]), True, *name),
        Case("a token with gist and user", lab.mint(["gist", "user"]), True, *name),
    )


def judge_may_list(lab: World, answer: object) -> Verdict:
    """The function says of each answer of introspection what the API says to the token."""
    may_list: Callable[[Told], Any] = answers.function(answer)
    for case in _cases(lab):
        told = lab.form("/oauth/introspect", client="explorer", token=case.token).json
        if bool(may_list(told)) == case.good:
            continue
        sentence = f"For {case.name} you say {not case.good}, and it is {case.good}. {case.why}".strip()
        return mistaken(case.misconception, sentence) if case.misconception else not_yet(sentence)
    return passed("Active, for this API, and with enough scope: that is what a guard finds out without asking.")


def judge_refused(lab: World, answer: object) -> Verdict:
    """The function says of each request whether the API refuses it, by making it."""
    refused: Callable[[str, bool, str | None], Any] = answers.function(answer)
    token = lab.mint(["user"])
    for in_cookie, method, site in product((True, False), ("GET", "POST"), SITES):
        found, happened = bool(refused(method, in_cookie, site)), _is_refused(lab, token, method, in_cookie, site)
        if found == happened:
            continue
        means = "in a cookie" if in_cookie else "in its header"
        told = f"{method} with the token {means}, and {site!r}: you say {found}, and the API says {happened}."
        return _diagnosed(told, method, in_cookie, site)
    return passed("You refuse what the API refuses, in 20 requests that were made.")


def _diagnosed(told: str, method: str, in_cookie: bool, site: str | None) -> Verdict:
    if not in_cookie:
        return mistaken("a token in the header needs it too", f"{told} No other site can put a token into that header.")
    if method in SAFE:
        return mistaken("reading has to be refused as well", f"{told} It changes nothing, and the answer stays here.")
    if site == "same-site":
        return mistaken("a neighbour is oneself", f"{told} The page of a neighbour under one domain is another's page.")
    if site is None:
        return mistaken("no header means an attacker", f"{told} What no browser sent, no other site's page had sent.")
    return not_yet(told)


def _is_refused(lab: World, token: Token, method: str, in_cookie: bool, site: str | None) -> bool:
    headers = {"Cookie": f"session={token}"} if in_cookie else {}
    headers |= {"Sec-Fetch-Site": site} if site else {}
    body = {"emails": ["mona@elsewhere.example"]} if method == "POST" else None
    return lab.request(method, ADDRESSES, None if in_cookie else token, body, headers=headers).status == 403


def _solved_may_list(lab: World) -> Callable[[Told], bool]:
    def may_list(told: Told) -> bool:
        if not told["active"] or told["aud"] != REPOS:
            return False
        return "user:email" in lab.vocabulary.expand(told["scope"].split())

    return may_list


EXERCISES = (
    Exercise(
        "09.1",
        "decide on a call from the answer of introspection",
        "An API with the audience `https://api.example/` introspects. Write what it makes of the answer: `may_list` is "
        "given it as a dictionary, and says whether the caller may list e-mail addresses. That needs `user:email`, or "
        "a scope that implies it.",
        None,
        judge_may_list,
        (
            "There are three questions: is it good, is it for this API, is its scope enough? One no is a no.",
            "An answer that is not active has one name in it. Ask that first, and the others only where it is active.",
            "`scope` is one string: `split` makes a list of it. `lab.vocabulary` knows what each scope implies.",
        ),
        _solved_may_list,
        {
            "active means allowed": lambda lab: lambda told: told["active"] and told["aud"] == REPOS,
            "an active token is for me": lambda lab: lambda told: told["active"] and "user" in told["scope"],
            "a string is a list of scopes": lambda lab: (
                lambda told: told["active"] and told["aud"] == REPOS and "user" in told["scope"]
            ),
            "a scope is only its name": lambda lab: (
                lambda told: told["active"] and told["aud"] == REPOS and "user:email" in told["scope"].split()
            ),
        },
    ),
    Exercise(
        "09.2",
        "refuse what another site's page sends along with a cookie, and nothing else",
        "Write the check that a cookie needs. `refused` is given the method, whether the token came in a cookie, and "
        "what `Sec-Fetch-Site` says, None where no browser sent it. It says whether the API refuses.",
        None,
        judge_refused,
        (
            "Three things have to come together before anything is refused. Which requests are harmless anyway?",
            "A request without a cookie, and one that only reads, pass from wherever they come.",
            "Of the five values, two stand for another site's page, a neighbour's too. The rest pass.",
        ),
        lambda lab: (
            lambda method, in_cookie, site: in_cookie and method not in SAFE and site in ("cross-site", "same-site")
        ),
        {
            "a token in the header needs it too": lambda lab: (
                lambda method, in_cookie, site: method == "POST" and site in ("cross-site", "same-site")
            ),
            "reading has to be refused as well": lambda lab: (
                lambda method, in_cookie, site: in_cookie and site in ("cross-site", "same-site")
            ),
            "a neighbour is oneself": lambda lab: (
                lambda method, in_cookie, site: in_cookie and method == "POST" and site == "cross-site"
            ),
            "no header means an attacker": lambda lab: (
                lambda method, in_cookie, site: in_cookie and method == "POST" and site not in ("same-origin", "none")
            ),
        },
    ),
)
