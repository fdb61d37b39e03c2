"""When a token says that it was issued, and when it ends."""

import json

import jwt
import pytest
from forging import API, ISSUER, KEY, NOW, SECRET, whole_guard

from scopekit import GITHUB, Issuer, LessonClock
from scopekit.clock import SystemClock
from scopekit.profiles import RFC9068


def minted_at(seconds, profile=GITHUB, **options):
    return Issuer(KEY, profile, API, LessonClock(seconds), lambda: "id-1").mint(["repo"], **options)


@pytest.mark.parametrize(
    ("now", "issued"),
    [(NOW + 0.25, NOW + 0.25), (NOW + 0.2509, NOW + 0.25), (NOW + 0.0009, NOW), (NOW + 0.9999, NOW + 0.999)],
    ids=["milliseconds", "more digits", "less than one", "nearly the next second"],
)
def test_a_token_says_to_the_millisecond_when_it_was_issued_and_never_later(now, issued):
    claims = minted_at(now).claims
    assert claims["iat"] == issued <= now
    assert (claims["exp"], type(claims["exp"])) == (NOW + 3600, int)


@pytest.mark.parametrize("now", [NOW, float(NOW), NOW + 0.0001], ids=["an integer", "a float", "a bit more"])
def test_on_a_whole_second_a_token_says_so_without_a_fraction(now):
    assert f'"iat":{NOW},' in json.dumps(dict(minted_at(now).claims), separators=(",", ":"), default=list)


@pytest.mark.parametrize("fraction", [0, 0.001, 0.5, 0.999])
def test_no_fraction_makes_a_token_live_longer_than_its_profile_allows(fraction):
    token = minted_at(NOW + fraction, ttl_seconds=GITHUB.max_ttl_seconds)
    assert token.claims["exp"] - token.claims["iat"] <= GITHUB.max_ttl_seconds
    assert whole_guard(clock=LessonClock(NOW + fraction)).decide(f"Bearer {token}")


def test_a_token_of_the_machine_s_clock_is_good_at_once_without_any_leeway():
    clock = SystemClock()
    token = Issuer(KEY, GITHUB, API, clock).mint(["repo"])
    assert whole_guard(clock=clock, leeway_seconds=0).decide(f"Bearer {token}")


def test_another_library_takes_a_time_of_issue_with_a_fraction():
    token = Issuer(KEY, RFC9068, API, SystemClock()).mint(["repo"])
    claims = jwt.decode(str(token), SECRET, ["HS256"], audience=API, issuer=ISSUER, options={"require": ["iat"]})
    assert claims["iat"] == token.claims["iat"]
