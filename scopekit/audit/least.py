"""Least privilege: finds the smallest set of scopes that opens several calls.

The smallest set is the one that implies the fewest scopes, because a leaked token gives away all implied scopes. If
several sets imply equally few, the set that names the fewest wins.

Each call has a requirement: a list of alternatives, which are sets of scopes. A set opens all calls if it implies one
whole alternative of each requirement. So a function named `sweep` joins one alternative of each requirement to a union.
It takes one requirement after the other, and keeps only the unions that may still become the smallest.

A set of scopes is stored as an int with one bit for each scope, which makes it fast to compare thousands of unions. An
alternative includes all scopes that it implies. No clock is read, so the same question has the same answer everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from operator import or_
from typing import NamedTuple

from scopekit.arguments import checked
from scopekit.display import Displayed
from scopekit.errors import DocumentError
from scopekit.requirements import Requirement
from scopekit.scopes import ANY_SCOPE, Scopes, Vocabulary

Need = tuple[int, ...]
"""The alternatives of a requirement, none of which contains another."""

MAX_SETS = 8
MAX_UNIONS = 256


@dataclass(frozen=True, slots=True, repr=False)
class LeastScopes(Displayed):
    """The smallest sets of scopes that open all of `requirements`. The sets in `sets` are equally small, and sorted.

    `capabilities` counts the scopes that each set holds or implies. `proven`: no set implies fewer. `complete`: no
    other set is as small as these. `unopened` are the requirements that no allowed scope opens. `steps` counts the
    unions that the search looked at.
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
        """The first of the smallest sets."""
        return self.sets[0]


@checked(DocumentError, when="failed")
def least_scopes(
    requirements: Iterable[Requirement],
    vocabulary: Vocabulary = ANY_SCOPE,
    *,
    within: Iterable[str] | None = None,
    max_sets: int = MAX_SETS,
    max_unions: int = MAX_UNIONS,
) -> LeastScopes:
    """Finds the smallest sets of scopes that open all of the requirements. Returns at most `max_sets` sets.

    If `within` is given, the sets use only these scopes and those that they imply. If the search would have to keep
    more than `max_unions` unions, the result is small, but not proven to be the smallest.
    """
    allowed = None if within is None else vocabulary.expand(within)
    usable = {
        each: [one for one in each.alternatives if allowed is None or one <= allowed]
        for each in dict.fromkeys(requirements)
    }
    bits = Bits(vocabulary, (name for alternatives in usable.values() for one in alternatives for name in one))
    forced, needs = reduced(minimal(map(bits.of, alternatives)) for alternatives in usable.values() if alternatives)
    sweeps = [sweep(part, max_unions, 4 * max_sets) for part in apart(needs)]
    unions, complete = bits.shortest(forced, sweeps, max_sets + 1)
    sets = sorted(bits.written(each) for each in unions)
    return LeastScopes(
        sets=tuple(sets[:max_sets]),
        capabilities=unions[0].bit_count(),
        requirements=tuple(one for one, alternatives in usable.items() if alternatives),
        unopened=tuple(one for one, alternatives in usable.items() if not alternatives),
        proven=all(each.proven for each in sweeps),
        complete=complete and len(sets) <= max_sets,
        steps=sum(each.steps for each in sweeps),
    )


class Swept(NamedTuple):
    """Unions of equal size. `complete`: no other union has this size. `proven`: no union is smaller."""

    sets: tuple[int, ...]
    complete: bool = True
    proven: bool = True
    steps: int = 0

    @property
    def size(self) -> int:
        """The number of bits in each union."""
        return self.sets[0].bit_count()


def sweep(needs: Sequence[Need], max_unions: int, max_equals: int) -> Swept:
    """Finds the smallest unions that contain an alternative of each need. Goes through the needs one by one.

    A union's live bits are those that a later need asks for. Only the live bits decide how much a union must still
    grow. So of all unions with the same live bits, only the smallest are kept, and only if `preferable` keeps them too.
    If more than `max_unions` are left, the result is small, but not proven to be the smallest.
    """
    by_live, steps = {0: Swept((0,))}, 0
    for need, later in in_order(needs):
        grown: dict[int, Swept] = {}
        for live, before in by_live.items():
            for each in (0,) if is_met(need, live) else need:
                after = before._replace(sets=tuple(one | each for one in before.sets))
                keep_smaller(grown, (live | each) & later, after, max_equals)
                steps += 1
        by_live = preferable(grown)
        if len(by_live) > max_unions:
            return Swept((in_one_pass(needs),), complete=False, proven=False, steps=steps)
    return by_live[0]._replace(steps=steps)


def keep_smaller(by_live: dict[int, Swept], live: int, new: Swept, max_equals: int) -> None:
    """Adds `new` to the unions that have the live bits `live`. Keeps only the smallest, at most `max_equals`."""
    old = by_live.get(live)
    if old is None or new.size < old.size:
        by_live[live] = new
    elif new.size == old.size:
        sets = tuple(dict.fromkeys((*old.sets, *new.sets)))
        complete = old.complete and new.complete and len(sets) <= max_equals
        by_live[live] = Swept(sets[:max_equals], complete)


def preferable(by_live: dict[int, Swept]) -> dict[int, Swept]:
    """Drops each union B for which another union A is better, whatever needs come later.

    A is better if it is smaller than B even after B's live bits are added to A. If both are then equally large, A is
    better if B contains A.
    """
    best: dict[int, Swept] = {}
    for live, swept in sorted(by_live.items(), key=lambda one: (one[1].size, one[0])):
        for other, smaller in best.items():
            spare = swept.size - smaller.size - (live & ~other).bit_count()
            if spare > 0 or (spare == 0 and all(is_met(smaller.sets, each) for each in swept.sets)):
                break
        else:
            best[live] = swept
    return best


def in_one_pass(needs: Sequence[Need]) -> int:
    """Quickly finds a small union that meets all needs. Adds the cheapest alternatives, then drops spare bits."""
    wanted = Counter(bit for need in needs for each in need for bit in bits_of(each))
    mask = 0
    for need in sorted(needs, key=len):
        if not is_met(need, mask):
            mask |= min(need, key=lambda each: ((each & ~mask).bit_count(), -sum(wanted[bit] for bit in bits_of(each))))
    for bit in sorted(bits_of(mask), key=lambda one: (wanted[one], one)):
        if all(is_met(need, mask ^ bit) for need in needs):
            mask ^= bit
    return mask


class Bits:
    """Assigns a bit to each scope that the alternatives name or imply, in alphabetical order."""

    def __init__(self, vocabulary: Vocabulary, names: Iterable[str]) -> None:
        self._names = sorted(vocabulary.expand(names))
        number = {name: 1 << index for index, name in enumerate(self._names)}
        self._whole = {name: union(number[each] for each in vocabulary.expand([name])) for name in self._names}
        self._below = {bit: self._whole[name] ^ bit for name, bit in number.items()}

    def of(self, alternative: frozenset[str]) -> int:
        """The bits of an alternative and of all scopes that it implies."""
        return union(self._whole[name] for name in alternative)

    def below(self, mask: int) -> int:
        """The scopes that are implied by another scope of the set."""
        return union(self._below[bit] for bit in bits_of(mask))

    def top(self, mask: int) -> int:
        """The scopes of a set, without those that another scope of the set implies."""
        return mask & ~self.below(mask)

    def written(self, mask: int) -> Scopes:
        """The shortest way to write a set: by name, without the scopes that another scope of the set implies."""
        return tuple(self._names[bit.bit_length() - 1] for bit in bits_of(self.top(mask)))

    def shortest(self, forced: int, parts: Sequence[Swept], max_sets: int) -> tuple[list[int], bool]:
        """Joins `forced` with one union from each part. Returns the smallest sets, and whether there are no others.

        Finds the shortest unions of each part on its own, unless the part implies a scope that `forced` names.
        """
        top = self.top(forced)
        joined = [part for part in parts if self.below(union(part.sets)) & top]
        alone = [part for part in parts if part not in joined]
        whole, is_whole = together([[forced], *(part.sets for part in joined)], MAX_UNIONS)
        sets, are_all = together([self.fewest(whole), *(self.fewest(part.sets) for part in alone)], max_sets)
        return sets, is_whole and are_all and all(part.complete for part in parts)

    def fewest(self, masks: Iterable[int]) -> list[int]:
        """Those of the sets that can be written with the fewest names."""
        counts = {mask: self.top(mask).bit_count() for mask in masks}
        return [mask for mask, count in counts.items() if count == min(counts.values())]


def together(parts: Iterable[Sequence[int]], most: int) -> tuple[list[int], bool]:
    """Makes unions of one set from each part. Returns at most `most` unions, and whether these are all."""
    unions, are_all = [0], True
    for sets in parts:
        unions = [one | other for one in unions for other in sets]
        unions, are_all = unions[:most], are_all and len(unions) <= most
    return unions, are_all


def reduced(needs: Iterable[Need]) -> tuple[int, list[Need]]:
    """Returns the bits that every union must have, and the needs that still leave a choice between alternatives."""
    forced, left, grows = 0, list(needs), True
    while grows:
        rest = [minimal(each & ~forced for each in need) for need in left]
        alone = union(need[0] for need in rest if len(need) == 1)
        forced, grows = forced | alone, bool(alone)
        left = list(dict.fromkeys(need for need in rest if len(need) > 1))
    return forced, left


def minimal(alternatives: Iterable[int]) -> Need:
    """The alternatives that contain no other alternative, the smallest first."""
    least: list[int] = []
    for each in sorted(set(alternatives), key=lambda one: (one.bit_count(), one)):
        if not any(other & each == other for other in least):
            least.append(each)
    return tuple(least)


def apart(needs: Iterable[Need]) -> list[list[Need]]:
    """Divides the needs into parts. No two parts have a bit in common."""
    parts: list[tuple[int, list[Need]]] = []
    for need in needs:
        mask, members = union(need), [need]
        for part in [part for part in parts if part[0] & mask]:
            parts.remove(part)
            mask, members = mask | part[0], [*part[1], *members]
        parts.append((mask, members))
    return [members for _, members in parts]


def in_order(needs: Sequence[Need]) -> list[tuple[Need, int]]:
    """Orders the needs so that each adds the fewest new bits. Pairs each need with the bits of all later needs."""
    left = {need: union(need) for need in needs}
    ordered, known = list[Need](), 0
    while left:
        ordered.append(min(left, key=lambda each: ((left[each] & ~known).bit_count(), len(each), each)))
        known |= left.pop(ordered[-1])
    later = accumulate(map(union, reversed(ordered)), or_, initial=0)
    return list(zip(reversed(ordered), later, strict=False))[::-1]


def is_met(need: Need, mask: int) -> bool:
    """Whether a set contains one of the alternatives of a need."""
    return any(each & mask == each for each in need)


def bits_of(mask: int) -> Iterator[int]:
    """The bits of a set one by one, the lowest first."""
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit


def union(masks: Iterable[int]) -> int:
    """The union of several sets: a set with the bits of all."""
    return reduce(or_, masks, 0)
