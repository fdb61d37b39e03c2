"""Tokens for the tests of an application whose guard trusts the keys of a provider.

    with signing_for(guard) as mint:
        headers = {"Authorization": f"Bearer {mint('notes:read', subject='ann')}"}
        assert client.get("/notes", headers=headers).status_code == 200

Only the provider can sign for its own keys. So the guard trusts a throw-away key in their place until the block ends.
Meanwhile it refuses the provider's tokens and fetches no keys, so that a test needs no network.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from scopekit.arguments import checked
from scopekit.claim_paths import value_at
from scopekit.clock import LessonClock
from scopekit.errors import PolicyError, TokenError
from scopekit.guard import Guard
from scopekit.issuer import CLIENT_NAMES, Issuer
from scopekit.keys import Key, KeySet
from scopekit.log import logger
from scopekit.stores.jwks import RemoteKeySet
from scopekit.tokens import TIME_NAMES, Token
from scopekit.wording import shortened

REMOTE_ALGORITHM = "ES256"
"""The algorithm of the throw-away key if the guard's own keys would have to be fetched to know theirs."""


@dataclass(frozen=True, slots=True)
class Mint:
    """Mints tokens that one guard accepts, because it trusts this throw-away key for now."""

    guard: Guard
    key: Key

    @checked(TokenError)
    def __call__(
        self,
        *scopes: str,
        subject: str = "octocat",
        client_id: str | None = None,
        audience: str | None = None,
        ttl_seconds: int | None = None,
        age_seconds: float = 0,
        **claims: Any,
    ) -> Token:
        """Mints a token with these scopes and claims; what else the guard's profile needs is filled in.

        `audience` is the guard's own by default. A token of `age_seconds` was minted so long ago, and may have expired.
        Raises VocabularyError for a scope that the guard's vocabulary does not know, and TokenError if the profile
        does not permit such a token or does not read the scopes from it.
        """
        policy, profile = self.guard.policy, self.guard.policy.profile
        if len(policy.vocabulary):
            policy.vocabulary.check(scopes)
        by_key = self.key.issuer if profile.hint == profile.recipient else None
        chosen = {name: given for name in profile.requires if (given := value_at(claims, name)) is not None}
        clock = LessonClock(policy.clock.now() - age_seconds)
        issuer = Issuer(self.key, profile.requiring(chosen), audience or by_key or policy.audience, clock)
        token = issuer.mint(
            scopes, subject=subject, client_id=client_id, ttl_seconds=ttl_seconds,
            claims=self._filled(clock.now()) | claims,
        )  # fmt: skip
        if reason := profile.misfit(token.claims):
            raise TokenError(f"A token of profile {profile.name} must fit it; this one has {reason}.")
        if missing := sorted(set(scopes) - set(profile.scopes(token.claims))):
            rule = f"The scopes must be where the profile {profile.name} reads them"
            raise TokenError(f"{rule}; it does not find {missing[0]!r}. Pass the claims that it reads.")
        return token

    def _filled(self, now: float) -> dict[str, Any]:
        """A value for each claim that the profile needs and an issuer cannot know: a tenant, a repository."""
        profile = self.guard.policy.profile
        known = {"iss", "sub", "aud", "iat", "exp", *CLIENT_NAMES, profile.token_id}
        known |= {path if isinstance(path, str) else path[0] for path in profile.requires}
        needed = [name for name in (*profile.claims, *profile.in_issuer) if name not in known | {profile.recipient}]
        timed = {name for name in needed if name in TIME_NAMES or name.endswith("_time")}
        address = urlsplit(self.key.issuer or "")
        tenant = address.path.strip("/").split("/")[0] or address.netloc
        return {name: int(now) if name in timed else tenant if name in profile.in_issuer else "test" for name in needed}


class ThrowAwayKeys(KeySet):
    """Keys that a guard trusts in place of its own. When the last is dropped, every copy of the guard trusts none."""

    notice = ", TRUSTS A TEST KEY IN PLACE OF ITS OWN KEYS"

    def __init__(self, own: KeySet) -> None:
        self.own = own
        self._trusted: dict[str, Key] = {}

    def add(self, key: Key) -> None:
        """Trusts a key."""
        self._trusted[key.kid] = key

    def drop(self, key: Key) -> None:
        """Trusts a key no longer."""
        del self._trusted[key.kid]

    @property
    def version(self) -> object:
        """A value that changes when a key is added or dropped."""
        return (self, *self._trusted)

    def get(self, kid: str, *_: object, **__: object) -> Key | None:
        """The trusted key with this `kid`."""
        return self._trusted.get(kid)

    def of_issuer(self, issuer: object, *_: object, **__: object) -> tuple[Key, ...]:
        """The trusted keys of this issuer."""
        return tuple(key for key in self if key.issuer == issuer)

    def __iter__(self) -> Iterator[Key]:
        return iter(tuple(self._trusted.values()))

    def __len__(self) -> int:
        return len(self._trusted)


@checked()
@contextmanager
def signing_for(guard: Guard, *, issuer: str | None = None, outside_pytest: bool = False) -> Iterator[Mint]:
    """Lets a guard trust a throw-away key in place of its own keys, and yields a function that mints tokens with it.

    `issuer` says whose tokens they are, if the guard trusts several issuers. Blocks for one guard may be nested: then
    the guard trusts the keys of all of them. The log and the guard's `repr` name the state. After the block, the guard
    has its own keys again and has forgotten the tokens. Raises PolicyError outside pytest, so that no application in
    earnest is left in this state, unless `outside_pytest` is True.
    """
    if "PYTEST_CURRENT_TEST" not in os.environ and not outside_pytest:
        raise PolicyError("A throw-away key is for tests: use signing_for in a test of pytest, or outside_pytest=True.")
    keys = guard.policy.keys
    if not isinstance(keys, ThrowAwayKeys):
        keys = ThrowAwayKeys(keys)
    owner = _owner(keys.own, issuer)
    local = [part for part in _parts(keys.own) if not isinstance(part, RemoteKeySet) and part.speaks_for(owner)]
    alg = local[0].of_issuer(owner)[0].alg if local else REMOTE_ALGORITHM
    key = Key(f"test-{secrets.token_hex(8)}", _material(alg), alg, owner)
    keys.add(key)
    guard._obey(replace(guard.policy, keys=keys))
    logger().warning("%r, from now on. This is for tests only.", guard)
    try:
        yield Mint(guard, key)
    finally:
        keys.drop(key)
        guard._obey(replace(guard.policy, keys=keys if len(keys) else keys.own))


@cache
def _material(alg: str) -> bytes:
    """The material of this process's throw-away keys of one algorithm, because an RSA key takes long to make."""
    return Key.generate("test", alg).material


def _parts(keys: KeySet) -> list[KeySet]:
    """The key sets that were joined to this one, or the set itself."""
    joined = getattr(keys, "_sets", None)
    return [keys] if joined is None else [part for each in joined for part in _parts(each)]


def _owner(keys: KeySet, issuer: str | None) -> str | None:
    """The issuer that the throw-away key belongs to. Fetches no keys. Raises PolicyError if it is not clear."""
    owned = ([part.issuer] if isinstance(part, RemoteKeySet) else [key.issuer for key in part] for part in _parts(keys))
    known = list(dict.fromkeys(chain.from_iterable(owned)))
    names = ", ".join(map(repr, known))
    if issuer is None and (len(known) > 1 or "{" in (known[0] or "")):
        raise PolicyError(f"Pass the issuer to sign for, because the guard trusts several: {names}.")
    if issuer is not None and not keys.speaks_for(issuer):
        raise PolicyError(f"The issuer to sign for must be of {names}; found {shortened(issuer)}.")
    return known[0] if issuer is None else issuer
