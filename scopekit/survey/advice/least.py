"""Least privilege: the smallest scopes that open a number of calls.

Smallest is what implies the fewest scopes, for each is a capability that a leaked token gives away; of equals, what is
written with the fewest.

Why it is enough to try unions of one alternative for each requirement: whatever opens all calls implies, for each of
them, one whole alternative, and the union of these opens all calls too and implies nothing beyond it. So no other set
implies less; and as what is written follows from what is implied (the scopes that no other one there implies), none
that implies the same is written shorter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scopekit.requirements import Requirement
from scopekit.scopes import ANY_SCOPE, Scopes, Vocabulary
from scopekit.survey.advice.needs import bits_of, reduced, smallest, unimplied, union
from scopekit.survey.advice.search import Search

MAX_SETS = 8
MAX_STEPS = 50_000


@dataclass(frozen=True, slots=True, repr=False)
class LeastScopes:
    """The smallest scopes that open all of `requirements`: each of `sets` does, and they are equals, sorted.

    `capabilities` is how many scopes each of them implies, itself included. `proven` says that nothing implies fewer,
    `complete` that there is no other equal, nor one written shorter. `unopened` are the requirements that nothing
    allowed could open. `steps` counts the alternatives that the search looked at.
    """

    sets: tuple[Scopes, ...]
    capabilities: int
    requirements: tuple[Requirement, ...]
    unopened: tuple[Requirement, ...] = ()
    proven: bool = True
    complete: bool = True
    steps: int = 0

    @property
    def scopes(self) -> Scopes:
        """The first of the sets."""
        return self.sets[0]

    def __repr__(self) -> str:
        from scopekit.show.advice import least_text

        return least_text(self)

    def _repr_html_(self) -> str:
        from scopekit.show.advice import least_html

        return least_html(self)


def least_scopes(
    requirements: Iterable[Requirement],
    vocabulary: Vocabulary = ANY_SCOPE,
    *,
    within: Iterable[str] | None = None,
    max_sets: int = MAX_SETS,
    max_steps: int = MAX_STEPS,
) -> LeastScopes:
    """The smallest scopes that open all of the requirements; at most `max_sets` equals.

    `within` are the scopes that may be used, with all that they imply; any scope where it is not given. The search
    stops at `max_steps` steps, and then says that what it found is not proven.
    """
    asked = tuple(dict.fromkeys(requirements))
    allowed = None if within is None else vocabulary.expand(within)
    usable = [_usable(each, allowed) for each in asked]
    bits = _Bits(vocabulary, (name for alternatives in usable for one in alternatives for name in one))
    needs = [smallest({bits.of(one) for one in alternatives}) for alternatives in usable if alternatives]
    taken, needs = reduced(needs)
    needs = unimplied(needs)
    first = Search(bits.below, max_steps, 1)
    found = first.least(needs, bits.count)
    assert found, "all alternatives together meet every need"
    search = Search(bits.below, max_steps, max_sets + 1, flat=bits.flat)
    if not first.exhausted:
        found = search.least(needs, found.size, taken) or found
    sets = sorted(bits.names(bits.written(taken | each)) for each in found.sets)
    return LeastScopes(
        sets=tuple(sets[:max_sets]),
        capabilities=taken.bit_count() + found.size,
        requirements=tuple(one for one, alternatives in zip(asked, usable, strict=True) if alternatives),
        unopened=tuple(one for one, alternatives in zip(asked, usable, strict=True) if not alternatives),
        proven=not first.exhausted,
        complete=not (first.exhausted or search.exhausted or search.cut) and len(sets) <= max_sets,
        steps=first.steps + search.steps,
    )


def _usable(requirement: Requirement, allowed: frozenset[str] | None) -> list[frozenset[str]]:
    return [one for one in requirement.alternatives if allowed is None or one <= allowed]


class _Bits:
    """A bit for each scope that the alternatives name or imply, in the order of their names."""

    def __init__(self, vocabulary: Vocabulary, names: Iterable[str]) -> None:
        self._names = sorted(vocabulary.expand(names))
        number = {name: 1 << index for index, name in enumerate(self._names)}
        self._whole = {name: union(number[each] for each in vocabulary.expand([name])) for name in self._names}
        self._below = {bit: self._whole[name] ^ bit for name, bit in number.items()}
        self.flat = not any(self._below.values())
        self.count = len(self._names)

    def of(self, alternative: frozenset[str]) -> int:
        """An alternative with all that it implies."""
        return union(self._whole[name] for name in alternative)

    def below(self, mask: int) -> int:
        """What the scopes of a set imply beside themselves."""
        return union(self._below[bit] for bit in bits_of(mask))

    def written(self, mask: int) -> int:
        """The scopes of a set that no other one in it implies."""
        return mask & ~self.below(mask)

    def names(self, mask: int) -> Scopes:
        return tuple(self._names[bit.bit_length() - 1] for bit in bits_of(mask))
