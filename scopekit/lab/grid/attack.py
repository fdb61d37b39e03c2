"""An attack: the attacked call, what the attacker has, what the attacker sends, and the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sample_api import mounts
from sample_api.mounts import Api
from sample_api.state import TENANTS as TENANT_NAMES
from sample_api.state import State
from scopekit.audit import Exchange
from scopekit.display import Displayed
from scopekit.errors import LabError
from scopekit.guard import Guard
from scopekit.issuer import Issuer
from scopekit.keys import Key
from scopekit.lab.grid.forging import Part, compact, plain
from scopekit.requirements import NO_SCOPE, Requirement
from scopekit.tokens import Token

Json = dict[str, Any]

REVOKED_ID = "revoked"
"""The id of a revoked token."""
ELSEWHERE = "https://elsewhere.example/"
"""A URL that names another issuer or another API."""


@dataclass(frozen=True, slots=True)
class AttackRequest:
    """What an attacker sends. An empty `method` or `path` stands for that of the attacked call.

    `authorization` has one value for each Authorization header. `form` or `json` is the body.
    """

    authorization: tuple[str, ...] = field(default=(), repr=False)
    query_token: str | None = field(default=None, repr=False)
    method: str = ""
    path: str = ""
    form: dict[str, str] | None = field(default=None, repr=False)
    json: Json | None = field(default=None, repr=False)


class AttackedCall(NamedTuple):
    """A call of the sample API, the target of attacks. `prefix` is the path of its API. The call needs `scope`."""

    name: str
    prefix: str
    audience: str
    api: Api
    path: str
    scope: str

    def requirement(self, request: AttackRequest) -> Requirement:
        """The scopes that the requested call needs, according to the API's table of calls."""
        asked = request.method or "GET", (request.path or self.path).removeprefix(self.prefix)
        cases = (each.cases[0].requirement for each in self.api.operations if (each.method, each.path) == asked)
        return next(cases, NO_SCOPE)


REPOS = AttackedCall("repos", "", mounts.REPOS, mounts.GITHUB_API, "/user/emails", "user:email")
PAIRS = REPOS._replace(name="pairs")
"""The same call as REPOS, but its tokens are signed with a key pair."""
MODERN = REPOS._replace(name="modern", prefix="/modern", audience=mounts.MODERN, path="/modern/user/emails")
TENANTS = AttackedCall("tenants", "/api/v2", TENANT_NAMES[0], mounts.AUTH0_API, "/api/v2/users", "read:users")


@dataclass(frozen=True, slots=True)
class Scene:
    """What an attacker has: genuine tokens and, if the attacker is a tenant, the tenant's own key.

    `good` is a genuine token with the scope that the call needs. `key` is the issuer's key. At `/api/v2`, the issuer is
    the attacker, `tenant_1`, who can mint any token. Elsewhere, an attack signs with `key` only tokens that the issuer
    might really hand out, such as an expired token. `client` is the attacker's own id and secret. `foreign` means that
    the attacked API is given by its URL, so the Lab cannot revoke tokens there.
    """

    good: Token
    key: Key = field(repr=False)
    guard: Guard
    needed: str
    issuer: Issuer | None = None
    client: tuple[str, str] = field(default=("", ""), repr=False)
    reach: Callable[[AttackRequest], Exchange] | None = field(default=None, repr=False)
    foreign: bool = False

    @property
    def header(self) -> Json:
        """The header of the good token."""
        return dict(self.good.header)

    @property
    def claims(self) -> Json:
        """The claims of the good token."""
        return {name: plain(value) for name, value in self.good.claims.items()}

    @property
    def forged(self) -> Json:
        """The good token's claims with another subject. No key has signed these claims."""
        return self.claims | {"sub": "admin"}

    @property
    def now(self) -> int:
        """The time on the API's clock."""
        return int(self.guard.policy.clock.now())

    def signed(self, header: Json | None = None, **claims: Any) -> str:
        """The good token, signed again with the changes in `header` and `claims`. A claim that is None is removed."""
        changed = self.claims | claims
        return self.sealed({name: value for name, value in changed.items() if value is not None}, header)

    def sealed(self, claims: Part, header: Json | None = None) -> str:
        """A signed token with exactly these claims, given as an object, text or bytes."""
        return compact(self.header | (header or {}), claims, self.key)

    def with_scopes(self, scopes: Any, **more: Any) -> str:
        """The good token, signed again with another value in its scopes claim."""
        return self.signed(**{self.guard.policy.profile.notation.claim: scopes}, **more)

    def minted(self, *scopes: str, ttl_seconds: int | None = None) -> Token:
        """Mints a genuine token with these scopes."""
        assert self.issuer is not None, "only a scene on a running API has an issuer"
        return self.issuer.mint(scopes, ttl_seconds=ttl_seconds)

    def revoked(self, token: Token, issuer: str = "") -> Token:
        """Revokes a token's id in the name of `issuer`, by default the owner of `key`. Returns the token."""
        self.revoke(token.claims["jti"], issuer)
        return token

    def revoke(self, jti: str = REVOKED_ID, issuer: str = "") -> str:
        """Revokes an id in the name of `issuer`, by default the owner of `key`. Returns the id."""
        if self.foreign:
            raise LabError("This attack needs a revoked token; the Lab cannot revoke one in an API given by its URL.")
        self.guard.policy.denylist.revoke(issuer or str(self.key.issuer), jti)
        return jti

    def send(self, request: AttackRequest) -> Exchange:
        """Sends a request that prepares the attack. Returns the exchange of request and response."""
        assert self.reach is not None, "only a scene on a running API can be called"
        return self.reach(request)


Forge = Callable[[Scene], str | AttackRequest]
Break = Callable[[State], State]


def lets_in(exchange: Exchange) -> bool:
    """Whether the API carried out the request."""
    return 200 <= exchange.status < 300


@dataclass(frozen=True, slots=True)
class Attack:
    """An attack, whose request `forge` makes. The attack gets in only if all of `checks` are off.

    If the guard has no check that stops the attack, `rule` is a sentence about the code that stops it. `breaks`, if
    given, makes a state of the API in which that rule is broken. `succeeds` says whether the attack reached its goal.
    `source` is a CVE, a section of a standard, or the attack's name in the kit's own list.
    """

    name: str
    checks: tuple[str, ...]
    source: str
    forge: Forge = field(repr=False)
    call: AttackedCall = REPOS
    rule: str = ""
    breaks: Break | None = field(default=None, repr=False)
    succeeds: Callable[[Exchange], bool] = field(default=lets_in, repr=False)

    @property
    def sentence(self) -> str:
        """What the attack does and gains: the first paragraph of its function's docstring."""
        return " ".join((self.forge.__doc__ or "").partition("\n\n")[0].split()).removesuffix(".")

    @property
    def check(self) -> str:
        """What stops the attack: the names of its checks, or its rule."""
        return self.rule or " and ".join(self.checks)

    def request(self, scene: Scene) -> AttackRequest:
        """The request to send. If `forge` returns text, the text is sent as a Bearer token."""
        forged = self.forge(scene)
        return AttackRequest((f"Bearer {forged}",)) if isinstance(forged, str) else forged

    @property
    def __wrapped__(self) -> Forge:
        """The function `forge`, so that `??` shows its source."""
        return self.forge

    def __repr__(self) -> str:
        return f"<attack {self.name!r}: {self.sentence}; stopped by {self.check} ({self.source})>"


def attack(
    name: str, *checks: str, source: str, on: AttackedCall = REPOS, rule: str = "", breaks: Break | None = None,
    succeeds: Callable[[Exchange], bool] = lets_in,
) -> Callable[[Forge], Attack]:  # fmt: skip
    """Turns a function into an Attack that gets in if all `checks` are off, or if the `rule` is broken."""
    return lambda forge: Attack(name, checks, source, forge, on, rule, breaks, succeeds)


@dataclass(frozen=True, slots=True, repr=False)
class AttackResult(Displayed):
    """The result of an attack: the last request with its response, whether the attack got in, and what refused it.

    `without` lists the checks that were off. If the rule was broken instead, `without` holds the word `rule`.
    """

    attack: Attack
    without: tuple[str, ...]
    exchange: Exchange = field(repr=False)
    gets_in: bool
    refused_by: str
