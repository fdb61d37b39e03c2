"""Attacks on type, audience and time: genuine tokens that were made for something else, or for another time.

Attacks between tenants and issuers: one of them speaks for another, or takes back what is another's.

Attacks on revocation: a token that was taken back is used even so.
"""

from __future__ import annotations

import math

from scopekit.lab.grid.attack import MODERN, PAIRS, TENANTS, Sent, attack, attack_on_rule
from scopekit.lab.grid.attacks_on_scopes import actions, exchanged
from scopekit.lab.grid.broken_states import copied_denylist, ids_alone
from scopekit.lab.grid.forging import compact, second_signature, under, written
from scopekit.lab.grid.scene import ELSEWHERE, Scene

# What it is, and for whom


@attack("ID token", "type", source="A9", scene=MODERN)
def id_token(scene: Scene) -> str:
    """From the same issuer, made to tell a client who the user is, and for no API."""
    other = "id_token+jwt" if "JWT" in scene.guard.profile.typ else "JWT"
    return scene.signed({"typ": other}, nonce="n-0S6")


@attack("ID token of a client", "type", "audience", "revocation", "scopes", source="A9", scene=MODERN)
def id_token_of_client(scene: Scene) -> str:
    """As OpenID Connect has it: the client is its audience, and it has neither an id nor scopes."""
    kept = {name: scene.claims[name] for name in ("iss", "sub", "iat", "exp")}
    return scene.sealed(kept | {"aud": "client-1", "nonce": "n-0S6"}, {"typ": "JWT"})


@attack("token for another API", "audience", source="RFC 8725 section 3.9")
def token_for_another_api(scene: Scene) -> str:
    """Its audience is not this one."""
    return scene.signed(aud=ELSEWHERE)


# When


@attack("expired token", "time", source="RFC 7519 section 4.1.4")
def expired_token(scene: Scene) -> str:
    """It ended an hour ago."""
    return scene.signed(iat=scene.now - 7200, exp=scene.now - 3600)


@attack("no exp", "time", source="RFC 9068 section 2.2", scene=TENANTS)
def no_exp(scene: Scene) -> str:
    """A tenant mints a token that never ends, and that no denylist can ever forget."""
    return scene.signed(exp=None)


@attack("exp as text", "time", source="RFC 7519 section 2", scene=TENANTS)
def exp_as_text(scene: Scene) -> str:
    """A time in quotes: compared with a number it is an error, and in some languages true."""
    return scene.signed(exp="9999999999")


@attack("exp NaN", "form", "time", source="RFC 8259 section 6", scene=TENANTS)
def exp_nan(scene: Scene) -> str:
    """Not a number: it is never less than now, so it never ends."""
    return scene.signed(exp=math.nan)


@attack("exp infinite", "form", "time", source="RFC 8259 section 6", scene=TENANTS)
def exp_infinite(scene: Scene) -> str:
    """A number above all others, written as a JSON number: 1e400."""
    return scene.sealed(written(scene.claims | {"exp": "1e400"}).replace('"1e400"', "1e400"))


@attack("iat negative", "time", source="RFC 7519 section 2", scene=TENANTS)
def iat_negative(scene: Scene) -> str:
    """Issued before 1970: what adds to it ends up where nobody looked."""
    return scene.signed(iat=-1)


@attack("exp in milliseconds", "time", source="RFC 7519 section 2", scene=TENANTS)
def exp_in_milliseconds(scene: Scene) -> str:
    """A thousand times too large: the token lives for 45,000 years."""
    return scene.signed(exp=(scene.now + 3600) * 1000)


@attack("exp of 4,000 digits", "time", source="CVE-2020-10735", scene=TENANTS)
def exp_of_4000_digits(scene: Scene) -> str:
    """A number that takes long to read, and that no calendar has."""
    return scene.signed(exp=10**4000 - 1)


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


@attack("revoked token", "revocation", source="RFC 7009 section 2")
def revoked_token(scene: Scene) -> str:
    """Its id is on the denylist."""
    return scene.signed(jti=scene.taken_back)


@attack("token without jti", "revocation", source="A15", scene=TENANTS)
def token_without_jti(scene: Scene) -> str:
    """A tenant mints a token that has no id, so that nobody can ever take it back."""
    return scene.signed(jti=None)


@attack("revoked token, padded", "form", "revocation", source="A16")
def revoked_token_padded(scene: Scene) -> str:
    """A revoked token in another spelling, which a list of texts or hashes does not have."""
    return f"{scene.revoked(scene.given(scene.needed))}="


@attack("revoked token, second signature", "revocation", source="A16", scene=PAIRS)
def revoked_token_second_signature(scene: Scene) -> str:
    """A revoked ES256 token under its other signature: s and n - s both verify, so the text is a new one."""
    token = scene.revoked(scene.given(scene.needed))
    return under(token, second_signature(token.signature))


@attack("child that outlives its parent", "revocation", source="A17")
def child_outlives_parent(scene: Scene) -> str:
    """A token is traded in for a narrower one, then taken back; the narrower one is used after that."""
    parent = scene.given(scene.needed)
    child = scene.send(exchanged(scene, parent)).json["access_token"]
    scene.revoked(parent)
    return str(child)


@attack_on_rule(
    "window of the revocation cache", "the denylist itself is asked, each time", source="A11", breaks=copied_denylist
)
def window_of_the_cache(scene: Scene) -> str:
    """A token is used in the minutes between its being taken back and the API's hearing of it."""
    return str(scene.revoked(scene.given(scene.needed)))
