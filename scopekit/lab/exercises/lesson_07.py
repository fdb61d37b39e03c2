"""The exercises of lesson 07: look up a revoked token, predict a denylist's size, and revoke one subject's tokens."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from scopekit.lab.exercises.answers import AnswerCase, as_function, as_number, changed, first_mistake
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed, unintended
from scopekit.lab.world.world import World
from scopekit.stores.memory import MemoryDenylist
from scopekit.tokens import Token
from scopekit.wording import shortened

Pairs = Collection[tuple[str, str]]

EVERY_SECONDS, TTL_SECONDS, DAYS = 600, 1680, 3
"""The numbers of 07.2: a token is revoked every ten minutes, and a token lives for 28 minutes."""


def judge_revoked(lab: World, answer: object) -> Verdict:
    """Judges exercise 07.1: the function must refuse revoked tokens and tokens without an id, and accept all others."""
    good, lost, [key] = lab.mint(["repo"]), lab.mint(["repo"]), lab.state.keys
    pairs = {(lost.claims["iss"], lost.claims["jti"])}
    cases = (
        AnswerCase("a token that is not on the list", ({*pairs}, good), False),
        AnswerCase("a token that is on the list", ({*pairs}, lost), True),
        AnswerCase(
            "another issuer's token with the same id", ({*pairs}, changed(lost, key, iss="https://other.example/")),
            False, "an id is enough", "Two issuers may use the same id, so an id counts only with its issuer.",
        ),
        AnswerCase(
            "a token without a jti", ({*pairs}, changed(lost, key, jti=None)), True,
            "no id, nothing to refuse", "It has no id, so nobody can ever revoke it.",
        ),
    )  # fmt: skip
    verdict = first_mistake(as_function(answer), cases, "a guard")
    return verdict or passed("Your function refuses tokens that have been revoked or never can be, and no others.")


def judge_longest(lab: World, answer: object) -> Verdict:
    """Judges exercise 07.2: the answer must be the largest size of a denylist that is pruned after each revocation."""
    number, longest = as_number(answer), most_entries(lab)
    if number == longest:
        return passed(f"{longest} entries: the maximum is the same after three days and after three years.")
    message = f"In {DAYS} days of revoking and pruning, the longest list did not have {shortened(number)} entries."
    if number == longest - 1:
        return mistaken("until exp to the second", f"{message} Clocks differ, so an entry stays a little longer.")
    if number >= 24 * 3600 // EVERY_SECONDS:
        return mistaken("the list only grows", f"{message} What happens to an entry whose token has ended?")
    return not_yet(message)


def most_entries(lab: World) -> int:
    """Measures the largest size of the denylist while tokens are revoked and the list is pruned."""
    with lab.aside():
        lab.denylist.restore(MemoryDenylist().snapshot())
        sizes = []
        for _ in range(DAYS * 24 * 3600 // EVERY_SECONDS):
            lab.revoke(lab.mint(["repo"], ttl_seconds=TTL_SECONDS))
            lab.denylist.prune(lab.clock.now())
            sizes.append(len(lab.denylist))
            lab.clock.advance(EVERY_SECONDS)
        return max(sizes)


def judge_laptop(lab: World, answer: object) -> Verdict:
    """Judges exercise 07.3: the learner's function must revoke all tokens of one subject up to now, and no others."""

    def opens(token: Token) -> bool:
        return lab.get("/user", token).status == 200

    clean_up = as_function(answer)
    lab.denylist.restore(MemoryDenylist().snapshot())
    lost, other = lab.mint(["repo"]), lab.mint(["repo"])
    lab.clock.advance(60)
    newest, colleague = lab.mint(["repo"]), lab.mint(["repo"], subject="hubot")
    clean_up(lab.denylist, lost, lab.clock.now())
    if opens(lost):
        return not_yet("The token that was on the laptop still opens the profile.")
    if not opens(colleague):
        return mistaken("everybody needs a new token", "The laptop's tokens are refused, but hubot's are too.")
    if opens(other):
        return mistaken("one token is all there was", "That token is refused, but another of octocat's still works.")
    if opens(newest):
        return mistaken("before now includes now", "A token that was issued in this very second still works.")
    lab.clock.advance(60)
    if not opens(lab.mint(["repo"])):
        return mistaken("the future is cut off too", "The token that octocat gets a minute later is refused too.")
    if lab.denylist.snapshot()[0]:
        return unintended("Nobody else is affected. The cut-off alone is enough: it covers the revoked ids too.")
    return passed("Every token that octocat had is refused, wherever it is, and nobody else's is.")


def cut_off(**changes: Any) -> Callable[[MemoryDenylist, Token, float], None]:
    """Builds a solution to 07.3. If `before` (seconds from now) or `subject` is given, builds a wrong answer."""

    def clean_up(denylist: MemoryDenylist, token: Token, now: float) -> None:
        subject = changes.get("subject", token.claims["sub"])
        denylist.cut_off(token.claims["iss"], now + changes.get("before", 1), subject)

    return clean_up


EXERCISES = (
    Exercise(
        "07.1",
        "say whether a token has been revoked, by its issuer and its id",
        "Write the guard's check: `is_revoked(pairs, token)` gets the set of revoked `(iss, jti)` pairs, and says "
        "whether to refuse the token. It also refuses a token that can never be revoked.",
        None,
        judge_revoked,
        (
            "There are two reasons to refuse: the token is on the list, or it can never be put there.",
            "`token.claims` is read like a dict. The list holds pairs, so look for a pair.",
            'The first half is `"jti" not in token.claims or ...`; the second asks whether a pair is `in pairs`.',
        ),
        lambda lab: (
            lambda pairs, token: "jti" not in token.claims or (token.claims["iss"], token.claims["jti"]) in pairs
        ),
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
        "work out how long a denylist grows",
        "An API revokes a token every ten minutes, day and night, right after it was issued. A token lives for 28 "
        "minutes, and the list is pruned all the time. How many entries are on the list at most?",
        0,
        judge_longest,
        (
            "An entry is there from the revocation until the token has ended, and a few minutes longer.",
            "`scopekit.revocation.GRACE_SECONDS` says how much longer. Add it to the 28 minutes.",
            "Put the first entry at minute 0, the next at 10, and so on. When the first one goes, how many are there?",
        ),
        most_entries,
        {
            "until exp to the second": lambda lab: most_entries(lab) - 1,
            "the list only grows": lambda lab: 3 * 24 * 6,
        },
    ),
    Exercise(
        "07.3",
        "revoke all tokens of one subject, and no others",
        "Octocat's laptop is gone. Only one of the tokens on it is known, from a log. Write "
        "`clean_up(denylist, token, now)`: it makes the API refuse every token that octocat got up to now, this second "
        "included. Other people's tokens, and a token that octocat gets a minute later, still work.",
        None,
        judge_laptop,
        (
            "Ids are not enough: nobody knows them all. What do all of octocat's tokens have in common?",
            "A cut-off has an issuer, a moment, and a subject. Two of them are claims of the token.",
            "`denylist.cut_off(..., ..., ...)` refuses tokens issued *before* the moment. Include this second.",
        ),
        lambda lab: cut_off(),
        {
            "everybody needs a new token": lambda lab: cut_off(subject=None),
            "one token is all there was": lambda lab: (
                lambda denylist, token, now: denylist.revoke(token.claims["iss"], token.claims["jti"])
            ),
            "before now includes now": lambda lab: cut_off(before=0),
            "the future is cut off too": lambda lab: cut_off(before=3600),
        },
    ),
)
