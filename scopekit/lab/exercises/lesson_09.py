"""The exercises of lesson 09: read an introspection response, and write the check that a cookie needs."""

from __future__ import annotations

from itertools import product

from sample_api.mounts import MODERN, REPOS
from scopekit.lab.exercises.answers import AnswerCase, as_function, first_mistake
from scopekit.lab.exercises.exercise import Exercise, Verdict, passed
from scopekit.lab.world.world import World
from scopekit.tokens import Token

ADDRESSES = "/user/emails"
SAFE = ("GET", "HEAD")
SITES = ("same-origin", "none", None, "cross-site", "same-site")


def judge_may_list(lab: World, answer: object) -> Verdict:
    """Judges exercise 09.1: the learner's function must decide as the API does, from introspection responses alone."""
    revoked_token = lab.mint(["user:email"])
    lab.revoke(revoked_token)
    letters = "a string is a list of scopes", "A scope is a whole word between spaces, not any part of the text."
    active = "active means allowed", "`active` says that the token is valid, not what it may do: look at its scope."
    elsewhere = "an active token is for me", "It is active, but for another API: look at `aud`."
    name = "a scope is only its name", "`user` implies `user:email`. Which object of the Lab knows that?"
    tokens: tuple[tuple[str, Token, bool, str, str], ...] = (
        ("a token with user:email", lab.mint(["user:email"]), True, "", ""),
        ("a revoked token", revoked_token, False, "", "The response for an inactive token holds only `active`."),
        ("a token for /modern", lab.mint(["user:email"], audience=MODERN), False, *elsewhere),
        ("a token with gist", lab.mint(["gist"]), False, *active),
        ("a token with read:user", lab.mint(["read:user"]), False, *letters),
        ("a token with user", lab.mint(["user"]), True, *name),
        ("a token with gist and user", lab.mint(["gist", "user"]), True, *name),
    )
    cases = []
    for label, token, right, misconception, why in tokens:
        response = lab.form("/oauth/introspect", client="explorer", token=token).json
        cases.append(AnswerCase(label, (response,), right, misconception, why))
    verdict = first_mistake(as_function(answer), cases)
    return verdict or passed("You check all three: active, for this API, enough scope. A guard does so without asking.")


def judge_refused(lab: World, answer: object) -> Verdict:
    """Judges exercise 09.2: the learner's function must say which of 20 real requests the API refuses."""
    refused, token = as_function(answer), lab.mint(["user"])
    for in_cookie, method, site in product((True, False), ("GET", "POST"), SITES):
        headers = {"Cookie": f"session={token}"} if in_cookie else {}
        headers |= {"Sec-Fetch-Site": site} if site else {}
        body = {"emails": ["mona@elsewhere.example"]} if method == "POST" else None
        exchange = lab.request(method, ADDRESSES, None if in_cookie else token, body, headers=headers)
        misconception, why = mistake_of_refusal(method, in_cookie, site)
        name = f"{method} with the token in {'a cookie' if in_cookie else 'its header'}, Sec-Fetch-Site {site!r}"
        case = AnswerCase(name, (method, in_cookie, site), exchange.status == 403, misconception, why)
        if verdict := first_mistake(refused, [case]):
            return verdict
    return passed("Your function agrees with the API on 20 real requests.")


def mistake_of_refusal(method: str, in_cookie: bool, site: str | None) -> tuple[str, str]:
    """The misconception behind a wrong answer about the request that the arguments describe, with its correction."""
    if not in_cookie:
        return "a token in the header needs it too", "No other site can put a token into that header."
    if method in SAFE:
        return "reading must be refused too", "It changes nothing, and the other site cannot read the response."
    if site == "same-site":
        return "a neighbour's site is your own", "A neighbour's page under the same domain is still not your page."
    if site is None:
        return "no header means an attacker", "Every browser sends it, so this request is not from another site's page."
    return "", ""


EXERCISES = (
    Exercise(
        "09.1",
        "decide on a call from the response of introspection",
        "An API with the audience `https://api.example/` introspects a token. Write `may_list`: it gets the "
        "response as a dictionary and says whether the caller may list e-mail addresses. That needs `user:email`, or "
        "a scope that implies it.",
        None,
        judge_may_list,
        (
            "Ask three questions: is it active, is it for this API, is its scope enough? One no is enough to refuse.",
            "An inactive response holds only `active`. Check that first, and the rest only if it is true.",
            "`scope` is one string: `split` makes a list of it. `lab.vocabulary` knows what each scope implies.",
        ),
        lambda lab: (
            lambda response: response["active"] and response["aud"] == REPOS
            and "user:email" in lab.vocabulary.expand(response["scope"].split())
        ),
        {
            "active means allowed": lambda lab: lambda response: response["active"] and response["aud"] == REPOS,
            "an active token is for me": lambda lab: (
                lambda response: response["active"] and "user" in response["scope"]
            ),
            "a string is a list of scopes": lambda lab: (
                lambda response: response["active"] and response["aud"] == REPOS and "user" in response["scope"]
            ),
            "a scope is only its name": lambda lab: (
                lambda response: response["active"] and response["aud"] == REPOS
                and "user:email" in response["scope"].split()
            ),
        },
    ),
    Exercise(
        "09.2",
        "refuse what another site's page sends along with a cookie, and nothing else",
        "Write the check that a cookie needs. `refused` gets the method, whether the token came in a cookie, and the "
        "value of `Sec-Fetch-Site` (None if it is missing). It says whether the API refuses the request.",
        None,
        judge_refused,
        (
            "A request is refused only if three things come together. Which requests are harmless anyway?",
            "A request without a cookie passes from anywhere, and so does one that only reads.",
            "Two of the five values stand for another site's page, including a neighbour's. The rest pass.",
        ),
        lambda lab: (
            lambda method, in_cookie, site: in_cookie and method not in SAFE and site in ("cross-site", "same-site")
        ),
        {
            "a token in the header needs it too": lambda lab: (
                lambda method, in_cookie, site: method == "POST" and site in ("cross-site", "same-site")
            ),
            "reading must be refused too": lambda lab: (
                lambda method, in_cookie, site: in_cookie and site in ("cross-site", "same-site")
            ),
            "a neighbour's site is your own": lambda lab: (
                lambda method, in_cookie, site: in_cookie and method == "POST" and site == "cross-site"
            ),
            "no header means an attacker": lambda lab: (
                lambda method, in_cookie, site: in_cookie and method == "POST" and site not in ("same-origin", "none")
            ),
        },
    ),
)  # fmt: skip
