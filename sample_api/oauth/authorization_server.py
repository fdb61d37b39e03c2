"""The authorization server. It knows its APIs, its clients, and the codes that it has issued."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from sample_api.oauth.protocol import Form, OAuthError, basic_credentials, unavailable
from sample_api.schemas import Json
from sample_api.state import EXPLORER, GALLERY, REPORTER, State
from scopekit.decision import Decision
from scopekit.errors import ScopeKitError, TokenError
from scopekit.guard import Guard
from scopekit.issuer import Issuer
from scopekit.keys import Key
from scopekit.scopes import Scopes, Vocabulary
from scopekit.stores.memory import MemoryDenylist
from scopekit.tokens import Token
from scopekit.wording import one_of

T = TypeVar("T")

CODE_SECONDS = 60
MOST_CODES = 1000


class Target(NamedTuple):
    """An API as the server knows it: its issuer of tokens, a guard like its own, and other issuers that it trusts."""

    issuer: Issuer
    guard: Guard
    others: tuple[str, ...] = ()


class Registration(NamedTuple):
    """A registered client: its scopes, and the addresses that users may be sent to. A public client has no secret."""

    scopes: tuple[str, ...] | None
    redirect_uris: tuple[str, ...] = ()
    public: bool = False


NOBODY = Registration(scopes=())
ANY = None
"""The `scopes` of a client that may ask for any scope."""

REGISTERED: Mapping[str, Registration] = {
    EXPLORER: Registration(ANY),
    REPORTER: Registration(scopes=("public_repo", "read:user", "read:org")),
    GALLERY: Registration(ANY, redirect_uris=("http://127.0.0.1:8642/callback",), public=True),
}
"""The clients. `gallery` is public: it runs on the user's own machine, where it cannot keep a secret."""


@dataclass(slots=True)
class Code:
    """What a user allowed with a code (RFC 6749 section 4.1.2). `token` is None until the code is used."""

    client: str
    redirect_uri: str
    challenge: str
    audience: str
    subject: str
    scopes: Scopes
    nonce: str | None
    expires_at: float
    token: Token | None = None

    @property
    def forget_at(self) -> float:
        """When the server may forget the code: when its token expires or, without a token, when the code expires."""
        return float(self.token.claims["exp"]) if self.token else self.expires_at


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """One authorization server for several APIs. If a request names no audience, the first API in `targets` is meant.

    A client in `registered` gets only the scopes that it was registered for, and any other client gets no token. Codes
    are kept only in memory: after a restart, a client has to ask for a new code.
    """

    state: State
    targets: Mapping[str, Target]
    vocabulary: Vocabulary
    registered: Mapping[str, Registration]
    codes: dict[str, Code] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def key(self) -> Key:
        """The server's signing key."""
        return next(iter(self.state.keys))

    @property
    def issuer(self) -> str:
        """The server's own name: the `iss` of all tokens that it signs."""
        return str(self.key.issuer)

    def authenticate(self, request: Request, form: Form, *, public: bool = False) -> str:
        """Returns the id of the client, authenticated by HTTP Basic or in the form (RFC 6749 section 2.3).

        With `public`, a client that is registered without a secret needs only its id. Raises invalid_client if
        authentication fails, and invalid_request if the client authenticates in two ways.
        """
        if len(request.headers.getlist("authorization")) + ("client_secret" in form) > 1:
            raise OAuthError("invalid_request", "The client must authenticate in one way, not in two.")
        name, secret = basic_credentials(request) or (form.get("client_id", ""), form.get("client_secret"))
        if form.get("client_id", name) != name:
            raise OAuthError("invalid_request", "The client_id differs from the one in the Authorization header.")
        if public and secret is None and name not in self.state.clients and self.registered.get(name, NOBODY).public:
            return name
        expected = self.state.clients.get(name, "")
        if expected and hmac.compare_digest(expected.encode(), (secret or "").encode()):
            return name
        raise OAuthError("invalid_client", "The client's id or secret is wrong.", 401)

    def audience(self, form: Form) -> str:
        """Returns the API that the form names (RFC 8693 section 2.1, RFC 8707), or raises invalid_target."""
        names = {form[name] for name in ("audience", "resource") if name in form} or {next(iter(self.targets))}
        if len(names) == 1 and names <= self.targets.keys():
            return names.pop()
        raise OAuthError("invalid_target", one_of("The audience", " and ".join(sorted(names)), self.targets))

    def scopes(self, text: str) -> Scopes:
        """Returns the scopes in a parameter's value. Raises invalid_scope if the vocabulary lacks one of them."""
        try:
            return self.vocabulary.check(text.split())
        except ScopeKitError as error:
            raise OAuthError("invalid_scope", str(error)) from None

    def refuse_beyond_registration(self, client: str, wanted: Iterable[str]) -> None:
        """Raises unauthorized_client if `client` is unregistered, and invalid_scope if `wanted` exceeds its scopes."""
        if client not in self.registered:
            raise OAuthError("unauthorized_client", f"{client} is not registered for tokens of this API.")
        scopes = self.registered[client].scopes
        if scopes is not None and (beyond := sorted(set(wanted) - self.vocabulary.expand(scopes))):
            raise OAuthError("invalid_scope", f"{client} is registered for {' '.join(scopes)}, not for {beyond[0]}.")

    def mint(
        self, audience: str, scopes: Scopes, *, client: str, subject: str, ttl_seconds: int | None = None, **claims: Any
    ) -> Token:
        """Mints an access token with the client's id in `client_id`. A TokenError is raised as invalid_request."""
        issuer = self.targets[audience].issuer
        if "client_id" not in issuer.profile.claims:
            claims["client_id"] = client
        try:
            return issuer.mint(scopes, subject=subject, client_id=client, ttl_seconds=ttl_seconds, claims=claims)
        except TokenError as error:
            raise OAuthError("invalid_request", str(error)) from None

    def keep(self, text: str, code: Code, now: float) -> None:
        """Stores a new code, and drops the codes that may be forgotten. If too many are left, drops the oldest."""
        for each in [each for each, other in self.codes.items() if now >= other.forget_at]:
            del self.codes[each]
        while len(self.codes) >= MOST_CODES:
            del self.codes[next(iter(self.codes))]
        self.codes[text] = code

    def revoke(self, token: Token) -> bool:
        """Puts a token on the denylist until the token expires, and says whether it was not there before.

        A one-time token is used by the one request, of all processes, that gets True.
        """
        claims = token.claims
        return self.state.denylist.revoke(claims["iss"], claims["jti"], claims["exp"])

    def decide(self, text: str) -> Decision:
        """Returns the guard's decision about a token. Raises an OAuthError if the denylist does not answer."""
        return available(self.guard_for(text).decide(f"Bearer {text}"))

    def guard_for(self, text: str) -> Guard:
        """Returns the guard of the API in the token's `aud`. Nobody has verified the token yet; that guard will."""
        try:
            named = Token.parse(text).claims.get("aud")
        except TokenError:
            named = None
        audience = named if isinstance(named, str) and named in self.targets else next(iter(self.targets))
        return self.targets[audience].guard

    async def in_turn(self, work: Callable[[], T]) -> T:
        """Runs `work` and returns the result. Uses a thread if the denylist may be slow, so that other requests go on.

        Only one `work` runs at a time: two at once could both find the same code unused.
        """
        if isinstance(self.state.denylist, MemoryDenylist):
            return work()
        async with self.lock:
            return await run_in_threadpool(work)


def available(decision: Decision) -> Decision:
    """Returns `decision`. Raises an OAuthError if it is 503: the denylist did not answer."""
    if decision.status == 503:
        raise unavailable()
    return decision


def issued(token: Token, **more: str) -> Json:
    """The JSON of a response that hands out a token (RFC 6749 section 5.1)."""
    claims = token.claims
    body = {"access_token": str(token), "token_type": "Bearer", "expires_in": int(claims["exp"] - claims["iat"])}
    return {**body, "scope": " ".join(token.scopes), **more}
