"""Needs: each asks for one of its alternatives, a set of bits, and what can be said of them without any search.

A set is an int, a bit for each of its members. Whatever makes needs fewer here keeps every smallest union of one
alternative for each, but for `undominated`, which keeps at least one of them.

The search behind least privilege: the smallest unions of one alternative for each need.

Nothing here knows what a bit stands for, and nothing looks at a clock: work is counted, so the same question has the
same answer everywhere.

Least privilege: the smallest scopes that open a number of calls.

Smallest is what implies the fewest scopes, for each is a capability that a leaked token gives away; of equals, what is
written with the fewest.

Why it is enough to try unions of one alternative for each requirement: whatever opens all calls implies, for each of
them, one whole alternative, and the union of these opens all calls too and implies nothing beyond it. So no other set
implies less; and as what is written follows from what is implied (the scopes that no other one there implies), none
that implies the same is written shorter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import NamedTuple

from scopekit.display import Displayed
from scopekit.requirements import Requirement
from scopekit.scopes import ANY_SCOPE, Scopes, Vocabulary

Need = tuple[int, ...]


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


def beside(bit: int, needs: Iterable[Need]) -> int:
    """What all the alternatives with a bit have in common, the bit itself included."""
    common = -1
    for need in needs:
        for each in need:
            if each & bit:
                common &= each
    return common


def wanted_most(needs: Sequence[Need]) -> int:
    """A union that meets all needs, found in one pass: what costs least beside the rest, without what is not needed."""
    counted = Counter(bit for need in needs for each in need for bit in bits_of(each))
    taken = 0
    for need in sorted(needs, key=len):
        if not _met(need, taken):
            wanted = {each: sum(counted[bit] for bit in bits_of(each)) for each in need}
            taken |= min(need, key=lambda each: ((each & ~taken).bit_count(), -wanted[each]))
    concerned: dict[int, list[Need]] = {}
    for need in needs:
        for bit in bits_of(union(need) & taken):
            concerned.setdefault(bit, []).append(need)
    for bit in sorted(concerned, key=lambda one: (counted[one], one)):
        if all(_met(need, taken ^ bit) for need in concerned[bit]):
            taken ^= bit
    return taken


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


def taking(group: int, needs: Iterable[Need]) -> list[Need]:
    """What is left of the needs beside bits that are taken."""
    return [tuple(each & ~group for each in need) for need in needs]


def leaving(bit: int, needs: Iterable[Need]) -> list[Need] | None:
    """The needs without the alternatives that have the bit; None where that leaves a need without any."""
    left = [tuple(each for each in need if not each & bit) for need in needs]
    return left if all(left) else None


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


MAX_SETS = 8
MAX_STEPS = 50_000


@dataclass(frozen=True, slots=True, repr=False)
class LeastScopes(Displayed):
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
