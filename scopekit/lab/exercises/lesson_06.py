"""Lesson 06, when does a token end: its last second, a check of the time, and a new token before the old one ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scopekit.errors import LabError, shortened
from scopekit.guard import Guard
from scopekit.issuer import GITHUB, sign
from scopekit.lab.exercises import exercise as answers
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed, unintended
from scopekit.tokens import Token

if TYPE_CHECKING:
    from scopekit.lab.world.world import World

SLOW, LIFE, LEEWAY = 40, 300, 60
"""Of the first exercise: by how much the issuer's clock is slow, how long its token lives, what the guard grants."""
CALLS, EVERY_SECONDS, ON_THE_WAY_SECONDS, ASKED_AT_MOST = 18, 595, 60, 6
"""Of the night: a call every ten minutes, nearly, so that one of them is made half a minute before an end."""
HOUR, DAY = 3600, 86400
PACKAGES = ["read:packages"]


def judge_seconds(lab: World, answer: object) -> Verdict:
    """The answer is how long the guard really takes such a token, found out second by second."""
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        raise LabError(f"An answer here is a number of seconds; found {shortened(answer)}.")
    known = {
        LIFE: ("leeway and slow clock cancel out", "Leeway is more than the clock is slow by."),
        LIFE + LEEWAY: ("the moment of issue is iat", "Which time did the issuer write into the token?"),
        LIFE - SLOW: ("leeway is for tokens from the future", "Leeway works at the end of a token, too."),
        LIFE + LEEWAY + SLOW: ("a slow clock adds", "An issuer that thinks it is earlier also writes an earlier end."),
    }
    found = _taken_for(lab)
    if answer == found:
        return passed(
            f"The guard takes it for {found} s: it ends {SLOW} s early by the right clock, and {LEEWAY} s later."
        )
    told = f"Tried on a guard, it is {'more' if found > answer else 'less'} than that."
    name, why = known.get(int(answer), ("", ""))
    return mistaken(name, f"{told} {why}") if name and answer == int(answer) else not_yet(told)


def _taken_for(lab: World) -> int:
    """For how many seconds a guard with leeway takes a token of an issuer whose clock is slow."""
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
    """The function says of every token what the guard says."""
    alive = answers.function(answer)
    tried, now = _of_all_ages(lab), lab.clock.now()
    wrong = [
        name for name, (token, _) in tried.items()
        if bool(alive(token)) != lab.guard_of(token).decide(f"Bearer {token}").allowed
    ]  # fmt: skip
    if lab.clock.now() != now:
        return not_yet("Your function moved the clock; a check only looks at it.")
    if not wrong:
        return passed(f"It says what the guard says, on {len(tried)} tokens, of which one is good.")
    if wrong == ["a good token"]:
        return not_yet("It refuses every token, a good one too.")
    name = next(each for each in wrong if each != "a good token")
    told = f"Your function takes a token {name}; the guard does not."
    return mistaken(tried[name][1], told)


def _of_all_ages(lab: World) -> dict[str, tuple[Token, str]]:
    """Genuine tokens, one good and the others not, each with the name of the mistake of taking it."""
    good, now = lab.mint(PACKAGES), int(lab.clock.now())
    key = next(iter(lab.state.keys))

    def signed(**times: Any) -> Token:
        claims = {**good.claims, "scopes": PACKAGES, **times}
        return sign(good.header, {name: value for name, value in claims.items() if value is not None}, key)

    ends = good.claims["exp"]
    return {
        "a good token": (good, ""),
        "that has no `exp`": (signed(exp=None), "no end is no problem"),
        "whose `exp` is text": (signed(exp=str(ends)), "text that reads like a number is one"),
        "whose `exp` counts milliseconds": (signed(exp=1000 * ends), "a later end is only later"),
        "that lives for 91 days": (signed(exp=now + 91 * DAY), "a later end is only later"),
        "that ended a minute ago": (signed(iat=now - 120, exp=now - 60), "a signature is for ever"),
        "whose `exp` is this very second": (signed(iat=now - 60, exp=now), "exp is the last good second"),
        "that begins in a minute": (signed(iat=now + 60), "only the end counts"),
    }


def judge_night(lab: World, answer: object) -> Verdict:
    """Every call of the night is answered, with few tokens, and none of them lives longer than an hour."""
    used, refused = _night(lab, answers.function(answer))
    if refused and "expired" in refused[0]:
        name, why = (
            ("one token will do", "It had the token of the evening still.") if len(used) == 1
            else ("good when sent is good when read", "Was it good when it was sent, or when it arrived?")
        )  # fmt: skip
        return mistaken(name, f"{refused[0]} {len(refused)} of {CALLS} calls were refused. {why}")
    if refused:
        return not_yet(refused[0])
    longest = max(each.claims["exp"] - each.claims["iat"] for each in used)
    if longest > HOUR:
        return unintended(
            f"All {CALLS} calls were answered, but a token of yours lives for {longest / HOUR:.0f} hours: whoever "
            "steals it has the night as well. Can you do it with tokens of an hour?"
        )
    told = f"All {CALLS} calls were answered, with {len(used)} tokens."
    if len(used) > ASKED_AT_MOST:
        return mistaken("a new token for every call", f"{told} Keep the old one for as long as it is good.")
    return passed(f"{told} None of them opens anything an hour later.")


def _night(lab: World, next_token: Callable[[Token | None], object]) -> tuple[set[Token], list[str]]:
    """The tokens that a night of calls takes, and the calls that were refused, each in a sentence."""
    token: Token | None = None
    used, refused = set[Token](), list[str]()
    for number in range(1, CALLS + 1):
        now = lab.clock.now()
        token = answers.token(next_token(token))
        if lab.clock.now() != now:
            raise LabError("Your function moved the clock; a client only looks at it.")
        used.add(token)
        lab.clock.advance(ON_THE_WAY_SECONDS)
        if (exchange := lab.call("list packages", token)).status != 200:
            refused.append(f"Call {number} was answered {exchange.status}: {exchange.refusal.rstrip('.')}.")
        lab.clock.advance(EVERY_SECONDS - ON_THE_WAY_SECONDS)
    return used, refused


def _now(lab: World) -> float:
    return lab.clock.now()


def _alive(lab: World, cap_seconds: int = 90 * DAY) -> Callable[[Token], bool]:
    def alive(token: Token) -> bool:
        issued, ends, now = token.claims["iat"], token.expires, lab.clock.now()
        return ends is not None and ends - issued <= cap_seconds and issued <= now < ends

    return alive


def _keeping(lab: World, margin_seconds: int, ttl_seconds: int = HOUR) -> Callable[[Token | None], Token]:
    def next_token(token: Token | None) -> Token:
        if token is None or token.claims["exp"] - lab.clock.now() <= margin_seconds:
            return lab.mint(PACKAGES, ttl_seconds=ttl_seconds)
        return token

    return next_token


EXERCISES = (
    Exercise(
        "06.1",
        "reckon how long a guard takes a token when clocks differ",
        "An issuer's clock is 40 seconds slow. It issues a token for 300 seconds. The API's clock is right, and its "
        "guard grants 60 seconds of leeway. For how many seconds, from the moment of issue on, does the API take it?",
        None,
        judge_seconds,
        (
            "Put the moment of issue at 0 by the right clock. What does the issuer's clock say then, and so, what is "
            "`iat`?",
            "`exp` is `iat` and the lifetime. By the right clock that is less than the lifetime away.",
            "From that `exp` on the guard grants its leeway. Add it up: the lifetime, less one number, plus another.",
        ),
        _taken_for,
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
        "Mend the careless check: `alive(token)` says of any token what the guard's check of the time says, without "
        "leeway. Lifetimes are 90 days at most.",
        None,
        judge_alive,
        (
            "What can be wrong with `exp`: it is not there, it is no number, it is too far off, it is past.",
            "`token.expires` is `exp` where that is a number, and `None` where it is anything else.",
            "Three things have to hold: there is an end; it is not over 90 days after `iat`; now lies between the two, "
            "the first second included and the last one not. Join them with `and`.",
        ),
        _alive,
        {
            "no end is no problem": lambda lab: lambda token: (token.expires or 9e9) > _now(lab),
            "text that reads like a number is one": lambda lab: (
                lambda token: float(token.claims.get("exp", 0)) > _now(lab)
            ),
            "a later end is only later": lambda lab: _alive(lab, cap_seconds=2**60),
            "exp is the last good second": lambda lab: lambda token: _alive(lab)(token) or token.expires == _now(lab),
            "a signature is for ever": lambda lab: lambda token: 0 < (token.expires or 0) - token.claims["iat"] <= HOUR,
            "only the end counts": lambda lab: lambda token: _alive(lab)(token) or token.claims["iat"] > _now(lab),
        },
    ),
    Exercise(
        "06.3",
        "get a new token before the old one ends",
        "Bring the job through the night: `next_token(token)` is given the token of the call before, `None` at first, "
        "and returns the one to use. A call is made about every ten minutes, and may take a minute to arrive. No call "
        "may be refused, and the issuer wants to be asked six times at most.",
        None,
        judge_night,
        (
            "Two cases: the old token will do, or a new one is needed. Begin with `None`.",
            "`token.claims[...]` has the end, `lab.clock.now()` the time. The difference is what is left.",
            "What is left has to last until the call arrives. If not, or where there is no token: `lab.mint([...])`.",
        ),
        lambda lab: _keeping(lab, 2 * ON_THE_WAY_SECONDS),
        {
            "one token will do": lambda lab: lambda token: token or lab.mint(PACKAGES),
            "good when sent is good when read": lambda lab: _keeping(lab, 0),
            "a new token for every call": lambda lab: lambda token: lab.mint(PACKAGES),
        },
    ),
)
