"""A rewriting: one token in two shapes, and line by line what differs, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from scopekit.tokens import Claims, Token


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
        parts = (
            ("header", self.before.header, self.after.header),
            ("claims", self.before.claims, self.after.claims),
        )
        return tuple(line for part in parts for line in _lines(*part))

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


def _lines(part: str, before: Claims, after: Claims) -> list[Line]:
    names = dict.fromkeys((*before, *after))
    return [Line(part, name, _change(name, before, after), before.get(name), after.get(name)) for name in names]


def _change(name: str, before: Claims, after: Claims) -> str:
    if name not in before:
        return "added"
    if name not in after:
        return "removed"
    return "same" if before[name] == after[name] else "changed"
