"""Makes each attack over HTTP: first with all checks of the guard on, then with each check off in turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from scopekit.checks import CHECK_NAMES
from scopekit.display import Displayed
from scopekit.errors import LabError
from scopekit.lab.grid.arena import RULE, Arena
from scopekit.lab.grid.attack import Attack, AttackResult
from scopekit.wording import shortened


@dataclass(frozen=True, slots=True)
class AttackRow:
    """The results of one attack: with all checks on, with each check off in turn, and with all of `attack.checks` off.

    If a rule of the code stops the attack, `without_each` is empty. `without_all` is then the result with the rule
    broken, or None if the kit cannot break the rule.
    """

    attack: Attack
    whole: AttackResult
    without_each: Mapping[str, AttackResult]
    without_all: AttackResult | None

    @classmethod
    def made(cls, arena: Arena, attack: Attack) -> AttackRow:
        """Makes the attack several times, and returns the row of its results."""
        whole = arena.make(attack)
        if attack.rule:
            return cls(attack, whole, {}, arena.make(attack, [RULE]) if attack.breaks else None)
        without_each = {name: arena.make(attack, [name]) for name in CHECK_NAMES}
        without_all = without_each.get(" ".join(attack.checks)) or arena.make(attack, attack.checks)
        return cls(attack, whole, without_each, without_all)

    @property
    def alone(self) -> tuple[str, ...]:
        """The name of each check that lets the attack in when it is the only check that is off."""
        return tuple(name for name, result in self.without_each.items() if result.gets_in)


@dataclass(frozen=True, slots=True, repr=False)
class AttackGrid(Displayed):
    """The results of several attacks: a row for each attack, and a column for each check."""

    rows: tuple[AttackRow, ...]

    @classmethod
    def made(
        cls, arena: Arena, attacks: Sequence[Attack], progress: Callable[[int, int], None] | None = None
    ) -> AttackGrid:
        """Makes the attacks. Calls `progress` after each attack, with the number of finished attacks and the total."""
        rows = []
        for attack in attacks:
            rows.append(AttackRow.made(arena, attack))
            if progress:
                progress(len(rows), len(attacks))
        return cls(tuple(rows))

    @property
    def checked(self) -> tuple[AttackRow, ...]:
        """The rows of the attacks that the guard's checks stop."""
        return tuple(row for row in self.rows if row.attack.checks)

    @property
    def ruled(self) -> tuple[AttackRow, ...]:
        """The rows of the attacks that are stopped by a rule of the code, not by a check."""
        return tuple(row for row in self.rows if row.attack.rule)

    def __getitem__(self, name: str) -> AttackRow:
        """The row of the attack with this name. Raises LabError if the grid has no such attack."""
        for row in self.rows:
            if row.attack.name == name:
                return row
        raise LabError(f"This grid has no attack {shortened(name)}.")
