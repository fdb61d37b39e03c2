"""Rules for the settings of one guard, or of several guards together.

No rule is needed for a setting that the kit refuses with an error. `REFUSED` lists such settings and their errors.
"""

from __future__ import annotations

import math
import string
from collections.abc import Iterator, Sequence
from itertools import combinations

from scopekit.audit.lint.findings import Rule
from scopekit.audit.token_facts import Place
from scopekit.clock import SystemClock
from scopekit.guard import Guard
from scopekit.keys import Key
from scopekit.stores.memory import MemoryDenylist
from scopekit.wording import human_span

LONG_LEEWAY_SECONDS = 60

_ALPHABETS = (string.digits, string.hexdigits.lower(), string.ascii_lowercase, string.ascii_letters,
              string.ascii_letters + string.digits + "-_+/=")  # fmt: skip
_WORDS = ("secret", "password", "passw0rd", "changeme", "letmein", "qwerty", "default", "example", "admin", "12345")


def checks_off(guard: Guard) -> Iterator[Place]:
    """Checks that the user or the profile switched off."""
    profile = guard.policy.profile
    for name in sorted(guard.policy.off):
        yield Place(f"check {name}", f"waived by {profile.name}" if name in profile.waives else "off")


def long_leeway(guard: Guard) -> Iterator[Place]:
    """A leeway of more than a minute, in which expired tokens still count as valid."""
    if guard.policy.leeway_seconds > LONG_LEEWAY_SECONDS:
        yield Place("leeway_seconds", human_span(guard.policy.leeway_seconds))


def no_cap(guard: Guard) -> Iterator[Place]:
    """A profile that does not limit how long a token may live."""
    if guard.policy.profile.max_ttl_seconds is None:
        yield Place("max_ttl_seconds", f"none in {guard.policy.profile.name}")


def poor_secret(guard: Guard) -> Iterator[Place]:
    """A secret that is text and holds fewer random bits than its algorithm asks for, such as 256 for HS256."""
    for key in _secrets(guard):
        bits, wanted = _bits(key.material), int(key.alg[2:])
        if bits is not None and bits < wanted:
            yield Place(f"key {key.kid}", f"at most {bits} bits for {key.alg}")


def like_a_password(guard: Guard) -> Iterator[Place]:
    """A secret that a person could have made up."""
    for key in _secrets(guard):
        text = key.material.lower()
        repeats = any(text.count(text[at : at + 4]) > 2 for at in range(len(text) - 3))
        if repeats or any(word.encode() in text for word in _WORDS):
            yield Place(f"key {key.kid}", "repeats itself" if repeats else "holds a common word")


def kept_in_memory(guard: Guard) -> Iterator[Place]:
    """A denylist that is empty after a restart, in a guard that uses the system's clock."""
    if isinstance(guard.policy.denylist, MemoryDenylist) and isinstance(guard.policy.clock, SystemClock):
        yield Place("denylist", "in memory")


def mixed_families(guard: Guard) -> Iterator[Place]:
    """A key set with both secrets and key pairs. Only `KeySet.of` allows this."""
    if len({key.is_secret for key in guard.policy.keys}) > 1:
        yield Place("keys", "secrets and key pairs")


def shared_secret(guard: Guard) -> Iterator[Place]:
    """A secret that two issuers share."""
    first: dict[bytes, Key] = {}
    for key in _secrets(guard):
        one = first.setdefault(key.material, key)
        if one.issuer != key.issuer:
            yield Place(f"keys {one.kid} and {key.kid}")


def any_of_many(guard: Guard) -> Iterator[Place]:
    """A guard that accepts tokens for several audiences."""
    if len(guard.policy.audiences) > 1 and guard.policy.profile.hint != "aud":
        yield Place("audience", f"{len(guard.policy.audiences)} of them")


def same_audience(guards: Sequence[Guard]) -> Iterator[Place]:
    """Guards that know different scopes but share an audience, and so accept each other's tokens."""
    for (at, one), (index, other) in combinations(enumerate(guards, 1), 2):
        if one.policy.audiences & other.policy.audiences and set(one.policy.vocabulary) != set(other.policy.vocabulary):
            yield Place(f"guards {at} and {index}")


def _secrets(guard: Guard) -> list[Key]:
    return [key for key in guard.policy.keys if key.is_secret]


def _bits(material: bytes) -> int | None:
    """The most random bits that a text can hold in the smallest alphabet with its letters. None if none has them."""
    try:
        text = material.decode("ascii")
    except UnicodeDecodeError:
        return None
    sizes = [len(set(letters)) for letters in _ALPHABETS if set(text) <= set(letters)]
    return int(len(text) * math.log2(sizes[0])) if sizes else None


GUARD_RULES: tuple[Rule, ...] = (
    Rule("guard-check-off", "guard", "error", "A check is off, so the guard accepts what the check would refuse.",
         "Use a profile that waives no check; use without() only in a lesson.", "RFC 8725 section 3", checks_off),
    Rule("guard-leeway", "guard", "warning", "The guard accepts tokens for more than a minute after they expire.",
         "Synchronise the clocks, and keep the leeway at 60 s or less.", "RFC 7519 section 4.1.4", long_leeway),
    Rule("guard-no-cap", "guard", "warning", "The profile does not limit how long a token lives.",
         "Use a profile that limits the lifetime.", "RFC 6750 section 5.3", no_cap),
    Rule("guard-secret-short", "guard", "error",
         "A secret is long enough in bytes, but as text it holds too few bits.",
         "Make it with Key.generate.", "RFC 8725 section 3.5, RFC 7518 section 3.2", poor_secret),
    Rule("guard-secret-password", "guard", "error", "A secret looks as if a person had made it up.",
         "Make it with Key.generate.", "RFC 8725 section 3.5", like_a_password),
    Rule("guard-memory-denylist", "guard", "warning", "A restart makes revoked tokens valid again.",
         "Use SqliteDenylist, or the one in Redis.", "RFC 7009 section 2", kept_in_memory),
    Rule("guard-mixed-families", "guard", "error", "The guard trusts secrets and key pairs side by side.",
         "Use one guard for secrets and one for key pairs.", "RFC 8725 section 3.1", mixed_families),
    Rule("guard-shared-secret", "guard", "error",
         "Two issuers share a secret, so each can sign as the other.",
         "Give each issuer its own secret.", "RFC 8725 section 3.8", shared_secret),
    Rule("guard-many-audiences", "guard", "note",
         "The guard also accepts tokens that were made for other audiences.",
         "Name only this API's own audience.", "RFC 8725 section 3.9", any_of_many),
    Rule("guards-one-audience", "guards", "warning",
         "APIs with different scopes share an audience, so a token for one opens the other.",
         "Give each API its own audience.", "RFC 8725 section 3.9", same_audience),
)  # fmt: skip
"""The rules for one guard, and for several guards together."""

REFUSED: tuple[tuple[str, str, str], ...] = (
    ("a secret shorter than its hash", "KeyRefused, by Key", "RFC 7518 section 3.2"),
    ("an RSA key of fewer than 2048 bits", "KeyRefused, by Key", "RFC 7518 section 3.3"),
    ("a public key's text as a secret", "KeyRefused, by Key", "RFC 8725 section 3.1"),
    ("two keys with one kid, or secrets beside key pairs", "KeyRefused, by KeySet", "RFC 8725 section 3.1"),
    (
        "a guard without an audience, or keys without an issuer",
        "PolicyError, by Guard",
        "RFC 8725 sections 3.8 and 3.9",
    ),
    ("a leeway of more than 300 s", "PolicyError, by Guard", "RFC 7519 section 4.1.4"),
)
"""The settings that need no rule because they are refused at once: the setting, what refuses it, and the clause."""
