"""Needs: each asks for one of its alternatives, a set of bits, and what can be said of them without any search.

A set is an int, a bit for each of its members. Whatever makes needs fewer here keeps every smallest union of one
alternative for each, but for `undominated`, which keeps at least one of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

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
