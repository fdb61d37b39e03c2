"""The exercises of lesson 06: find a token's last second, check the time of a token, and replace it before it ends."""

from __future__ import annotations

from collections.abc import Callable

from scopekit.errors import LabError
from scopekit.guard import Guard
from scopekit.lab.exercises.answers import AnswerCase, as_function, as_token, changed, first_mistake
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed, unintended
from scopekit.lab.world.world import World
from scopekit.profiles import GITHUB
from scopekit.tokens import Token
from scopekit.wording import shortened

SLOW, LIFE, LEEWAY = 40, 300, 60
"""The numbers of 06.1, in seconds: how slow the issuer's clock is, the token's lifetime, the guard's leeway."""
CALLS, EVERY_SECONDS, ON_THE_WAY_SECONDS, MOST_TOKENS = 18, 595, 60, 6
"""The numbers of 06.3: calls are almost ten minutes apart, so that one call comes just before a token expires."""
HOUR, DAY = 3600, 86400
PACKAGES = ["read:packages"]


def judge_seconds(lab: World, answer: object) -> Verdict:
    """Judges exercise 06.1: the answer must be the number of seconds for which a real guard accepts the token."""
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        raise LabError(f"The answer must be a number of seconds; found {shortened(answer)}.")
    misconceptions = {
        LIFE: ("leeway and slow clock cancel out", "The leeway is longer than the clock's delay."),
        LIFE + LEEWAY: ("the moment of issue is iat", "Which time did the issuer write into the token?"),
        LIFE - SLOW: ("leeway is for tokens from the future", "Leeway also extends the end of a token."),
        LIFE + LEEWAY + SLOW: ("a slow clock adds", "An issuer with a slow clock also writes an earlier end."),
    }
    seconds = accepted_seconds(lab)
    if answer == seconds:
        return passed(f"The guard accepts it for {seconds} s: it ends {SLOW} s early, and the leeway adds {LEEWAY} s.")
    name, why = misconceptions.get(int(answer) if answer == int(answer) else 0, ("", ""))
    message = f"A real guard accepts it for {'longer' if seconds > answer else 'less time'} than that. {why}"
    return mistaken(name, message.rstrip())


def accepted_seconds(lab: World) -> int:
    """Measures for how many seconds a guard with leeway accepts a token from an issuer whose clock is slow."""
    with lab.aside():
        lab.clock.advance(-SLOW)
        token = lab.mint(PACKAGES, ttl_seconds=LIFE)
        lab.clock.advance(SLOW)
        keys, audience, seconds = lab.state.keys, token.claims["aud"], 0
        guard = Guard(keys, audience=audience, profile=GITHUB, clock=lab.clock, leeway_seconds=LEEWAY)
        while guard.decide(f"Bearer {token}"):
            lab.clock.advance(1)
            seconds += 1
        return seconds


def judge_alive(lab: World, answer: object) -> Verdict:
    """Judges exercise 06.2: the learner's function must give the guard's answer for every token."""
    alive, good, now, [key] = as_function(answer), lab.mint(PACKAGES), int(lab.clock.now()), lab.state.keys
    ends = good.claims["exp"]
    tokens = {
        "a token without `exp`": (changed(good, key, exp=None), "no end is no problem"),
        "a token whose `exp` is text": (changed(good, key, exp=str(ends)), "text that reads like a number is one"),
        "a token whose `exp` counts milliseconds": (changed(good, key, exp=1000 * ends), "a later end is only later"),
        "a token that lives for 91 days": (changed(good, key, exp=now + 91 * DAY), "a later end is only later"),
        "a token that ended a minute ago": (
            changed(good, key, iat=now - 120, exp=now - 60), "a signature is for ever",
        ),
        "a token whose `exp` is this very second": (
            changed(good, key, iat=now - 60, exp=now), "exp is the last good second",
        ),
        "a token that begins in a minute": (changed(good, key, iat=now + 60), "only the end counts"),
        "a good token": (good, ""),
    }  # fmt: skip
    cases = [
        AnswerCase(name, (token,), lab.guard_of(token).decide(f"Bearer {token}").allowed, misconception)
        for name, (token, misconception) in tokens.items()
    ]
    verdict = first_mistake(alive, cases, "the guard")
    if lab.clock.now() != now:
        return not_yet("Your function moved the clock; a check only reads it.")
    return verdict or passed(f"Your answers are the guard's for all {len(cases)} tokens, one of them good.")


def judge_night(lab: World, answer: object) -> Verdict:
    """Judges exercise 06.3: every call of the night must succeed, with few tokens that each live at most an hour."""
    next_token, token, tokens, refusals = as_function(answer), None, set[Token](), list[str]()
    for number in range(1, CALLS + 1):
        now = lab.clock.now()
        token = as_token(next_token(token))
        if lab.clock.now() != now:
            raise LabError("Your function moved the clock; a client only reads it.")
        tokens.add(token)
        lab.clock.advance(ON_THE_WAY_SECONDS)
        if (exchange := lab.call("list packages", token)).status != 200:
            refusals.append(f"Call {number} was answered {exchange.status}: {exchange.refusal.rstrip('.')}.")
        lab.clock.advance(EVERY_SECONDS - ON_THE_WAY_SECONDS)
    if refusals and "expired" in refusals[0]:
        message = f"{refusals[0]} {len(refusals)} of {CALLS} calls were refused."
        if len(tokens) == 1:
            return mistaken("one token will do", f"{message} The job still used the token from the evening.")
        return mistaken("good when sent is good when read", f"{message} Was the token still good on arrival?")
    if refusals:
        return not_yet(refusals[0])
    longest = max(each.claims["exp"] - each.claims["iat"] for each in tokens)
    if longest > HOUR:
        return unintended(
            f"All {CALLS} calls succeeded, but one of your tokens lives for {longest / HOUR:.0f} hours: a thief "
            "can use it all night too. Can you do it with tokens that live for an hour?"
        )
    message = f"All {CALLS} calls succeeded, with {len(tokens)} tokens."
    if len(tokens) > MOST_TOKENS:
        return mistaken("a new token for every call", f"{message} Keep the old one for as long as it is good.")
    return passed(f"{message} None of them opens anything an hour later.")


def is_alive(lab: World, longest_seconds: int = 90 * DAY) -> Callable[[Token], bool]:
    """Builds a solution to exercise 06.2. If `longest_seconds` is not 90 days, builds a wrong answer."""

    def alive(token: Token) -> bool:
        issued, ends, now = token.claims["iat"], token.expires, lab.clock.now()
        return ends is not None and ends - issued <= longest_seconds and issued <= now < ends

    return alive


def renewing(lab: World, margin_seconds: int) -> Callable[[Token | None], Token]:
    """A client that mints a new token if the old one has at most `margin_seconds` left."""

    def next_token(token: Token | None) -> Token:
        if token is None or token.claims["exp"] - lab.clock.now() <= margin_seconds:
            return lab.mint(PACKAGES, ttl_seconds=HOUR)
        return token

    return next_token


EXERCISES = (
    Exercise(
        "06.1",
        "work out how long a guard accepts a token when clocks differ",
        "An issuer whose clock is 40 seconds slow mints a token for 300 seconds. The API's clock is right, and its "
        "guard grants 60 seconds of leeway. For how many seconds after the moment of issue is the token accepted?",
        None,
        judge_seconds,
        (
            "Call the moment of issue 0 on the right clock. What does the issuer's clock say then? That is `iat`.",
            "`exp` is `iat` plus the lifetime. On the right clock, less than the lifetime is left until then.",
            "After `exp` the guard grants its leeway. Add up: the lifetime, minus one number, plus another.",
        ),
        accepted_seconds,
        {
            "leeway and slow clock cancel out": lambda lab: LIFE,
            "the moment of issue is iat": lambda lab: LIFE + LEEWAY,
            "leeway is for tokens from the future": lambda lab: LIFE - SLOW,
            "a slow clock adds": lambda lab: LIFE + LEEWAY + SLOW,
        },
    ),
    Exercise(
        "06.2",
        "check the time of a token as strictly as a guard does",
        "Repair the unsafe check: for any token, `alive(token)` gives the same answer as the guard's check of the time "
        "without leeway. Lifetimes are 90 days at most.",
        None,
        judge_alive,
        (
            "`exp` can be missing, not a number, too far in the future, or in the past.",
            "`token.expires` is `exp` if that is a number, and `None` if it is anything else.",
            "Three things must be true: there is an end; it is at most 90 days after `iat`; now lies between the two, "
            "including the first second but not the last. Join them with `and`.",
        ),
        is_alive,
        {
            "no end is no problem": lambda lab: lambda token: (token.expires or 9e9) > lab.clock.now(),
            "text that reads like a number is one": lambda lab: (
                lambda token: float(token.claims.get("exp", 0)) > lab.clock.now()
            ),
            "a later end is only later": lambda lab: is_alive(lab, longest_seconds=2**60),
            "exp is the last good second": lambda lab: (
                lambda token: is_alive(lab)(token) or token.expires == lab.clock.now()
            ),
            "a signature is for ever": lambda lab: lambda token: 0 < (token.expires or 0) - token.claims["iat"] <= HOUR,
            "only the end counts": lambda lab: (
                lambda token: is_alive(lab)(token) or token.claims["iat"] > lab.clock.now()
            ),
        },
    ),
    Exercise(
        "06.3",
        "get a new token before the old one ends",
        "Keep the job running all night: `next_token(token)` gets the token of the previous call, `None` at first, "
        "and returns the token to use. A call is made about every ten minutes, and may take a minute to arrive. No "
        "call may be refused, and the issuer allows at most six new tokens.",
        None,
        judge_night,
        (
            "Two cases: the old token is good enough, or you need a new one. Begin with `None`.",
            "`token.claims[...]` has the end, `lab.clock.now()` the time. The difference is what is left.",
            "The token must last until the call arrives. If it does not, or there is no token: `lab.mint([...])`.",
        ),
        lambda lab: renewing(lab, 2 * ON_THE_WAY_SECONDS),
        {
            "one token will do": lambda lab: lambda token: token or lab.mint(PACKAGES),
            "good when sent is good when read": lambda lab: renewing(lab, 0),
            "a new token for every call": lambda lab: lambda token: lab.mint(PACKAGES),
        },
    ),
)
