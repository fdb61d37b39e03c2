"""A scene: what an attacker has, and the call that they are after."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scopekit.audit import Exchange
from scopekit.errors import LabError
from scopekit.guard import Guard
from scopekit.keys import Key
from scopekit.lab.grid.attack import Sent
from scopekit.lab.grid.forging import Part, compact, plain
from scopekit.tokens import Token

if TYPE_CHECKING:
    from scopekit.issuer import Issuer

TAKEN_BACK = "taken-back"
"""The id of a token that was revoked."""
ELSEWHERE = "https://elsewhere.example/"
"""An issuer, and an API, that is not ours."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """What an attacker has: genuine tokens, and where they are a tenant a key of their own; and a call they want made.

    `good` is a genuine token with the scope that the call needs. `key` is the issuer's. At `/api/v2` it is that of
    `tenant_1`, who is the attacker, and mints whatever it likes; elsewhere it signs what the issuer itself gave out:
    a token for another API, an old one, one that was taken back. `client` is the attacker's own id and secret.
    `elsewhere` says that the API is another than the guard's, whose denylist is out of reach.
    """

    good: Token
    key: Key = field(repr=False)
    guard: Guard
    needed: str
    issuer: Issuer | None = None
    client: tuple[str, str] = field(default=("", ""), repr=False)
    reach: Callable[[Sent], Exchange] | None = field(default=None, repr=False)
    elsewhere: bool = False

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
        """Claims that nobody signed: another subject, with the scope that the call needs."""
        return self.claims | {"sub": "admin"}

    @property
    def now(self) -> int:
        """What the API's clock says."""
        return int(self.guard.clock.now())

    @property
    def basic(self) -> str:
        """The attacker's own id and secret, as a client shows them."""
        return f"Basic {b64encode(':'.join(self.client).encode()).decode()}"

    @property
    def public(self) -> bytes:
        """The API's public key, as text: everybody has it."""
        return self.key.public().material

    def signed(self, header: Json | None = None, **claims: Any) -> str:
        """The good token with these things changed, and signed; None leaves a claim out."""
        changed = self.claims | claims
        return self.sealed({name: value for name, value in changed.items() if value is not None}, header)

    def sealed(self, claims: Part, header: Json | None = None) -> str:
        """A token of just these claims, as an object, as text or as bytes, and signed."""
        return compact(self.header | (header or {}), claims, self.key)

    def holding(self, scopes: Any, **more: Any) -> str:
        """The good token with another value where its scopes are written, and signed."""
        return self.signed(**{self.guard.profile.notation.claim: scopes}, **more)

    def given(self, *scopes: str, ttl_seconds: int | None = None) -> Token:
        """A genuine token for these scopes, fresh from the issuer."""
        assert self.issuer is not None, "only a scene on a running API has an issuer"
        return self.issuer.mint(scopes, ttl_seconds=ttl_seconds)

    def revoked(self, token: Token, issuer: str = "") -> Token:
        """The token, once its id was taken back; that of another issuer's token where one is named."""
        self._take_back(issuer or str(self.key.issuer), token.claims["jti"])
        return token

    @property
    def taken_back(self) -> str:
        """The id of a token that the issuer has taken back."""
        self._take_back(str(self.key.issuer), TAKEN_BACK)
        return TAKEN_BACK

    def send(self, sent: Sent) -> Exchange:
        """A call on the way to the attack, made for real."""
        assert self.reach is not None, "only a scene on a running API can be called"
        return self.reach(sent)

    def _take_back(self, issuer: str, jti: str) -> None:
        if self.elsewhere:
            raise LabError("This attack needs a token that the API has taken back; on another API there is none.")
        self.guard.denylist.revoke(issuer, jti)
