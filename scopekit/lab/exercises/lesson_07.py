"""Lesson 07, how do you take a token back: what a guard asks, how long a list grows, and all tokens of one subject."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from scopekit.errors import shortened
from scopekit.issuer import sign
from scopekit.lab.exercises import exercise as answers
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed, unintended
from scopekit.revocation import MemoryDenylist
from scopekit.tokens import Token

if TYPE_CHECKING:
    from scopekit.lab.world.world import World

Pairs = Collection[tuple[str, str]]

EVERY_SECONDS, TTL_SECONDS, DAYS = 600, 1680, 3
"""A token is taken back every ten minutes, and lives for twenty-eight."""


def judge_taken_back(lab: World, answer: object) -> Verdict:
    """The function refuses what is on the list or could never be, and nothing else."""
    taken_back = answers.function(answer)
    good, lost = lab.mint(["repo"]), lab.mint(["repo"])
    pairs = {(lost.claims["iss"], lost.claims["jti"])}
    tried = {
        "a token that is not on the list": (good, False),
        "a token that is on it": (lost, True),
        "another issuer's token with the same id": (_like(lab, lost, iss="https://other.example/"), False),
        "a token without a jti": (_like(lab, lost, jti=None), True),
    }
    for name, (token, right) in tried.items():
        if bool(found := taken_back(set(pairs), token)) is right:
            continue
        told = f"For {name} you say {shortened(found)}."
        if name.startswith("another"):
            return mistaken("an id is enough", f"{told} Two issuers may use one id: each vouches for its own alone.")
        if name.endswith("jti"):
            return mistaken("no id, nothing to refuse", f"{told} It was not taken back, and it never could be.")
        return not_yet(told)
    return passed("It refuses what was taken back and what never could be, and nothing else.")


def judge_longest(lab: World, answer: object) -> Verdict:
    """The number is the most entries that the Lab's own denylist ever had, pruned after each revocation."""
    number = answers.whole_number(answer)
    longest = _longest(lab)
    if number == longest:
        return passed(f"{longest}, and so it is after three days and after three years.")
    told = f"Taken back and pruned for {DAYS} days, the most that the list had was not {shortened(number)}."
    if number == longest - 1:
        return mistaken("until exp to the second", f"{told} Clocks differ, so an entry outlives its token a little.")
    if number >= 24 * 3600 // EVERY_SECONDS:
        return mistaken("the list only grows", f"{told} What becomes of an entry whose token has ended?")
    return not_yet(told)


def judge_laptop(lab: World, answer: object) -> Verdict:
    """All that its subject had by now is refused; what others have, and what comes later, is not."""
    clean_up = answers.function(answer)
    _empty(lab)
    lost, other = lab.mint(["repo"]), lab.mint(["repo"])
    lab.clock.advance(60)
    newest, colleague = lab.mint(["repo"]), lab.mint(["repo"], subject="hubot")
    clean_up(lab.denylist, lost, lab.clock.now())
    if _opens(lab, lost):
        return not_yet("The token that was on the laptop still opens the profile.")
    if not _opens(lab, colleague):
        return mistaken("everybody starts anew", "The laptop's tokens are refused, and hubot's too, who lost nothing.")
    if _opens(lab, other):
        return mistaken("one token is all there was", "That token is refused. Another one of octocat's still works.")
    if _opens(lab, newest):
        return mistaken("before now is up to now", "A token that was issued in this very second still works.")
    lab.clock.advance(60)
    if not _opens(lab, lab.mint(["repo"])):
        return mistaken("the future is cut off too", "The token that octocat gets a minute later is refused too.")
    if lab.denylist.snapshot()[0]:
        return unintended("Nobody else is hurt. The cut-off alone would have done: the single ids are in it.")
    return passed("Every token that octocat had is refused, whoever holds it, and nobody else's.")


def _like(lab: World, token: Token, **changes: Any) -> Token:
    """A token with the claims of another, changed; None leaves one out. Its signature is not looked at."""
    [key] = lab.state.keys
    claims = {name: value for name, value in {**token.claims, **changes}.items() if value is not None}
    return sign(token.header, claims, key)


def _longest(lab: World) -> int:
    """The most entries that the denylist has while tokens are taken back and it is pruned."""
    _empty(lab)
    sizes = []
    for _ in range(DAYS * 24 * 3600 // EVERY_SECONDS):
        lab.revoke(lab.mint(["repo"], ttl_seconds=TTL_SECONDS))
        lab.denylist.prune(lab.clock.now())
        sizes.append(len(lab.denylist))
        lab.clock.advance(EVERY_SECONDS)
    return max(sizes)


def _longest_aside(lab: World) -> int:
    with lab.aside():
        return _longest(lab)


def _empty(lab: World) -> None:
    lab.denylist.restore(MemoryDenylist().snapshot())


def _opens(lab: World, token: Token) -> bool:
    return lab.get("/user", token).status == 200


def _solved_taken_back(lab: World) -> Callable[[Pairs, Token], bool]:
    def taken_back(pairs: Pairs, token: Token) -> bool:
        return "jti" not in token.claims or (token.claims["iss"], token.claims["jti"]) in pairs

    return taken_back


def _laptop(**cut: Any) -> Callable[[MemoryDenylist, Token, float], None]:
    """A cut-off whose parts may be said otherwise: `before` is reckoned from now, `subject` may be left out."""

    def clean_up(denylist: MemoryDenylist, token: Token, now: float) -> None:
        subject = cut.get("subject", token.claims["sub"])
        denylist.cut_off(token.claims["iss"], now + cut.get("before", 1), subject)

    return clean_up


EXERCISES = (
    Exercise(
        "07.1",
        "say whether a token was taken back, by its issuer and its id",
        "Write what a guard asks: `taken_back(pairs, token)` is given the set of `(iss, jti)` that were taken back, "
        "and says whether the token is to be refused. A token that never could be taken back is refused as well.",
        None,
        judge_taken_back,
        (
            "There are two reasons to refuse: the token is on the list, or it could never be put there.",
            "`token.claims` is read like a dict. What is on the list are pairs, so look for a pair.",
            'The first half is `"jti" not in token.claims or ...`; the second asks whether a pair is `in pairs`.',
        ),
        _solved_taken_back,
        {
            "an id is enough": lambda lab: (
                lambda pairs, token: token.claims.get("jti") in {None, *dict(pairs).values()}
            ),
            "no id, nothing to refuse": lambda lab: (
                lambda pairs, token: (token.claims["iss"], token.claims.get("jti")) in pairs
            ),
        },
    ),
    Exercise(
        "07.2",
        "reckon how long a denylist grows",
        "An API takes a token back every ten minutes, day and night, the moment it was issued. A token lives for 28 "
        "minutes, and the list is pruned all the time. How many entries are on the list at most?",
        0,
        judge_longest,
        (
            "An entry is there from the revocation until the token has ended, and a few minutes longer.",
            "`scopekit.revocation.GRACE_SECONDS` says how much longer. Add it to the 28 minutes.",
            "Put the first entry at minute 0, the next at 10, and so on. When the first one goes, how many were there?",
        ),
        _longest_aside,
        {
            "until exp to the second": lambda lab: _longest_aside(lab) - 1,
            "the list only grows": lambda lab: 3 * 24 * 6,
        },
    ),
    Exercise(
        "07.3",
        "take back all that one subject holds, and nothing else",
        "Octocat's laptop is gone, and nobody knows which tokens were on it but the one in a log. Write "
        "`clean_up(denylist, token, now)`: every token that octocat was given up to now, this second included, is "
        "refused; nobody else's is, and what octocat gets a minute later works.",
        None,
        judge_laptop,
        (
            "Ids will not do: nobody knows them all. What do all of octocat's tokens have in common?",
            "A cut-off has an issuer, a moment, and a subject. Two of them are claims of the token.",
            "`denylist.cut_off(..., ..., ...)` refuses what was issued *before* the moment, and this second counts.",
        ),
        lambda lab: _laptop(),
        {
            "everybody starts anew": lambda lab: _laptop(subject=None),
            "one token is all there was": lambda lab: (
                lambda denylist, token, now: denylist.revoke(token.claims["iss"], token.claims["jti"])
            ),
            "before now is up to now": lambda lab: _laptop(before=0),
            "the future is cut off too": lambda lab: _laptop(before=3600),
        },
    ),
)
