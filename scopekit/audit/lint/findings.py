"""Rules and their findings. A finding is one place where a rule is broken."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from scopekit.audit.token_facts import Place
from scopekit.display import Displayed

Severity = Literal["error", "warning", "note"]
Kind = Literal["token", "guard", "guards", "document"]

NOUNS = ("a ", "an ", "the number ", "the text ", "text ", "empty text", "null", "true", "false")
"""How the words for a value begin, which can follow "is"."""

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


class Rule(NamedTuple):
    """One rule for one kind of input, such as a token. `find` yields each place where the rule is broken.

    `says` is a sentence about what is wrong. `fix` says what to do. `clause` names the standard that demands it.
    """

    id: str
    kind: Kind
    severity: Severity
    says: str
    fix: str
    clause: str
    find: Callable[[Any], Iterable[Place]]

    def findings(self, thing: Any) -> Iterator[Finding]:
        """What this rule finds in `thing`: a token, a guard, a list of guards, or a document."""
        for place in self.find(thing):
            yield Finding(self.id, self.severity, place.name, place.found, self.says, self.fix, self.clause)


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule is broken. A finding may quote scopes, times, and numbers that should be text.

    It quotes no other value of a claim.
    """

    id: str
    severity: Severity
    place: str
    found: str
    says: str
    fix: str
    clause: str

    @property
    def order(self) -> tuple[int, str, str, str]:
        """The sort key, by severity, rule and place. Errors come first."""
        return SEVERITIES.index(self.severity), self.id, self.place, self.found

    @property
    def sentence(self) -> str:
        """The place and what was found there, as a sentence: "sub is the number 42."."""
        return f"{self.place} is {self.found}." if self.found.startswith(NOUNS) else f"{self}."

    def to_json(self) -> dict[str, str]:
        """The finding as a JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}

    def __str__(self) -> str:
        return f"{self.place}: {self.found}" if self.found else self.place


@dataclass(frozen=True, slots=True, repr=False)
class Findings(Displayed):
    """All findings of a lint, sorted by severity, rule and place. Errors come first."""

    all: tuple[Finding, ...]

    @classmethod
    def of(cls, rules: Sequence[Rule], thing: Any) -> Findings:
        """What `rules` find in `thing`: a token, a guard, a list of guards, or a document."""
        return cls.sorted(found for rule in rules for found in rule.findings(thing))

    @classmethod
    def sorted(cls, findings: Iterable[Finding]) -> Findings:
        """Sorts `findings` and removes duplicates."""
        return cls(tuple(sorted(dict.fromkeys(findings), key=lambda one: one.order)))

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that are errors."""
        return tuple(one for one in self.all if one.severity == "error")

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the broken rules, without duplicates."""
        return tuple(dict.fromkeys(one.id for one in self.all))

    def by(self, rule: str) -> tuple[Finding, ...]:
        """The findings of one rule."""
        return tuple(one for one in self.all if one.id == rule)

    def to_json(self) -> str:
        """The findings as a JSON list, in the same order."""
        return json.dumps([one.to_json() for one in self.all])

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)
