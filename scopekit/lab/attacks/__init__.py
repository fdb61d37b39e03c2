"""The attacks: each a short function with a name, a sentence, and what stops it; made for real, on this machine alone.

One file for each kind, in the order in which a token is looked at.
"""

from __future__ import annotations

from difflib import get_close_matches

from scopekit.algorithms import algorithm
from scopekit.errors import KeyRefused, LabError, shortened
from scopekit.lab.attacks import claims, form, keys, revocation, scopes, signatures, tenants
from scopekit.lab.attacks.arena import Arena
from scopekit.lab.attacks.attack import PAIRS, Attack, Sent
from scopekit.lab.attacks.grid import AttackGrid
from scopekit.lab.attacks.result import AttackResult
from scopekit.lab.attacks.scene import Scene

KINDS = (form, keys, signatures, claims, tenants, revocation, scopes)

ATTACKS = {
    each.name: each for kind in KINDS for each in vars(kind).values() if isinstance(each, Attack)
}  # fmt: skip
"""Every attack by its name, in the order of its file."""


def attacks_here() -> tuple[Attack, ...]:
    """The attacks that can be made here: those on a key pair need the package cryptography."""
    try:
        algorithm("ES256").pyjwt()
    except KeyRefused:
        return tuple(each for each in ATTACKS.values() if each.scene != PAIRS)
    return tuple(ATTACKS.values())


def attack_named(name: str) -> Attack:
    """The attack of that name; LabError where there is none."""
    if name in ATTACKS:
        return ATTACKS[name]
    close = get_close_matches(str(name), ATTACKS, n=1)
    hint = f"did you mean {close[0]!r}?" if close else "lab.attacks() lists them all."
    raise LabError(f"There is no attack {shortened(name)}; {hint}")


__all__ = [
    "ATTACKS", "KINDS", "Arena", "Attack", "AttackGrid", "AttackResult", "Scene", "Sent", "attack_named",
    "attacks_here",
]  # fmt: skip
