"""The search behind least privilege: the smallest unions of one alternative for each need, over bits.

A set is an int, a bit for each of its members. A need is a tuple of alternatives, each a set. Nothing here knows what
a bit stands for, and nothing looks at a clock: work is counted, so the same question has the same answer everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, product
from typing import NamedTuple

Need = tuple[int, ...]

MAX_DEPTH = 400
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
        found = self.least(_with(group, needs), budget - group.bit_count(), held | group, depth + 1)
        if found:
            found = Found(found.size + group.bit_count(), tuple(each | group for each in found.sets))
            enough = self.flat and len(found.sets) >= self.max_sets
            self.cut = self.cut or enough
            budget = found.size - enough
        rest = _without(bit, needs)
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


def reduced(needs: Iterable[Need]) -> tuple[int, list[Need]]:
    """What must be taken, as a need with one alternative asks for, and the needs that are left, each once."""
    taken, left, grown = 0, list(needs), True
    while grown:
        kept: dict[Need, None] = {}
        grown = False
        for need in left:
            rest = smallest({each & ~taken for each in need})
            if len(rest) == 1:
                grown = grown or rest[0] != 0
                taken |= rest[0]
            else:
                kept[rest] = None
        left = list(kept)
    return taken, left


def smallest(alternatives: Iterable[int]) -> Need:
    """The alternatives that contain no other one, sorted."""
    kept: list[int] = []
    for each in sorted(alternatives, key=lambda one: (one.bit_count(), one)):
        if not any(other & each == other for other in kept):
            kept.append(each)
    return tuple(kept)


def apart(needs: Sequence[Need], touched: Sequence[int]) -> list[list[Need]]:
    """The needs in groups that have nothing in common of what each has touched."""
    groups: list[tuple[int, list[Need]]] = []
    for need, bits in zip(needs, touched, strict=True):
        joined, others = [need], []
        for mask, members in groups:
            if mask & bits:
                bits, joined = bits | mask, members + joined
            else:
                others.append((mask, members))
        groups = [*others, (bits, joined)]
    return [members for _, members in groups]


def bound(needs: Sequence[Need]) -> int:
    """A size that no union falls below: needs are paid for one after the other, and each bit pays for one of them.

    Those go first that have the fewest others in their way, and the bits that the fewest others want pay first.
    """
    counted = Counter(bit for need in needs for bit in bits_of(union(need)))
    rivals = [(sum(counted[bit] for bit in bits_of(union(need))), need) for need in needs]
    low, free = 0, -1
    for _, need in sorted(rivals):
        pays = min((each & free).bit_count() for each in need)
        paid = 0
        for each in need if pays else ():
            missing = pays - (each & paid).bit_count()
            if missing > 0:
                spare = sorted(bits_of(each & free & ~paid), key=counted.__getitem__)
                paid |= union(spare[:missing])
        low += pays
        free &= ~paid
    return low


def unimplied(needs: Sequence[Need]) -> list[Need]:
    """The needs without those that another one, once met, has met: each of its alternatives contains one of theirs."""
    by_first: dict[int, list[Need]] = {}
    for need in needs:
        by_first.setdefault(need[0], []).append(need)
    return [need for need in needs if not any(_implies(other, need) for other in _near(need, by_first))]


def _near(need: Need, by_first: dict[int, list[Need]]) -> Iterator[Need]:
    """The other needs whose first alternative contains one of this one's."""
    for each in need:
        for first in [one for one in by_first if one & each == each]:
            yield from (other for other in by_first[first] if other is not need)


def undominated(needs: list[Need]) -> list[Need]:
    """The needs without the bits that another bit may always stand for: it does as well in every alternative."""
    wants: dict[int, list[tuple[int, Need]]] = {}
    for need in needs:
        for each in need:
            for bit in bits_of(each):
                wants.setdefault(bit, []).append((each, need))
    gone = 0
    for bit, places in wants.items():
        each, need = places[0]
        for other in bits_of(union(need) & ~each & ~gone):
            if all(_met(need, one ^ bit | other) for one, need in places):
                gone |= bit
                break
    return [tuple(each for each in need if not each & gone) for need in needs] if gone else needs


def _met(need: Need, taken: int) -> bool:
    return any(each & taken == each for each in need)


def _implies(need: Need, other: Need) -> bool:
    return all(any(small & each == small for small in other) for each in need)


def most_wanted(needs: Sequence[Need]) -> int:
    """The bit that the most alternatives have; of equals, the lowest."""
    counted = Counter(bit for need in needs for each in need for bit in bits_of(each))
    return max(counted, key=lambda bit: (counted[bit], -bit))


def beside(bit: int, needs: Iterable[Need]) -> int:
    """What all the alternatives with a bit have in common, the bit itself included."""
    common = -1
    for need in needs:
        for each in need:
            if each & bit:
                common &= each
    return common


def wanted_most(needs: Sequence[Need]) -> int:
    """A union that meets all needs, found by taking what is wanted most, then leaving out what is not needed."""
    taken: list[int] = []
    left = list(needs)
    while left:
        group = beside(most_wanted(left), left)
        forced, left = reduced(_with(group, left))
        taken += [group, *bits_of(forced)]
    for group in list(taken):
        without = union(other for other in taken if other is not group)
        if all(any(each & ~without == 0 for each in need) for need in needs):
            taken.remove(group)
    return union(taken)


def bits_of(mask: int) -> Iterator[int]:
    """The bits of a set, the lowest first."""
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit


def union(masks: Iterable[int]) -> int:
    """All bits of several sets."""
    found = 0
    for mask in masks:
        found |= mask
    return found


def _with(group: int, needs: Iterable[Need]) -> list[Need]:
    return [tuple(each & ~group for each in need) for need in needs]


def _without(bit: int, needs: Iterable[Need]) -> list[Need] | None:
    """The needs without the alternatives that have the bit; None where that leaves a need without any."""
    left = [tuple(each for each in need if not each & bit) for need in needs]
    return left if all(left) else None
