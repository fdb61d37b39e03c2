"""What came of an attack."""

from __future__ import annotations

from dataclasses import dataclass, field

from scopekit.lab.attacks.attack import Attack
from scopekit.survey import Exchange


@dataclass(frozen=True, slots=True, repr=False)
class AttackResult:
    """An attack that was made: the last exchange of it, whether it got in, and which check, or rule, refused it.

    `without` are the checks that were off, or `rule`.
    """

    attack: Attack
    without: tuple[str, ...]
    exchange: Exchange = field(repr=False)
    gets_in: bool
    refused_by: str

    def __repr__(self) -> str:
        from scopekit.show import attack_text

        return attack_text(self)

    def _repr_html_(self) -> str:
        from scopekit.show import attack_html

        return attack_html(self)
