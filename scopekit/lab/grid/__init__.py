"""The attacks of the lessons. An attack is a short function that really attacks an API, but only on this machine.

Each kind of attack has a file. `ATTACKS` holds all attacks, in the order in which a guard checks a token.
"""

from __future__ import annotations

from scopekit.algorithms import algorithm
from scopekit.errors import KeyRefused, LabError
from scopekit.lab.grid import attacks_on_claims, attacks_on_form, attacks_on_keys
from scopekit.lab.grid import look as look
from scopekit.lab.grid.arena import Arena
from scopekit.lab.grid.attack import PAIRS, Attack, AttackRequest, AttackResult, Scene
from scopekit.lab.grid.attack_grid import AttackGrid
from scopekit.wording import no_such

KINDS = (attacks_on_form, attacks_on_keys, attacks_on_claims)

ATTACKS = {each.name: each for kind in KINDS for each in vars(kind).values() if isinstance(each, Attack)}
"""Every attack by name, in the order of the files."""


def attacks_here() -> tuple[Attack, ...]:
    """The attacks that can run here. Attacks on a key pair can run only if the package cryptography is installed."""
    try:
        algorithm("ES256").pyjwt()
    except KeyRefused:
        return tuple(each for each in ATTACKS.values() if each.call is not PAIRS)
    return tuple(ATTACKS.values())


def attack_named(name: str) -> Attack:
    """The attack that is called `name`. Raises LabError if there is none."""
    if name in ATTACKS:
        return ATTACKS[name]
    raise LabError(no_such("There is no attack", name, ATTACKS, "lab.attacks() lists them all."))


__all__ = [
    "ATTACKS", "KINDS", "Arena", "Attack", "AttackGrid", "AttackRequest", "AttackResult", "Scene", "attack_named",
    "attacks_here",
]  # fmt: skip
