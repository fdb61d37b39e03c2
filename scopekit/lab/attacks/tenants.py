"""Attacks between tenants and issuers: one of them speaks for another, or takes back what is another's."""

from __future__ import annotations

from scopekit.lab.attacks.attack import TENANTS, Sent, attack, attack_on_rule
from scopekit.lab.attacks.broken import ids_alone
from scopekit.lab.attacks.forging import compact
from scopekit.lab.attacks.scene import ELSEWHERE, Scene
from scopekit.lab.attacks.scopes import actions

OTHER = "tenant_2"
"""The victim; the attacker is tenant_1."""


@attack("another issuer's name", "issuer", source="RFC 8725 section 3.8")
def another_issuers_name(scene: Scene) -> str:
    """Signed with this key, which that issuer does not own."""
    return scene.signed(iss=ELSEWHERE)


@attack("cross-tenant replay", "issuer", source="A1", scene=TENANTS)
def cross_tenant_replay(scene: Scene) -> str:
    """A tenant signs with its own key in the other's name, and would read the other's users."""
    return scene.signed(aud=OTHER)


@attack("key looked up by an unverified aud", "signature", source="A3", scene=TENANTS)
def key_by_unverified_aud(scene: Scene) -> str:
    """No kid, and the other's name: the API takes the other's key for it, which is no way in by itself."""
    header = {name: value for name, value in scene.header.items() if name != "kid"}
    return compact(header, scene.claims | {"aud": OTHER}, scene.key)


@attack("revoked token in another's name", "issuer", "revocation", source="A2", scene=TENANTS)
def revoked_in_anothers_name(scene: Scene) -> str:
    """A revoked token in the name of a tenant that revoked no such id."""
    return scene.signed(aud=OTHER, jti=scene.taken_back)


@attack_on_rule(
    "jti collision between tenants", "a revocation is of an issuer and an id", source="A2", scene=TENANTS,
    breaks=ids_alone, succeeds=lambda exchange: exchange.status == 401,
)  # fmt: skip
def jti_collision(scene: Scene) -> str:
    """The other tenant gives a token the id of one of this tenant's and takes it back: this one's would be gone too."""
    return str(scene.revoked(scene.given(scene.needed), issuer=OTHER))


@attack("revoker across tenants", "issuer", source="A12", scene=TENANTS)
def revoker_across_tenants(scene: Scene) -> Sent:
    """Who may take back its own tokens signs in the other's name, to take back the other's."""
    text = scene.holding(actions("blacklist", on="tokens"), aud=OTHER)
    return Sent((f"Bearer {text}",), method="POST", path="/api/v2/blacklists/tokens", json={"jti": "a token of theirs"})


@attack_on_rule("revoker names another tenant", "a tenant takes back its own tokens", source="A12", scene=TENANTS)
def revoker_names_another(scene: Scene) -> Sent:
    """Who may take back its own tokens signs in its own name, and puts the other's into the body."""
    text = scene.holding(actions("blacklist", on="tokens"))
    body = {"aud": OTHER, "jti": "a token of theirs"}
    return Sent((f"Bearer {text}",), method="POST", path="/api/v2/blacklists/tokens", json=body)
