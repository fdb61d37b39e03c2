"""The authorization server itself: which APIs it mints for, for whom, and what it makes of a token that it is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from starlette.concurrency import run_in_threadpool

from sample_api.oauth.clients import Registration
from sample_api.oauth.codes import Codes
from sample_api.oauth.protocol import Form, OAuthError, unavailable
from sample_api.schemas import Json
from sample_api.state import State
from scopekit.decision import Decision
from scopekit.errors import ScopeKitError, TokenError
from scopekit.guard import Guard
from scopekit.issuer import Issuer
from scopekit.keys import Key
from scopekit.revocation import MemoryDenylist
from scopekit.scopes import Scopes, Vocabulary
from scopekit.tokens import Token

T = TypeVar("T")


class Target(NamedTuple):
    """An API that tokens are minted for: who mints them, a guard as that API has one, and whose tokens it takes too."""

    issuer: Issuer
    guard: Guard
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """One authorization server for several APIs, by audience; the first is meant where none is named.

    A client in `registered` gets no more than it was registered for, and one that is not there gets nothing.
    """

    state: State
    targets: Mapping[str, Target]
    vocabulary: Vocabulary
    registered: Mapping[str, Registration]
    codes: Codes = field(default_factory=Codes)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def key(self) -> Key:
        """The key that signs."""
        return next(iter(self.state.keys))

    @property
    def issuer(self) -> str:
        """The server's own name: the `iss` of all that it signs."""
        return str(self.key.issuer)

    @property
    def public(self) -> frozenset[str]:
        """The clients that have no secret."""
        return frozenset(name for name, client in self.registered.items() if client.public)

    def audience(self, form: Form) -> str:
        """The API that `audience` or `resource` names (RFC 8693 section 2.1, RFC 8707); invalid_target otherwise."""
        named = {form[name] for name in ("audience", "resource") if name in form} or {next(iter(self.targets))}
        if len(named) == 1 and named <= self.targets.keys():
            return named.pop()
        raise OAuthError("invalid_target", f"The API is one of {' '.join(self.targets)}.")

    def scopes(self, asked: str) -> Scopes:
        """The scopes in a parameter's value, if the APIs know them all; invalid_scope otherwise."""
        try:
            return self.vocabulary.check(asked.split())
        except ScopeKitError as error:
            raise OAuthError("invalid_scope", str(error)) from None

    def refuse_beyond_registration(self, client: str, asked: Iterable[str]) -> None:
        """invalid_scope where a client was registered for less than it asks; unauthorized_client where for nothing."""
        if client not in self.registered:
            raise OAuthError("unauthorized_client", f"{client} is not registered for tokens of this API.")
        scopes = self.registered[client].scopes
        if scopes is not None and (beyond := sorted(set(asked) - self.vocabulary.expand(scopes))):
            raise OAuthError("invalid_scope", f"{client} is registered for {' '.join(scopes)}, not for {beyond[0]}.")

    def mint(
        self, audience: str, scopes: Scopes, *, client: str, subject: str, ttl_seconds: int | None = None, **claims: str
    ) -> Token:
        """An access token that says which client it was given to; TokenError becomes invalid_request."""
        issuer = self.targets[audience].issuer
        if "client_id" not in issuer.profile.claims:
            claims["client_id"] = client
        try:
            return issuer.mint(scopes, subject=subject, client_id=client, ttl_seconds=ttl_seconds, claims=claims)
        except TokenError as error:
            raise OAuthError("invalid_request", str(error)) from None

    def judge(self, text: str) -> Decision:
        """The decision over a token that was shown in a form; a denylist that fails is an OAuthError."""
        decision = self.guard_for(text).decide(f"Bearer {text}")
        if decision.status == 503:
            raise unavailable()
        return decision

    async def apart(self, work: Callable[[], T]) -> T:
        """What `work` returns. Where it may wait for a store it runs in a thread, and the others go on.

        One at a time does, so that what is good for one use is looked up and used up in one step.
        """
        if isinstance(self.state.denylist, MemoryDenylist):
            return work()
        async with self.turn:
            return await run_in_threadpool(work)

    def guard_for(self, text: str) -> Guard:
        """The guard of the API that a token names. Anyone could have written the name: the guard finds out."""
        try:
            named = Token.parse(text).claims.get("aud")
        except TokenError:
            named = None
        audience = named if isinstance(named, str) and named in self.targets else next(iter(self.targets))
        return self.targets[audience].guard


def issued(token: Token, **more: str) -> Json:
    """The answer that hands a token out (RFC 6749 section 5.1)."""
    claims = token.claims
    told = {"access_token": str(token), "token_type": "Bearer", "expires_in": claims["exp"] - claims["iat"]}
    return {**told, "scope": " ".join(token.scopes), **more}
