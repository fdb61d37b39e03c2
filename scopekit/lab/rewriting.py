"""A rewriting: one token in two shapes, and line by line what differs, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from scopekit.lab.diff import TokenDiff, Verdict
from scopekit.tokens import Token

_CHANGES: dict[Verdict, str] = {
    "only in the first": "removed", "only in the second": "added", "changed": "changed", "same": "same",
}  # fmt: skip


class Line(NamedTuple):
    """One name in the header or the claims, and what became of it: `added`, `removed`, `changed` or `same`."""

    part: str
    name: str
    change: str
    before: object
    after: object


@dataclass(frozen=True, slots=True, repr=False)
class Rewriting:
    """The same scopes in two shapes, named `shape` and `other`: a token in the one, and as it is in the other."""

    shape: str
    other: str
    before: Token
    after: Token

    @property
    def lines(self) -> tuple[Line, ...]:
        """A line for each name in either header and either set of claims, in their order."""
        found = TokenDiff(self.before, self.after).differences
        return tuple(Line(each.part, each.name, _CHANGES[each.verdict], each.one, each.other) for each in found)

    @property
    def differences(self) -> tuple[Line, ...]:
        """The lines in which the two differ."""
        return tuple(line for line in self.lines if line.change != "same")

    def __repr__(self) -> str:
        from scopekit.show import rewriting_text

        return rewriting_text(self)

    def _repr_html_(self) -> str:
        from scopekit.show import rewriting_html

        return rewriting_html(self)
