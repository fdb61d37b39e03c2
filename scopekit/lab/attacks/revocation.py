"""Attacks on revocation: a token that was taken back is used even so."""

from __future__ import annotations

from scopekit.lab.attacks.attack import PAIRS, TENANTS, attack, attack_on_rule
from scopekit.lab.attacks.broken import copied_denylist
from scopekit.lab.attacks.forging import under
from scopekit.lab.attacks.recovery import second_signature
from scopekit.lab.attacks.scene import Scene
from scopekit.lab.attacks.scopes import exchanged


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
