"""Attacks on scopes: a token that holds something like what the call needs."""

from __future__ import annotations

from sample_api.mounts import REPOS
from scopekit.audit import Exchange
from scopekit.lab.grid.attack import MODERN, TENANTS, Sent, attack, attack_on_rule
from scopekit.lab.grid.forging import flipped
from scopekit.lab.grid.scene import Scene


def actions(*names: str, on: str = "users") -> dict[str, dict[str, list[str]]]:
    """Scopes as a tenant's token has them: actions on a resource."""
    return {on: {"actions": list(names)}}


@attack("token without the scope", "scopes", source="RFC 6750 section 3.1")
def token_without_the_scope(scene: Scene) -> str:
    """Valid, and without the scope that the call needs."""
    vocabulary, notation = scene.guard.vocabulary, scene.guard.profile.notation
    other = next(name for name in vocabulary if scene.needed not in vocabulary.expand([name]))
    return scene.holding(notation.write([other]))


@attack("two scopes in one", "scopes", source="A4", scene=TENANTS)
def two_scopes_in_one(scene: Scene) -> str:
    """One scope with a space in it: joined and parted again, it has become two."""
    return scene.holding(actions("ping read"))


@attack("a comma between scopes", "scopes", source="A4", scene=MODERN)
def a_comma_between_scopes(scene: Scene) -> str:
    """One scope with a comma in it, for an API that parts at commas what the issuer parts at spaces."""
    return scene.holding(f"gist,{scene.needed}")


@attack("prefix match", "scopes", source="A5", scene=TENANTS)
def prefix_match(scene: Scene) -> str:
    """read:users_app_metadata, which begins with read:users."""
    return scene.holding(actions("read", on="users_app_metadata"))


@attack("substring match", "scopes", source="A6", scene=TENANTS)
def substring_match(scene: Scene) -> str:
    """spread:users, which has read:users within."""
    return scene.holding(actions("spread"))


@attack("case variant", "scopes", source="A7", scene=TENANTS)
def case_variant(scene: Scene) -> str:
    """Read:Users, for an API that compares without regard to case."""
    return scene.holding(actions("Read", on="Users"))


@attack("permissions taken for scope", "scopes", source="A8", scene=MODERN)
def permissions_taken_for_scope(scene: Scene) -> str:
    """What the user may do, in a claim beside the scope that says what this token may do."""
    return scene.holding("gist", permissions=[scene.needed])


@attack("wildcard scope", "scopes", source="A18", scene=TENANTS)
def wildcard_scope(scene: Scene) -> str:
    """Every action on everything, in a sign that some library may know."""
    return scene.holding(actions("*") | actions("*", "read", on="*"))


@attack("self-granting scope", "scopes", source="A14", scene=TENANTS)
def self_granting_scope(scene: Scene) -> str:
    """A token that may grant scopes grants one to its own application, and is used for it at once."""
    granting = scene.holding(actions("create", on="client_grants"))
    grant = {"client_id": "shop", "scope": [scene.needed]}
    scene.send(Sent((f"Bearer {granting}",), method="POST", path="/api/v2/client-grants", json=grant))
    return granting


@attack_on_rule(
    "oracle of scopes", "an answer names what a call needs to a token that is good, and to no other", source="A13",
    succeeds=lambda exchange: "user:email" in f"{exchange.headers} {exchange.text}",
)  # fmt: skip
def oracle_of_scopes(scene: Scene) -> str:
    """A token that is no good asks what the call needs, so that its scopes become known without one."""
    return flipped(scene.good)


def exchanged(scene: Scene, parent: object, **more: str) -> Sent:
    """The request that trades a token in for a narrower one."""
    kinds = "urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:token-type:access_token"
    fields = {"grant_type": kinds[0], "subject_token_type": kinds[1], "subject_token": str(parent)}
    return Sent((scene.basic,), method="POST", path="/oauth/token", form=fields | more)


@attack_on_rule("exchange that widens the scope", "a token only narrows", source="A10")
def exchange_wider_scope(scene: Scene) -> Sent:
    """A token for public_repo is traded in for one with all of repo."""
    return exchanged(scene, scene.given("public_repo"), scope="repo")


def outlives(exchange: Exchange) -> bool:
    """Whether the token that came out lives longer than the one that went in, which had 60 seconds."""
    return exchange.status == 200 and exchange.json["expires_in"] > 60


@attack_on_rule("exchange that widens the time", "a token only narrows", source="A10", succeeds=outlives)
def exchange_longer(scene: Scene) -> Sent:
    """A token that ends in a minute is traded in for one that lasts an hour."""
    return exchanged(scene, scene.given("public_repo", ttl_seconds=60))


@attack_on_rule("exchange that widens the audience", "a token only narrows", source="A10", scene=MODERN)
def exchange_other_audience(scene: Scene) -> Sent:
    """A token for the API under /modern is traded in for one for the whole of it."""
    return exchanged(scene, scene.given("public_repo"), audience=REPOS)
