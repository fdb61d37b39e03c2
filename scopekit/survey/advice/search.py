"""The search behind least privilege: the smallest unions of one alternative for each need.

Nothing here knows what a bit stands for, and nothing looks at a clock: work is counted, so the same question has the
same answer everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice, product
from typing import NamedTuple

from scopekit.survey.advice.needs import (
    Need,
    apart,
    beside,
    bits_of,
    bound,
    leaving,
    reduced,
    taking,
    undominated,
    union,
    wanted_most,
)

MAX_DEPTH = 200
"""How many choices deep the search goes, for Python's stack is not endless; beyond, it takes what is most wanted."""


class Found(NamedTuple):
    """The smallest unions, which are all of one size; of these, those written with the fewest bits."""

    size: int
    sets: tuple[int, ...]


class Search:
    """A branch and bound over which bits are in and which are out.

    `below` are the bits that those of a set imply beside themselves, and need not be written. `steps` counts the
    alternatives looked at: past `max_steps` the search is `exhausted`, and what it returns meets all needs and may not
    be the smallest. Of equals it keeps `max_sets`, and has `cut` where there were more; where these are one, any will
    do, and it looks for no other.
    """

    def __init__(self, below: Callable[[int], int], max_steps: int, max_sets: int, *, flat: bool = False) -> None:
        self.below, self.flat = below, flat or max_sets == 1
        self.max_steps, self.max_sets = max_steps, max_sets
        self.steps = 0
        self.exhausted = self.cut = False

    def least(self, needs: Sequence[Need], budget: int, held: int = 0, depth: int = 0) -> Found | None:
        """The smallest unions that meet all needs beside what is `held`; None where all are larger than `budget`."""
        taken, needs = reduced(needs)
        while self.max_sets == 1 and self.steps <= self.max_steps and (fewer := undominated(needs)) is not needs:
            self.steps += sum(map(len, needs))
            more, needs = reduced(fewer)
            taken |= more
        size, held = taken.bit_count(), held | taken
        self.steps += 1 + sum(map(len, needs))
        if size > budget:
            return None
        found: Found | None = Found(0, (0,))
        if needs:
            parts = self._parts(needs, held)
            found = (self._each if len(parts) > 1 else self._one)(parts, budget - size, held, depth)
        return found and Found(size + found.size, tuple(taken | each for each in found.sets))

    def written(self, mask: int) -> int:
        """The bits of a set that no other one in it implies."""
        return mask & ~self.below(mask)

    def _parts(self, needs: Sequence[Need], held: int) -> list[list[Need]]:
        """Needs in groups that may be met each on its own: no bit in common, nor one held that both may cover."""
        if self.flat:
            return apart(needs, [union(need) for need in needs])
        top = self.written(held)
        return apart(needs, [union(need) | self.below(union(need)) & top for need in needs])

    def _each(self, parts: Sequence[Sequence[Need]], budget: int, held: int, depth: int) -> Found | None:
        bounds = [bound(part) for part in parts]
        size, sets, expected = 0, [0], sum(bounds)
        for part, expects in zip(parts, bounds, strict=True):
            expected -= expects
            found = self.least(part, budget - size - expected, held, depth + 1)
            if found is None:
                return None
            size += found.size
            self.cut = self.cut or len(sets) * len(found.sets) > self.max_sets
            sets = [one | other for one, other in islice(product(sets, found.sets), self.max_sets)]
        return Found(size, tuple(sets))

    def _one(self, parts: Sequence[Sequence[Need]], budget: int, held: int, depth: int) -> Found | None:
        """A bit that is in, and then the same bit out.

        A bit in a smallest union is there because of an alternative chosen: whatever stands beside it in all those
        that have it is in too, and where it is out all of these are. So no union is met twice.
        """
        (needs,) = parts
        counted = Counter(bit for need in needs for each in need for bit in bits_of(each))
        if bound(needs) > budget:
            return None
        if self.steps > self.max_steps or depth > MAX_DEPTH:
            return self._settled(needs, budget)
        bit = max(counted, key=lambda one: (counted[one], -one))
        group = beside(bit, needs)
        found = self.least(taking(group, needs), budget - group.bit_count(), held | group, depth + 1)
        if found:
            found = Found(found.size + group.bit_count(), tuple(each | group for each in found.sets))
            enough = self.flat and len(found.sets) >= self.max_sets
            self.cut = self.cut or enough
            budget = found.size - enough
        rest = leaving(bit, needs)
        if rest is None or (found and self.steps > self.max_steps):
            self.exhausted = self.exhausted or rest is not None
            return found
        return self._better(found, self.least(rest, budget, held, depth + 1), held)

    def _better(self, one: Found | None, other: Found | None, held: int) -> Found | None:
        if one is None or other is None or one.size != other.size:
            return min(filter(None, (one, other)), default=None)
        sets = [*one.sets, *other.sets]
        if not self.flat:
            lengths = {each: self.written(held | each).bit_count() for each in sets}
            sets = [each for each in sets if lengths[each] == min(lengths.values())]
        self.cut = self.cut or len(sets) > self.max_sets
        return Found(one.size, tuple(sets[: self.max_sets]))

    def _settled(self, needs: Sequence[Need], budget: int) -> Found | None:
        self.exhausted = True
        found = wanted_most(needs)
        return Found(found.bit_count(), (found,)) if found.bit_count() <= budget else None
