"""Hints: one at a time, in order, and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopekit.errors import LabError
from scopekit.lab.live import Live

if TYPE_CHECKING:
    from scopekit.lab.world import Lab


class Hints(Live):
    """Texts that help, each a little more; `next()` gives one, and none can be had out of its turn."""

    VIEW = "HintsView"

    def __init__(self, *texts: str, lab: Lab | None = None, name: str = "") -> None:
        super().__init__(lab, name)
        self._texts = texts
        self.given = 0

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def shown(self) -> tuple[str, ...]:
        """The hints given so far."""
        return self._texts[: self.given]

    def next(self) -> str:
        """The next hint; LabError where all were given."""
        if self.given == len(self):
            raise LabError(f"There is no further hint; all {len(self)} were given.")
        self.given += 1
        self.changed()
        return self.shown[-1]

    def __repr__(self) -> str:
        from scopekit.show import hints_text

        return hints_text(self)

    def _repr_html_(self) -> str:
        from scopekit.show import hints_html

        return hints_html(self)
