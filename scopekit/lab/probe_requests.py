"""Telling requests: one with a good token, and for every check at least one that this check alone keeps out."""

from __future__ import annotations

from dataclasses import dataclass, field

from scopekit.guard import Guard
from scopekit.lab.grid.attack import Attack, Scene
from scopekit.lab.grid.attacks_on_claims import (
    another_issuers_name,
    expired_token,
    id_token,
    revoked_token,
    token_for_another_api,
    token_without_the_scope,
)
from scopekit.lab.grid.attacks_on_form import padding, token_in_the_address
from scopekit.lab.grid.attacks_on_keys import alg_none, embedded_jwk, one_flipped_bit, unverified_signature
from scopekit.tokens import Token

TELLING = (
    token_in_the_address, padding, embedded_jwk, alg_none, one_flipped_bit, unverified_signature, id_token,
    another_issuers_name, token_for_another_api, expired_token, revoked_token, token_without_the_scope,
)  # fmt: skip
"""The attacks that any token can be made into, whatever its API, in the order of the checks."""


@dataclass(frozen=True, slots=True)
class TellingRequest:
    """A request that tells something about a guard; `kept_out_by` is the one check without which it gets in.

    It is None for a good request, and for one that gets in through no check's absence.
    """

    name: str
    what: str
    kept_out_by: str | None
    authorization: str | None = field(repr=False)
    query_token: str | None = field(default=None, repr=False)
    good: bool = False


def telling_requests(token: Token, guard: Guard, needed: str) -> tuple[TellingRequest, ...]:
    """A good request with this token, and the bad ones made from it, in the order of the checks.

    `needed` is the scope that the call needs; the lab's own key signs what only a holder of it could have signed.
    """
    key = next(key for key in guard.policy.keys if key.kid == token.header["kid"])
    scene = Scene(token, key, guard, needed)
    return (
        TellingRequest("the good token", "as the issuer gave it", None, f"Bearer {token}", good=True),
        TellingRequest("no token at all", "there is nothing to let in", None, None),
        *(_telling(attack, scene) for attack in TELLING),
    )


def _telling(attack: Attack, scene: Scene) -> TellingRequest:
    sent = attack.request(scene)
    authorization = sent.authorization[0] if sent.authorization else None
    return TellingRequest(attack.name, attack.sentence, attack.check, authorization, sent.query_token)
