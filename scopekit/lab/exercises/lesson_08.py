"""The exercises of lesson 08: issue a token as a tenant, find the tenant whose key signed a token, and change keys."""

from __future__ import annotations

from scopekit.clock import LessonClock
from scopekit.guard import Guard
from scopekit.issuer import Issuer, sign
from scopekit.keys import Key, KeySet
from scopekit.lab.exercises.answers import as_function, as_token, as_two_numbers
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed, unintended
from scopekit.lab.world.world import World
from scopekit.profile import Profile
from scopekit.profiles import AUTH0_V2, GITHUB
from scopekit.stores.rotation import Rotation
from scopekit.tokens import Token
from scopekit.wording import shortened

REPORTER, REPORT, REPORT_SECONDS = "tenant_2", ("list logs", "list a user's logs"), 600
FETCH_SECONDS, TTL_SECONDS, LEEWAY_SECONDS = 600, 7200, 60


def judge_report(lab: World, answer: object) -> Verdict:
    """Judges exercise 08.1: the tenant must sign the token, and the token must read only the logs for ten minutes."""
    token = as_token(answer)
    if token.claims.get("aud") != REPORTER:
        return mistaken("any tenant will do", f"Its audience is not {REPORTER}, so it is not that tenant's token.")
    decision = lab.guard_of(token).decide(f"Bearer {token}")
    if decision.check in ("key", "signature", "issuer"):
        return mistaken("the name makes the tenant", f"It names {REPORTER}, but {REPORTER}'s key did not sign it.")
    if decision.check == "scopes":
        return mistaken("any shape will do", f"{decision.description} A tenant's tokens have the profile AUTH0_V2.")
    if decision.check:
        return not_yet(decision.description)
    open_calls = lab.matrix(token).allowed()
    if closed_calls := [name for name in REPORT if name not in open_calls]:
        return not_yet(f"The token cannot do this yet: {closed_calls[0]}.")
    if others := [name for name in open_calls if name not in REPORT]:
        return not_yet(f"The token reads the logs, but also opens this: {others[0]}.")
    lab.clock.advance(REPORT_SECONDS)
    if lab.get("/api/v2/logs", token).status != 401:
        return mistaken("a day is short", "The token still reads the logs after ten minutes.")
    if token.claims.get("jti") in {lab.secret(f"jti {number}").hex()[:11] for number in range(lab._minted + 1)}:
        return unintended("The token is right, but the Lab made its id: did you use `lab.mint`? A tenant has no Lab.")
    return passed("This is the tenant's own token, and the tenant did not have to ask anyone for it.")


def judge_whose(lab: World, answer: object) -> Verdict:
    """Judges exercise 08.2: the learner's function must return the tenant that signed a token and is named in it."""
    whose, stranger = as_function(answer), Key("stranger", lab.secret("stranger"))
    for tenant in ("tenant_1", "tenant_2"):
        if (owner := whose(token_with_kid(lab, tenant, tenant))) != tenant:
            return not_yet(f"For a good token of {tenant} you say {shortened(owner)}.")
    owner = whose(token_with_kid(lab, "tenant_1", "tenant_2", stranger))
    message = f"A stranger signed it, with the kid of tenant_1 and the aud tenant_2: you say {shortened(owner)}."
    if owner == "tenant_2":
        return mistaken("the token says whose it is", f"{message} Anyone can write a name.")
    if owner == "tenant_1":
        return mistaken("the kid says whose it is", f"{message} A kid only says which key to try.")
    if owner is not None or whose(token_with_kid(lab, "tenant_1", "tenant_1", stranger)) is not None:
        return not_yet("A token that no tenant signed belongs to nobody: return None.")
    if (owner := whose(token_with_kid(lab, "tenant_1", "tenant_2"))) is not None:
        message = f"tenant_1 signed it, but wrote the name of tenant_2: you say {shortened(owner)}."
        return mistaken("a signature is enough", f"{message} A key speaks only for its owner, so return None.")
    return passed("Your function trusts the key, and the name in the token only if the key has that owner.")


def judge_turns(lab: World, answer: object) -> Verdict:
    """Judges exercise 08.3: both numbers in the answer must be the smallest with which no token is refused."""
    publish, lifetime = as_two_numbers(answer)
    clock = LessonClock(lab.clock.now())
    first, second = (Key(name, lab.secret(name), issuer="photos") for name in ("first", "second"))
    rotation = Rotation(first, lifetime_seconds=lifetime, publish_seconds=publish, clock=clock)
    issuer, fetched_keys = Issuer(rotation, GITHUB, "photos", clock), KeySet(list(rotation))

    def accepts(keys: KeySet, token: Token) -> bool:
        guard = Guard(keys, audience="photos", profile=GITHUB, clock=clock, leeway_seconds=LEEWAY_SECONDS)
        return guard.decide(f"Bearer {token}").allowed

    last = issuer.mint(["repo"], ttl_seconds=TTL_SECONDS)
    rotation.add(second)
    if publish:
        clock.advance(publish - 1)
        last = issuer.mint(["repo"], ttl_seconds=TTL_SECONDS)
        clock.advance(1)
    new = issuer.mint(["repo"], ttl_seconds=TTL_SECONDS)
    if publish < FETCH_SECONDS and not accepts(fetched_keys, new):
        return mistaken(
            "a new key signs at once",
            f"A verifier fetched the keys just before the new one came, and fetches again after {FETCH_SECONDS} s. "
            f"After {publish} s it got a token signed with the new key, and refused it.",
        )
    clock.set((last.expires or 0) + LEEWAY_SECONDS - 1)
    if not accepts(rotation, last):
        if lifetime >= TTL_SECONDS:
            return mistaken("exp to the second", "The old key's last token was refused within the leeway.")
        return mistaken("the old key goes at once", "The old key's last token was refused before it ended.")
    if publish > FETCH_SECONDS or lifetime > TTL_SECONDS + LEEWAY_SECONDS:
        message = "No token is refused, but a number could be smaller: verifiers trust a leaked key all that time."
        return mistaken("longer is safer", message)
    return passed("No token is refused, and the old key is removed as early as possible.")


def token_with_kid(lab: World, tenant: str, audience: str, key: Key | None = None) -> Token:
    """A token with the `kid` of a tenant's key. `key` signs the token; the default is the tenant's key."""
    [own], now = lab.state.tenants.of_issuer(tenant), int(lab.clock.now())
    claims = {"aud": audience, "iat": now, "exp": now + 60, "jti": "exercise"}
    scopes = {"users": {"actions": ["read"]}}
    return sign({"alg": "HS256", "typ": "JWT", "kid": own.kid}, claims | {"scopes": scopes}, key or own)


def report_token(
    lab: World, tenant: str = REPORTER, profile: Profile = AUTH0_V2, ttl_seconds: int | None = REPORT_SECONDS
) -> Token:
    """Builds a solution to exercise 08.1. With another tenant, profile or lifetime, builds a wrong answer."""
    [key] = lab.state.tenants.of_issuer(tenant)
    return Issuer(key, profile, tenant, lab.clock).mint(["read:logs"], ttl_seconds=ttl_seconds)


def owner_of(lab: World, token: Token, *, verify: bool = True, compare: bool = True) -> str | None:
    """A solution to 08.2. `verify=False` does not check the signature, and `compare=False` ignores the audience."""
    key = lab.state.tenants.get(token.header["kid"])
    if key is None or (verify and not key.verifies(token.signing_input, token.signature)):
        return None
    return key.issuer if not compare or token.claims["aud"] == key.issuer else None


EXERCISES = (
    Exercise(
        "08.1",
        "issue a token as a tenant does, without asking anyone",
        "You are tenant_2. Your nightly report reads your logs and nothing else, and takes at most ten minutes. Make "
        "its token with your own key.",
        None,
        judge_report,
        (
            "An issuer needs a key, a profile, an audience and a clock. The first cell that signed has all four.",
            "Use the other tenant's key: `lab.state.tenants.of_issuer(...)`. The scope is `read:logs`.",
            "`Issuer(key, AUTH0_V2, ..., lab.clock).mint([...], ttl_seconds=...)`: fill the gaps, and find `key`.",
        ),
        report_token,
        {
            "any tenant will do": lambda lab: report_token(lab, "tenant_1"),
            "the name makes the tenant": lambda lab: token_with_kid(lab, "tenant_1", REPORTER),
            "any shape will do": lambda lab: report_token(lab, profile=GITHUB),
            "a day is short": lambda lab: report_token(lab, ttl_seconds=None),
        },
    ),
    Exercise(
        "08.2",
        "say whose a token is, by the key that signed it",
        "Write `whose(token)`: it returns the name of the tenant that owns the token, or None if nobody does. "
        "`lab.state.tenants` holds the keys.",
        None,
        judge_whose,
        (
            "Three things must agree: the key that the kid names, the signature, and the name in the token.",
            '`lab.state.tenants.get(token.header["kid"])` is a key or None, and a key has an `issuer`.',
            "`key.verifies(token.signing_input, token.signature)` is the second. For the third, compare `aud` with ...",
        ),
        lambda lab: lambda token: owner_of(lab, token),
        {
            "the token says whose it is": lambda lab: lambda token: token.claims["aud"],
            "the kid says whose it is": lambda lab: lambda token: owner_of(lab, token, verify=False, compare=False),
            "a signature is enough": lambda lab: lambda token: owner_of(lab, token, compare=False),
        },
    ),
    Exercise(
        "08.3",
        "plan a change of keys in which no token is refused",
        "Verifiers fetch an issuer's keys every ten minutes. Its tokens live for two hours, and verifiers allow a "
        "leeway of a minute. Choose the smallest `publish_seconds` and `lifetime_seconds` so that no token is refused.",
        (0, 0),
        judge_turns,
        (
            "Two questions. How long until the last verifier knows the new key? How long is the old one still needed?",
            "The first: a verifier fetched a second before the new key came. It keeps the old keys for ten minutes.",
            "The second starts when the new key signs: until the old key's last token ends, plus the leeway.",
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
