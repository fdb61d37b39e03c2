"""The attack grid: each attack over HTTP, with the whole guard and without each check in turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from scopekit.checks import CHECK_NAMES
from scopekit.display import Displayed
from scopekit.errors import LabError, shortened
from scopekit.lab.grid.arena import RULE, Arena
from scopekit.lab.grid.attack import Attack, AttackResult


@dataclass(frozen=True, slots=True)
class AttackRow:
    """One attack: with the whole guard, without each check in turn, and without everything that stops it.

    For an attack that a rule stops, `without_each` is empty, and `without_all` is None if no API has that rule broken.
    """

    attack: Attack
    whole: AttackResult
    without_each: Mapping[str, AttackResult]
    without_all: AttackResult | None

    @classmethod
    def made(cls, arena: Arena, attack: Attack) -> AttackRow:
        """Makes the attack once for each cell of its row."""
        whole = arena.make(attack)
        if attack.rule:
            return cls(attack, whole, {}, arena.make(attack, [RULE]) if attack.breaks else None)
        without_each = {name: arena.make(attack, [name]) for name in CHECK_NAMES}
        without_all = without_each.get(" ".join(attack.checks)) or arena.make(attack, attack.checks)
        return cls(attack, whole, without_each, without_all)

    @property
    def alone(self) -> tuple[str, ...]:
        """The checks that let the attack in when only that one check is off."""
        return tuple(name for name, result in self.without_each.items() if result.gets_in)


@dataclass(frozen=True, slots=True, repr=False)
class AttackGrid(Displayed):
    """A table of attacks by checks."""

    rows: tuple[AttackRow, ...]

    @classmethod
    def made(
        cls, arena: Arena, attacks: Sequence[Attack], progress: Callable[[int, int], None] | None = None
    ) -> AttackGrid:
        """Makes these attacks; `progress` is called with the number of finished rows and the total."""
        rows = []
        for attack in attacks:
            rows.append(AttackRow.made(arena, attack))
            if progress:
                progress(len(rows), len(attacks))
        return cls(tuple(rows))

    @property
    def checked(self) -> tuple[AttackRow, ...]:
        """The attacks that checks of the guard stop."""
        return tuple(row for row in self.rows if row.attack.checks)

    @property
    def ruled(self) -> tuple[AttackRow, ...]:
        """The attacks that no check stops, but a rule of the code does."""
        return tuple(row for row in self.rows if row.attack.rule)

    def __getitem__(self, name: str) -> AttackRow:
        """The row of the attack of that name; LabError if there is none."""
        for row in self.rows:
            if row.attack.name == name:
                return row
        raise LabError(f"This grid has no attack {shortened(name)}.")
