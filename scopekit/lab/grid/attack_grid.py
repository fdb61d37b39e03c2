"""The grid: attacks by checks, each cell made over HTTP: with the whole guard, and without each check in turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from scopekit.errors import LabError, shortened
from scopekit.lab.grid.arena import RULE, Arena
from scopekit.lab.grid.attack import Attack, AttackResult
from scopekit.ladder import CHECK_NAMES


@dataclass(frozen=True, slots=True)
class AttackRow:
    """One attack: with the whole guard, without each check in turn, and without all that stop it.

    `each` is empty for an attack that a rule stops. `none` is None where the kit keeps no API with that rule broken.
    """

    attack: Attack
    whole: AttackResult
    each: Mapping[str, AttackResult]
    none: AttackResult | None

    @property
    def alone(self) -> tuple[str, ...]:
        """The checks each of which is enough to be off for the attack to get in."""
        return tuple(name for name, result in self.each.items() if result.gets_in)


@dataclass(frozen=True, slots=True, repr=False)
class AttackGrid:
    """Attacks by checks. `checked` are those that checks stop, `ruled` those that only a rule does."""

    rows: tuple[AttackRow, ...]

    @classmethod
    def made(
        cls, arena: Arena, attacks: Sequence[Attack], progress: Callable[[int, int], None] | None = None
    ) -> AttackGrid:
        """The grid of these attacks, each made for real; `progress` is called with the rows made and their total."""
        rows = []
        for attack in attacks:
            rows.append(_row(arena, attack))
            if progress:
                progress(len(rows), len(attacks))
        return cls(tuple(rows))

    @property
    def checked(self) -> tuple[AttackRow, ...]:
        """The attacks that checks of the guard stop."""
        return tuple(row for row in self.rows if row.attack.checks)

    @property
    def ruled(self) -> tuple[AttackRow, ...]:
        """The attacks that no check stops, but a rule of the code."""
        return tuple(row for row in self.rows if row.attack.rule)

    def __getitem__(self, name: str) -> AttackRow:
        """The row of the attack of that name; LabError where there is none."""
        for row in self.rows:
            if row.attack.name == name:
                return row
        raise LabError(f"This grid has no attack {shortened(name)}.")

    def __repr__(self) -> str:
        from scopekit.lab.grid.look import attacks_text

        return attacks_text(self)

    def _repr_html_(self) -> str:
        from scopekit.lab.grid.look import attacks_html

        return attacks_html(self)


def _row(arena: Arena, attack: Attack) -> AttackRow:
    whole = arena.make(attack)
    each = {name: arena.make(attack, [name]) for name in CHECK_NAMES} if attack.checks else {}
    if attack.rule:
        return AttackRow(attack, whole, each, arena.make(attack, [RULE]) if attack.breaks else None)
    together = each[attack.checks[0]] if len(attack.checks) == 1 else arena.make(attack, attack.checks)
    return AttackRow(attack, whole, each, together)
