"""Attacks with genuine tokens that are for another use, time or tenant, are revoked, or lack the required scope."""

from __future__ import annotations

import math
from base64 import b64encode

from scopekit.audit import Exchange
from scopekit.lab.grid.attack import ELSEWHERE, MODERN, PAIRS, REPOS, TENANTS, AttackRequest, Scene, attack
from scopekit.lab.grid.broken_states import copied_denylist, ids_alone
from scopekit.lab.grid.forging import compact, flipped, json_text, second_signature, with_signature


def actions(*names: str, on: str = "users") -> dict[str, dict[str, list[str]]]:
    """A scopes claim in the notation of the tenants' API: these actions on one resource."""
    return {on: {"actions": list(names)}}


def exchanged(scene: Scene, parent: object, **more: str) -> AttackRequest:
    """The request that asks the server to exchange the token `parent` for a token with fewer rights."""
    kinds = "urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:token-type:access_token"
    fields = {"grant_type": kinds[0], "subject_token_type": kinds[1], "subject_token": str(parent)}
    basic = f"Basic {b64encode(':'.join(scene.client).encode()).decode()}"
    return AttackRequest((basic,), method="POST", path="/oauth/token", form=fields | more)


# Type and audience
@attack("ID token", "type", source="A9", on=MODERN)
def id_token(scene: Scene) -> str:
    """A token from the same issuer that tells a client who the user is, and is meant for no API."""
    other = "id_token+jwt" if "JWT" in scene.guard.policy.profile.typ else "JWT"
    return scene.signed({"typ": other}, nonce="n-0S6")


@attack("ID token of a client", "type", "audience", "revocation", "scopes", source="A9", on=MODERN)
def id_token_of_client(scene: Scene) -> str:
    """An ID token in the form of OpenID Connect. The audience is the client, and there is neither an id nor a scope."""
    claims = {name: scene.claims[name] for name in ("iss", "sub", "iat", "exp")}
    return scene.sealed(claims | {"aud": "client-1", "nonce": "n-0S6"}, {"typ": "JWT"})


@attack("token for another API", "audience", source="RFC 8725 section 3.9")
def token_for_another_api(scene: Scene) -> str:
    """Its audience is another API."""
    return scene.signed(aud=ELSEWHERE)


# Time
@attack("expired token", "time", source="RFC 7519 section 4.1.4")
def expired_token(scene: Scene) -> str:
    """It ended an hour ago."""
    return scene.signed(iat=scene.now - 7200, exp=scene.now - 3600)


@attack("no exp", "time", source="RFC 9068 section 2.2", on=TENANTS)
def no_exp(scene: Scene) -> str:
    """A tenant mints a token that never expires. If the token is revoked, the denylist must keep its id forever."""
    return scene.signed(exp=None)


@attack("exp as text", "time", source="RFC 7519 section 2", on=TENANTS)
def exp_as_text(scene: Scene) -> str:
    """The expiry time (exp) is a text. Some languages refuse to compare it with a number, and others let it pass."""
    return scene.signed(exp="9999999999")


@attack("exp NaN", "form", "time", source="RFC 8259 section 6", on=TENANTS)
def exp_nan(scene: Scene) -> str:
    """The expiry time is NaN (not a number). NaN is never less than the current time, so the token never expires."""
    return scene.signed(exp=math.nan)


@attack("exp infinite", "form", "time", source="RFC 8259 section 6", on=TENANTS)
def exp_infinite(scene: Scene) -> str:
    """The expiry time is the JSON number 1e400, which is read as infinity."""
    return scene.sealed(json_text(scene.claims | {"exp": "1e400"}).replace('"1e400"', "1e400"))


@attack("iat negative", "time", source="RFC 7519 section 2", on=TENANTS)
def iat_negative(scene: Scene) -> str:
    """The token says that it was issued before 1970. The time of issue plus a maximum age is then in the past."""
    return scene.signed(iat=-1)


@attack("exp in milliseconds", "time", source="RFC 7519 section 2", on=TENANTS)
def exp_in_milliseconds(scene: Scene) -> str:
    """The expiry time is in milliseconds. It is a thousand times too large, so the token lives for 45,000 years."""
    return scene.signed(exp=(scene.now + 3600) * 1000)


@attack("exp of 4,000 digits", "time", source="CVE-2020-10735", on=TENANTS)
def exp_of_4000_digits(scene: Scene) -> str:
    """The expiry time has 4,000 digits. The number takes long to parse, and lies beyond any calendar."""
    return scene.signed(exp=10**4000 - 1)


# Tenants and issuers


OTHER = "tenant_2"
"""The victim. The attacker is `tenant_1`."""


@attack("another issuer's name", "issuer", source="RFC 8725 section 3.8")
def another_issuers_name(scene: Scene) -> str:
    """Signed with this issuer's key, in the name of another issuer."""
    return scene.signed(iss=ELSEWHERE)


@attack("cross-tenant replay", "issuer", source="A1", on=TENANTS)
def cross_tenant_replay(scene: Scene) -> str:
    """A tenant signs a token with its own key, but names another tenant in the token, to read that tenant's users."""
    return scene.signed(aud=OTHER)


@attack("key looked up by an unverified aud", "signature", source="A3", on=TENANTS)
def key_by_unverified_aud(scene: Scene) -> str:
    """The token has no kid, and its aud names a tenant that did not sign it. The API tries the named tenant's key."""
    header = {name: value for name, value in scene.header.items() if name != "kid"}
    return compact(header, scene.claims | {"aud": OTHER}, scene.key)


@attack("revoked token in another's name", "issuer", "revocation", source="A2", on=TENANTS)
def revoked_in_anothers_name(scene: Scene) -> str:
    """A revoked token names another tenant, which has never revoked a token with this id."""
    return scene.signed(aud=OTHER, jti=scene.revoke())


@attack("jti collision between tenants", rule="a revocation names an issuer and an id", source="A2", on=TENANTS,
    breaks=ids_alone, succeeds=lambda exchange: exchange.status == 401,
)  # fmt: skip
def jti_collision(scene: Scene) -> str:
    """Two tenants use the same token id. If one tenant revokes the id, the other tenant's token must still work."""
    return str(scene.revoked(scene.minted(scene.needed), issuer=OTHER))


def revocation(text: str, **body: str) -> AttackRequest:
    """A request to revoke one of the victim's tokens. The request carries the token `text`."""
    body |= {"jti": "a token of theirs"}
    return AttackRequest((f"Bearer {text}",), method="POST", path="/api/v2/blacklists/tokens", json=body)


@attack("revoker across tenants", "issuer", source="A12", on=TENANTS)
def revoker_across_tenants(scene: Scene) -> AttackRequest:
    """To revoke another tenant's tokens, a tenant signs a token in the name of that tenant."""
    return revocation(scene.with_scopes(actions("blacklist", on="tokens"), aud=OTHER))


@attack("revoker names another tenant", rule="a tenant revokes its own tokens only", source="A12", on=TENANTS)
def revoker_names_another(scene: Scene) -> AttackRequest:
    """To revoke another tenant's tokens, a tenant uses its own token, and names that tenant in the request body."""
    return revocation(scene.with_scopes(actions("blacklist", on="tokens")), aud=OTHER)


# Revocation
@attack("revoked token", "revocation", source="RFC 7009 section 2")
def revoked_token(scene: Scene) -> str:
    """Its id is on the denylist."""
    return scene.signed(jti=scene.revoke())


@attack("token without jti", "revocation", source="A15", on=TENANTS)
def token_without_jti(scene: Scene) -> str:
    """A tenant mints a token without an id, so nobody can ever revoke it."""
    return scene.signed(jti=None)


@attack("revoked token, padded", "form", "revocation", source="A16")
def revoked_token_padded(scene: Scene) -> str:
    """A revoked token with = added at the end. A denylist of token texts or hashes does not contain this spelling."""
    return f"{scene.revoked(scene.minted(scene.needed))}="


@attack("revoked token, second signature", "revocation", source="A16", on=PAIRS)
def revoked_token_second_signature(scene: Scene) -> str:
    """Each ES256 signature has a second valid form (n - s for s). With this form, a revoked token has a new text."""
    token = scene.revoked(scene.minted(scene.needed))
    return with_signature(token, second_signature(token.signature))


@attack("child that outlives its parent", "revocation", source="A17")
def child_outlives_parent(scene: Scene) -> str:
    """A token is exchanged for a narrower one and then revoked; the narrower one is used after that."""
    parent = scene.minted(scene.needed)
    child = scene.send(exchanged(scene, parent)).json["access_token"]
    scene.revoked(parent)
    return str(child)


@attack(
    "window of the revocation cache", rule="each request asks the denylist itself", source="A11", breaks=copied_denylist
)  # fmt: skip
def window_of_the_cache(scene: Scene) -> str:
    """A revoked token is used in the minutes before the API learns of the revocation."""
    return str(scene.revoked(scene.minted(scene.needed)))


# Scopes
@attack("token without the scope", "scopes", source="RFC 6750 section 3.1")
def token_without_the_scope(scene: Scene) -> str:
    """A valid token without the scope that the call needs."""
    vocabulary, notation = scene.guard.policy.vocabulary, scene.guard.policy.profile.notation
    other = next(name for name in vocabulary if scene.needed not in vocabulary.expand([name]))
    return scene.with_scopes(notation.write([other]))


@attack("two scopes in one", "scopes", source="A4", on=TENANTS)
def two_scopes_in_one(scene: Scene) -> str:
    """One scope contains a space. An API that joins scopes with spaces and splits the text again finds two scopes."""
    return scene.with_scopes(actions("ping read"))


@attack("a comma between scopes", "scopes", source="A4", on=MODERN)
def a_comma_between_scopes(scene: Scene) -> str:
    """One scope contains a comma. An API that splits scopes at commas, not at spaces, finds two scopes in it."""
    return scene.with_scopes(f"gist,{scene.needed}")


@attack("prefix match", "scopes", source="A5", on=TENANTS)
def prefix_match(scene: Scene) -> str:
    """The token has the scope read:users_app_metadata, which is not the required read:users but begins with it."""
    return scene.with_scopes(actions("read", on="users_app_metadata"))


@attack("substring match", "scopes", source="A6", on=TENANTS)
def substring_match(scene: Scene) -> str:
    """The token has the scope spread:users, which is not the required read:users but contains it."""
    return scene.with_scopes(actions("spread"))


@attack("case variant", "scopes", source="A7", on=TENANTS)
def case_variant(scene: Scene) -> str:
    """The token has the scope Read:Users. An API that ignores case takes this scope for the required read:users."""
    return scene.with_scopes(actions("Read", on="Users"))


@attack("permissions taken for scope", "scopes", source="A8", on=MODERN)
def permissions_taken_for_scope(scene: Scene) -> str:
    """The required scope is only in the permissions claim. That claim says what the user may do, not the token."""
    return scene.with_scopes("gist", permissions=[scene.needed])


@attack("wildcard scope", "scopes", source="A18", on=TENANTS)
def wildcard_scope(scene: Scene) -> str:
    """The scope is a wildcard for every action on every resource. A careless library may expand the wildcard."""
    return scene.with_scopes(actions("*") | actions("*", "read", on="*"))


@attack("self-granting scope", "scopes", source="A14", on=TENANTS)
def self_granting_scope(scene: Scene) -> str:
    """A token that may grant scopes grants one to its own application, and makes the call that needs this scope."""
    granting = scene.with_scopes(actions("create", on="client_grants"))
    grant = {"client_id": "shop", "scope": [scene.needed]}
    scene.send(AttackRequest((f"Bearer {granting}",), method="POST", path="/api/v2/client-grants", json=grant))
    return granting


@attack("oracle of scopes", rule="a forged token learns no more than no token", source="A13",
    succeeds=lambda exchange: "user:email" in exchange.text,
)  # fmt: skip
def oracle_of_scopes(scene: Scene) -> str:
    """An attacker sends a forged token, to learn more from the refusal than a caller without a token learns."""
    return flipped(scene.good)


@attack("exchange that widens the scope", rule="a token only narrows", source="A10")
def exchange_wider_scope(scene: Scene) -> AttackRequest:
    """The attacker asks to exchange a token with the scope public_repo for a token with the wider scope repo."""
    return exchanged(scene, scene.minted("public_repo"), scope="repo")


def outlives(exchange: Exchange) -> bool:
    """Whether the new token lives longer than 60 seconds, the lifetime of the old one."""
    return exchange.status == 200 and exchange.json["expires_in"] > 60


@attack("exchange that widens the time", rule="a token only narrows", source="A10", succeeds=outlives)
def exchange_longer(scene: Scene) -> AttackRequest:
    """The attacker asks to exchange a token that ends in a minute for a token that lasts an hour."""
    return exchanged(scene, scene.minted("public_repo", ttl_seconds=60))


@attack("exchange that widens the audience", rule="a token only narrows", source="A10", on=MODERN)
def exchange_other_audience(scene: Scene) -> AttackRequest:
    """The attacker has a token for the API under /modern, and asks to exchange it for a token for the whole API."""
    return exchanged(scene, scene.minted("public_repo"), audience=REPOS.audience)
