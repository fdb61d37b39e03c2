"""Requirements: which scopes a call needs.

`any_of` and `all_of` make a Requirement of scopes and other requirements. A Requirement is a list of alternatives, like
`security` in OpenAPI. An alternative is a set of scopes that must all be granted. One such alternative is enough.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple, Union

from scopekit.arguments import checked
from scopekit.errors import ScopeError
from scopekit.scopes import ANY_SCOPE, Scopes, Vocabulary, scope

Alternative = frozenset[str]
Part = Union[str, "Requirement"]


@checked(ScopeError, when="failed")
@dataclass(frozen=True, slots=True, repr=False)
class Requirement:
    """The scopes that a call needs: all scopes of at least one alternative. An empty alternative needs no scope."""

    alternatives: tuple[Alternative, ...]

    def __post_init__(self) -> None:
        given = self.alternatives if isinstance(self.alternatives, tuple) else (None,)
        if not all(isinstance(each, frozenset) for each in given):
            raise ScopeError("A requirement must be made by any_of(...) or all_of(...); found something else.")
        if not self.alternatives:
            raise ScopeError("A requirement without an alternative could never be satisfied; name a scope.")

    def satisfied_by(self, expanded: frozenset[str]) -> bool:
        """Whether `expanded` (the granted scopes and all that they imply) contains all scopes of one alternative."""
        for alternative in self.alternatives:  # noqa: SIM110  a loop is three times as fast as any()
            if alternative <= expanded:
                return True
        return False

    def reason(self, granted: Iterable[str], vocabulary: Vocabulary = ANY_SCOPE) -> tuple[Scopes, ...] | None:
        """The shortest chains of scopes that show why the requirement is satisfied, or None if it is not satisfied.

        There is one chain for each scope of the satisfied alternative. The chain `("repo", "public_repo")` says that
        `repo` is granted and implies `public_repo`.
        """
        names, expanded = tuple(granted), vocabulary.expand(granted)
        satisfied = [each for each in self.alternatives if each <= expanded]
        ways = [tuple(vocabulary.through(names, each) or (each,) for each in sorted(one)) for one in satisfied]
        return min(ways, key=lambda way: sum(map(len, way)), default=None)

    def least(self, vocabulary: Vocabulary = ANY_SCOPE) -> Scopes:
        """The scopes, sorted by name, of the alternative that grants least: the one that implies the fewest scopes."""
        alternatives = (tuple(sorted(one)) for one in self.alternatives)
        return min(alternatives, key=lambda one: (len(vocabulary.expand(one)), one))

    def __str__(self) -> str:
        texts = [" and ".join(sorted(one)) or "no scope" for one in self.alternatives]
        if len(texts) == 1:
            return texts[0]
        sizes = map(len, self.alternatives)
        return " or ".join(f"({text})" if size > 1 else text for text, size in zip(texts, sizes, strict=True))

    def __repr__(self) -> str:
        return f"<requirement: {self}>"


class OwnerBound(NamedTuple):
    """The requirement of a call on a record that has an owner.

    A token needs the scopes of `anyone`. For the owner's own token, those of `own` are enough too. `issuer` and
    `subject` name the owner, because a `sub` is unique only within its issuer (RFC 7519 section 4.1.2).
    """

    anyone: Part
    own: Part
    issuer: str
    subject: str

    def of(self, issuer: str | None, subject: str | None) -> Requirement:
        """The requirement for a token with this issuer and subject. A token without a subject owns no record."""
        owns = subject is not None and (issuer, subject) == (self.issuer, self.subject)
        return any_of(self.anyone, self.own) if owns else any_of(self.anyone)


def any_of(*parts: Part) -> Requirement:
    """A requirement that is satisfied if one part is satisfied. A part is a scope or another requirement."""
    return _requirement(one for part in parts for one in _alternatives(part))


def all_of(*parts: Part) -> Requirement:
    """A requirement that is satisfied if all parts are satisfied. Without parts, any valid token is enough."""
    choices = product(*(_alternatives(part) for part in parts))
    return _requirement(frozenset().union(*choice) for choice in choices)


def _alternatives(part: Part) -> tuple[Alternative, ...]:
    return part.alternatives if isinstance(part, Requirement) else (frozenset({scope(part)}),)


def _requirement(alternatives: Iterable[Alternative]) -> Requirement:
    """A requirement of `alternatives`. Leaves out duplicates, and each alternative that includes another one."""
    unique = tuple(dict.fromkeys(alternatives))
    return Requirement(tuple(one for one in unique if not any(other < one for other in unique)))


NO_SCOPE = all_of()
"""The requirement of a call that any valid token opens."""
