"""Lesson 08, whose token is it: a tenant's own token, whose key it was, and keys that take turns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scopekit.clock import LessonClock
from scopekit.errors import shortened
from scopekit.guard import Guard
from scopekit.issuer import AUTH0_V2, GITHUB, Issuer, sign
from scopekit.keys import Key, KeySet
from scopekit.lab.exercises import exercise as answers
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed, unintended
from scopekit.rotation import Rotation
from scopekit.tokens import Token

if TYPE_CHECKING:
    from scopekit.lab.world.world import World

REPORTER, REPORT, REPORT_SECONDS = "tenant_2", ("list logs", "list a user's logs"), 600
FETCH_SECONDS, TTL_SECONDS, LEEWAY_SECONDS = 600, 7200, 60


def judge_report(lab: World, answer: object) -> Verdict:
    """The token is the tenant's own, reads its logs, nothing else, and nothing at all after ten minutes."""
    token = answers.token(answer)
    if token.claims.get("aud") != REPORTER:
        return mistaken("any tenant will do", f"It does not name {REPORTER} as its audience, so it is not its token.")
    refused = lab.guard_of(token).decide(f"Bearer {token}")
    if refused.check in ("key", "signature", "issuer"):
        return mistaken("the name makes the tenant", f"It names {REPORTER}, and was not signed with its key.")
    if refused.check == "scopes":
        return mistaken("any shape will do", f"{refused.description} A tenant's profile is AUTH0_V2.")
    if refused.check:
        return not_yet(refused.description)
    opened = lab.matrix(token).allowed()
    if closed := [name for name in REPORT if name not in opened]:
        return not_yet(f"It cannot do this yet: {closed[0]}.")
    if others := [name for name in opened if name not in REPORT]:
        return not_yet(f"It reads the logs, and opens this too: {others[0]}.")
    lab.clock.advance(REPORT_SECONDS)
    if lab.get("/api/v2/logs", token).status != 401:
        return mistaken("a day is short", "It reads the logs, and after ten minutes it still does.")
    if token.claims.get("jti") in {lab.secret(f"jti {number}").hex()[:11] for number in range(lab._minted + 1)}:
        return unintended("All as asked, under an id of the Lab's: was it `lab.mint`? A tenant can do it alone.")
    return passed("The tenant's own token, and nobody was asked for it.")


def judge_whose(lab: World, answer: object) -> Verdict:
    """The function names the tenant whose key signed a token, where the token names that tenant too."""
    whose = answers.function(answer)
    for tenant in ("tenant_1", "tenant_2"):
        if (found := whose(_signed(lab, tenant, aud=tenant))) != tenant:
            return not_yet(f"For a good token of {tenant} you say {shortened(found)}.")
    stranger = Key("stranger", lab.secret("stranger"))
    found = whose(_signed(lab, "tenant_1", aud="tenant_2", key=stranger))
    told = f"A stranger signed it, under the kid of tenant_1 and with the aud tenant_2: you say {shortened(found)}."
    if found == "tenant_2":
        return mistaken("the token says whose it is", f"{told} Anyone may write a name.")
    if found == "tenant_1":
        return mistaken("the kid says whose it is", f"{told} A kid says which key to try, and no more.")
    if found is not None or whose(_signed(lab, "tenant_1", aud="tenant_1", key=stranger)) is not None:
        return not_yet("A token that no tenant signed is nobody's: None.")
    found = whose(_signed(lab, "tenant_1", aud="tenant_2"))
    if found is not None:
        told = f"tenant_1 signed it, and wrote the name of tenant_2: you say {shortened(found)}."
        return mistaken("a signature is enough", f"{told} A key speaks for its owner alone, so this is nobody's.")
    return passed("It believes the key, and the token only as far as its key speaks for it.")


def judge_turns(lab: World, answer: object) -> Verdict:
    """No token is refused while the keys change, and the old key goes as soon as it may."""
    publish, lifetime = answers.two_numbers(answer)
    clock = LessonClock(lab.clock.now())
    first, second = (Key(name, lab.secret(name), issuer="photos") for name in ("first", "second"))
    rotation = Rotation(first, lifetime_seconds=lifetime, publish_seconds=publish, clock=clock)
    issuer, fetched = Issuer(rotation, GITHUB, "photos", clock), KeySet(list(rotation))
    last = issuer.mint(["repo"], ttl_seconds=TTL_SECONDS)
    rotation.add(second)
    if publish:
        clock.advance(publish - 1)
        last = issuer.mint(["repo"], ttl_seconds=TTL_SECONDS)
        clock.advance(1)
    new = issuer.mint(["repo"], ttl_seconds=TTL_SECONDS)
    if publish < FETCH_SECONDS and not _takes(fetched, clock, new):
        return mistaken(
            "a new key signs at once",
            f"A verifier fetched the keys just before the new one came, and will not for {FETCH_SECONDS} s. After "
            f"{publish} s it met a token signed with the new key, and refused it.",
        )
    clock.set((last.expires or 0) + LEEWAY_SECONDS - 1)
    if not _takes(rotation, clock, last):
        if lifetime >= TTL_SECONDS:
            return mistaken("exp to the second", "The last token of the old key was refused within the leeway.")
        return mistaken("the old key goes at once", "The last token of the old key was refused before it ended.")
    if publish > FETCH_SECONDS or lifetime > TTL_SECONDS + LEEWAY_SECONDS:
        return mistaken("longer is safer", "No token is refused, and either number could be smaller: a key that leaks "
                        "is believed for all that time.")  # fmt: skip
    return passed("No token is refused, and the old key is gone as soon as it may.")


def _signed(lab: World, tenant: str, *, aud: str, key: Key | None = None) -> Token:
    """A token that bears the kid of a tenant's key, signed with that key, or with another."""
    [own] = lab.state.tenants.of_issuer(tenant)
    now = int(lab.clock.now())
    claims = {"aud": aud, "iat": now, "exp": now + 60, "jti": "exercise", "scopes": {"users": {"actions": ["read"]}}}
    return sign({"alg": "HS256", "typ": "JWT", "kid": own.kid}, claims, key or own)


def _takes(keys: KeySet, clock: LessonClock, token: Token) -> bool:
    guard = Guard(keys, audience="photos", profile=GITHUB, clock=clock, leeway_seconds=LEEWAY_SECONDS)
    return guard.decide(f"Bearer {token}").allowed


def _own(lab: World, tenant: str = REPORTER, ttl_seconds: int | None = REPORT_SECONDS) -> Token:
    [key] = lab.state.tenants.of_issuer(tenant)
    return Issuer(key, AUTH0_V2, tenant, lab.clock).mint(["read:logs"], ttl_seconds=ttl_seconds)


def _flat(lab: World) -> Token:
    [key] = lab.state.tenants.of_issuer(REPORTER)
    return Issuer(key, GITHUB, REPORTER, lab.clock).mint(["read:logs"], ttl_seconds=REPORT_SECONDS)


def _solved_whose(lab: World) -> Callable[[Token], str | None]:
    def whose(token: Token) -> str | None:
        key = lab.state.tenants.get(token.header["kid"])
        if key and key.verifies(token.signing_input, token.signature) and token.claims["aud"] == key.issuer:
            return key.issuer
        return None

    return whose


def _owner_by_kid(lab: World, token: Token, *, verified: bool) -> str | None:
    key = lab.state.tenants.get(token.header["kid"])
    good = key is not None and (not verified or key.verifies(token.signing_input, token.signature))
    return key.issuer if key is not None and good else None


EXERCISES = (
    Exercise(
        "08.1",
        "issue a token as a tenant does, without asking anyone",
        "Be tenant_2. Its nightly report reads its logs, and nothing else, and is done within ten minutes. Make the "
        "token with the tenant's own key.",
        None,
        judge_report,
        (
            "An issuer needs a key, a shape, an audience and a clock. The first cell that signed has all four.",
            "It is the key of the other tenant: `lab.state.tenants.of_issuer(...)`. The scope is `read:logs`.",
            "`Issuer(key, AUTH0_V2, ..., lab.clock).mint([...], ttl_seconds=...)`: fill the gaps, and find `key`.",
        ),
        _own,
        {
            "any tenant will do": lambda lab: _own(lab, "tenant_1"),
            "the name makes the tenant": lambda lab: _signed(lab, "tenant_1", aud=REPORTER),
            "any shape will do": _flat,
            "a day is short": lambda lab: _own(lab, ttl_seconds=None),
        },
    ),
    Exercise(
        "08.2",
        "say whose a token is, by the key that signed it",
        "Write `whose(token)`: the name of the tenant whose token it is, and None where it is nobody's. "
        "`lab.state.tenants` holds the keys.",
        None,
        judge_whose,
        (
            "Three things have to agree: the key that the kid names, the signature, and the name in the token.",
            '`lab.state.tenants.get(token.header["kid"])` is a key or None, and a key has an `issuer`.',
            "`key.verifies(token.signing_input, token.signature)` is the second. The third compares `aud` with ...",
        ),
        _solved_whose,
        {
            "the token says whose it is": lambda lab: lambda token: token.claims["aud"],
            "the kid says whose it is": lambda lab: lambda token: _owner_by_kid(lab, token, verified=False),
            "a signature is enough": lambda lab: lambda token: _owner_by_kid(lab, token, verified=True),
        },
    ),
    Exercise(
        "08.3",
        "plan a change of keys in which no token is refused",
        "Verifiers fetch the keys of an issuer every ten minutes. Its tokens live for two hours, and verifiers allow a "
        "leeway of a minute. Choose the smallest `publish_seconds` and `lifetime_seconds` so that no token is refused.",
        (0, 0),
        judge_turns,
        (
            "Two questions. How long until the last verifier knows the new key? How long is the old one still needed?",
            "The first: somebody fetched a second before the new key came. Their keys are old for ten minutes.",
            "The second begins when the new key signs: the last token of the old key lives on, and then the leeway.",
        ),
        lambda lab: (FETCH_SECONDS, TTL_SECONDS + LEEWAY_SECONDS),
        {
            "a new key signs at once": lambda lab: (0, TTL_SECONDS + LEEWAY_SECONDS),
            "the old key goes at once": lambda lab: (FETCH_SECONDS, 0),
            "exp to the second": lambda lab: (FETCH_SECONDS, TTL_SECONDS),
            "longer is safer": lambda lab: (86400, 30 * 86400),
        },
    ),
)
