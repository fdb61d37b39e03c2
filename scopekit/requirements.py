"""Requirements: which scopes a call needs.

Any-of and all-of nest freely. The result has the form of OpenAPI's `security`: a list of alternatives, each a set of
scopes that must all be granted (an OR of ANDs).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple, Union

from scopekit.errors import ScopeError
from scopekit.scopes import ANY_SCOPE, Scopes, Vocabulary, scope

Alternative = frozenset[str]
Part = Union[str, "Requirement"]


@dataclass(frozen=True, slots=True, repr=False)
class Requirement:
    """What a call needs: all scopes of one of the `alternatives`. A single empty alternative needs no scope."""

    alternatives: tuple[Alternative, ...]

    def __post_init__(self) -> None:
        if not self.alternatives:
            raise ScopeError("A requirement without an alternative could never be satisfied; name a scope.")

    def satisfied_by(self, expanded: frozenset[str]) -> bool:
        """Whether the granted scopes, already expanded, hold all scopes of one alternative."""
        for alternative in self.alternatives:  # noqa: SIM110  a loop is three times as fast as any()
            if alternative <= expanded:
                return True
        return False

    def reason(self, granted: Iterable[str], vocabulary: Vocabulary = ANY_SCOPE) -> tuple[Scopes, ...] | None:
        """The shortest chains from granted scopes to a satisfied alternative; None if no alternative is satisfied.

        There is one chain for each scope of the alternative: `("repo", "public_repo")` says that `repo` is granted and
        implies `public_repo`.
        """
        names, expanded = tuple(granted), vocabulary.expand(granted)
        satisfied = [each for each in self.alternatives if each <= expanded]
        ways = [tuple(vocabulary.through(names, each) or (each,) for each in sorted(one)) for one in satisfied]
        return min(ways, key=lambda way: sum(map(len, way)), default=None)

    def least(self, vocabulary: Vocabulary = ANY_SCOPE) -> Scopes:
        """The least privileged alternative, whose scopes imply the fewest scopes; its scopes are sorted by name."""
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
    """What a call on somebody's record needs: `anyone`, or else `own` if the token's subject owns the record.

    The owner is an issuer and a subject, because a `sub` is unique only within its issuer (RFC 7519 section 4.1.2).
    This is a value and not a function, so a guard can insert the subject of a token that passed all other checks.
    """

    anyone: Requirement
    own: Requirement
    issuer: str
    subject: str

    def of(self, issuer: str | None, subject: str | None) -> Requirement:
        """The requirement for a token of this issuer and subject; a token without a subject owns nothing."""
        owns = subject is not None and (issuer, subject) == (self.issuer, self.subject)
        return any_of(self.anyone, self.own) if owns else self.anyone


def any_of(*parts: Part) -> Requirement:
    """The requirement that one of the parts is satisfied; a part is a scope or a requirement."""
    return _requirement(one for part in parts for one in _alternatives(part))


def all_of(*parts: Part) -> Requirement:
    """The requirement that all of the parts are satisfied; without parts, any valid token satisfies it."""
    choices = product(*(_alternatives(part) for part in parts))
    return _requirement(frozenset().union(*choice) for choice in choices)


def _alternatives(part: Part) -> tuple[Alternative, ...]:
    return part.alternatives if isinstance(part, Requirement) else (frozenset({scope(part)}),)


def _requirement(alternatives: Iterable[Alternative]) -> Requirement:
    """Each alternative once, without those that need more scopes than another alternative."""
    unique = tuple(dict.fromkeys(alternatives))
    return Requirement(tuple(one for one in unique if not any(other < one for other in unique)))


NO_SCOPE = all_of()
"""The requirement of a call that any valid token opens."""
