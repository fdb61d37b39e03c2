"""Attacks on scopes: a token whose scopes resemble what the call needs, or grow."""

from __future__ import annotations

from scopekit.audit import Exchange
from scopekit.lab.grid.attack import MODERN, REPOS, TENANTS, AttackRequest, Scene, attack
from scopekit.lab.grid.forging import flipped


def actions(*names: str, on: str = "users") -> dict[str, dict[str, list[str]]]:
    """Scopes in a tenant's notation: actions on a resource."""
    return {on: {"actions": list(names)}}


@attack("token without the scope", "scopes", source="RFC 6750 section 3.1")
def token_without_the_scope(scene: Scene) -> str:
    """A valid token without the scope that the call needs."""
    vocabulary, notation = scene.guard.policy.vocabulary, scene.guard.policy.profile.notation
    other = next(name for name in vocabulary if scene.needed not in vocabulary.expand([name]))
    return scene.with_scopes(notation.write([other]))


@attack("two scopes in one", "scopes", source="A4", on=TENANTS)
def two_scopes_in_one(scene: Scene) -> str:
    """One scope with a space in it: joining and splitting makes two of it."""
    return scene.with_scopes(actions("ping read"))


@attack("a comma between scopes", "scopes", source="A4", on=MODERN)
def a_comma_between_scopes(scene: Scene) -> str:
    """One scope with a comma in it, for an API that splits at commas where the issuer splits at spaces."""
    return scene.with_scopes(f"gist,{scene.needed}")


@attack("prefix match", "scopes", source="A5", on=TENANTS)
def prefix_match(scene: Scene) -> str:
    """read:users_app_metadata, which begins with read:users."""
    return scene.with_scopes(actions("read", on="users_app_metadata"))


@attack("substring match", "scopes", source="A6", on=TENANTS)
def substring_match(scene: Scene) -> str:
    """spread:users, which contains read:users."""
    return scene.with_scopes(actions("spread"))


@attack("case variant", "scopes", source="A7", on=TENANTS)
def case_variant(scene: Scene) -> str:
    """Read:Users, for an API that ignores case when it compares."""
    return scene.with_scopes(actions("Read", on="Users"))


@attack("permissions taken for scope", "scopes", source="A8", on=MODERN)
def permissions_taken_for_scope(scene: Scene) -> str:
    """Permissions say what the user may do; the scope claim says what this token may do."""
    return scene.with_scopes("gist", permissions=[scene.needed])


@attack("wildcard scope", "scopes", source="A18", on=TENANTS)
def wildcard_scope(scene: Scene) -> str:
    """A wildcard for every action on everything, which some library may expand."""
    return scene.with_scopes(actions("*") | actions("*", "read", on="*"))


@attack("self-granting scope", "scopes", source="A14", on=TENANTS)
def self_granting_scope(scene: Scene) -> str:
    """A token that may grant scopes grants one to its own application, and is used for it at once."""
    granting = scene.with_scopes(actions("create", on="client_grants"))
    grant = {"client_id": "shop", "scope": [scene.needed]}
    scene.send(AttackRequest((f"Bearer {granting}",), method="POST", path="/api/v2/client-grants", json=grant))
    return granting


@attack("oracle of scopes", rule="only a valid token learns what a call needs", source="A13",
    succeeds=lambda exchange: "user:email" in f"{exchange.headers} {exchange.text}",
)  # fmt: skip
def oracle_of_scopes(scene: Scene) -> str:
    """A forged token asks what the call needs, so an attacker learns the scopes without a genuine one."""
    return flipped(scene.good)


def exchanged(scene: Scene, parent: object, **more: str) -> AttackRequest:
    """The request that exchanges a token for a narrower one."""
    kinds = "urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:token-type:access_token"
    fields = {"grant_type": kinds[0], "subject_token_type": kinds[1], "subject_token": str(parent)}
    return AttackRequest((scene.basic,), method="POST", path="/oauth/token", form=fields | more)


@attack("exchange that widens the scope", rule="a token only narrows", source="A10")
def exchange_wider_scope(scene: Scene) -> AttackRequest:
    """A token with public_repo is exchanged for one with all of repo."""
    return exchanged(scene, scene.minted("public_repo"), scope="repo")


def outlives(exchange: Exchange) -> bool:
    """Whether the new token lives longer than the old one, which had 60 seconds."""
    return exchange.status == 200 and exchange.json["expires_in"] > 60


@attack("exchange that widens the time", rule="a token only narrows", source="A10", succeeds=outlives)
def exchange_longer(scene: Scene) -> AttackRequest:
    """A token that ends in a minute is exchanged for one that lasts an hour."""
    return exchanged(scene, scene.minted("public_repo", ttl_seconds=60))


@attack("exchange that widens the audience", rule="a token only narrows", source="A10", on=MODERN)
def exchange_other_audience(scene: Scene) -> AttackRequest:
    """A token for the API under /modern is exchanged for one for the whole API."""
    return exchanged(scene, scene.minted("public_repo"), audience=REPOS.audience)
