"""Advice about a token's scopes: which are not needed, which calls a leaked token opens, and what a session needed.

The advice is computed from documented requirements; no call is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from scopekit.arguments import checked
from scopekit.audit.calls import Call
from scopekit.audit.least import LeastScopes, least_scopes
from scopekit.audit.recordings import Recorded, Templates
from scopekit.display import Displayed
from scopekit.errors import DocumentError
from scopekit.requirements import Requirement, any_of
from scopekit.scopes import ANY_SCOPE, Scopes, Vocabulary

Kind = Literal["read", "write", "deletion"]

KINDS: tuple[Kind, ...] = ("read", "write", "deletion")
_READS = ("GET", "HEAD", "OPTIONS", "QUERY")


def kind_of(method: str) -> Kind:
    """Whether a method reads, writes or deletes; an unknown method counts as a write (RFC 9110 section 9)."""
    return "deletion" if method == "DELETE" else "read" if method in _READS else "write"


def needed(call: Call | Requirement, subject: str | None = None) -> Requirement | None:
    """What a token whose `sub` is `subject` must hold for a call; an owner may need less. None if not documented."""
    if isinstance(call, Requirement):
        return call
    owns = subject is not None and subject == call.owner and call.own is not None
    return any_of(call.requirement, call.own) if call.requirement and call.own and owns else call.requirement


@dataclass(frozen=True, slots=True, repr=False)
class OverGrant(Displayed):
    """The scopes that a token holds beyond what its calls need.

    With `enough` in place of `held`, the token opens the same calls, but loses the scopes in `spare`, which it held or
    implied. `instead` pairs each held scope with the scopes of `enough` that replace it. A held scope without any can
    go. `least` is the search that found `enough`.
    """

    held: Scopes
    instead: tuple[tuple[str, Scopes], ...]
    spare: Scopes
    least: LeastScopes

    @property
    def enough(self) -> Scopes:
        """The smallest set of held or implied scopes that opens the same calls as all held scopes."""
        return self.least.scopes

    @property
    def unneeded(self) -> Scopes:
        """The held scopes that the token can lose without losing a call."""
        return tuple(name for name, parts in self.instead if not parts)


def over_grant(
    held: Iterable[str],
    calls: Iterable[Call | Requirement],
    vocabulary: Vocabulary = ANY_SCOPE,
    *,
    subject: str | None = None,
) -> OverGrant:
    """Finds the `held` scopes that the calls do not need. Ignores calls whose needs are not documented."""
    names = tuple(dict.fromkeys(held))
    needs = [need for call in calls if (need := needed(call, subject)) is not None]
    least = least_scopes(needs, vocabulary, within=names)
    ways = {part: (vocabulary.through(names, part) or (part,))[0] for part in least.scopes}
    instead = tuple((name, tuple(part for part in least.scopes if ways[part] == name)) for name in names)
    spare = vocabulary.expand(names) - vocabulary.expand(least.scopes)
    return OverGrant(names, instead, tuple(sorted(spare)), least)


@dataclass(frozen=True, slots=True)
class Opened:
    """A call that a token opens. `kind` is `read`, `write` or `deletion`. `by` are the scopes that open the call."""

    call: Call
    kind: Kind
    by: Scopes


@dataclass(frozen=True, slots=True, repr=False)
class BlastRadius(Displayed):
    """The calls that a leaked token opens, and for how long.

    `left` pairs each held scope with the number of `opened` calls that stay open without this scope. `undocumented` are
    the calls whose requirement the document does not state. `seconds_left` is None if the token does not expire.
    """

    held: Scopes
    opened: tuple[Opened, ...]
    left: tuple[tuple[str, int], ...]
    closed: int
    undocumented: tuple[Call, ...] = ()
    seconds_left: float | None = None
    ends: bool | None = None

    def of(self, kind: Kind) -> tuple[Opened, ...]:
        """The opened calls of one kind: `read`, `write` or `deletion`."""
        return tuple(one for one in self.opened if one.kind == kind)

    @property
    def costliest(self) -> str | None:
        """The scope whose removal closes the most calls; None if no single removal closes any."""
        name, left = min(self.left, key=lambda one: (one[1], one[0]), default=(None, len(self.opened)))
        return name if left < len(self.opened) else None


@checked(DocumentError, when="failed")
def blast_radius(
    held: Iterable[str],
    calls: Iterable[Call],
    vocabulary: Vocabulary = ANY_SCOPE,
    *,
    subject: str | None = None,
    expires: float | None = None,
    now: float | None = None,
) -> BlastRadius:
    """The calls that a token with the scopes `held` opens and, if `now` is given, the seconds left until `expires`."""
    names, calls = tuple(dict.fromkeys(held)), tuple(calls)
    needs = [(call, need) for call in calls if (need := needed(call, subject)) is not None]
    expanded = vocabulary.expand(names)
    opened = [(call, need) for call, need in needs if need.satisfied_by(expanded)]
    without = {name: vocabulary.expand(other for other in names if other != name) for name in names}
    return BlastRadius(
        held=names,
        opened=tuple(Opened(call, kind_of(call.method), _openers(need, names, vocabulary)) for call, need in opened),
        left=tuple((name, sum(need.satisfied_by(rest) for _, need in opened)) for name, rest in without.items()),
        closed=len(needs) - len(opened),
        undocumented=tuple(call for call in calls if needed(call, subject) is None),
        seconds_left=None if now is None or expires is None else max(0.0, expires - now),
        ends=None if now is None else expires is not None,
    )


def _openers(need: Requirement, names: Scopes, vocabulary: Vocabulary) -> Scopes:
    """The held scopes that help to open a call: they are, or imply, scopes of an alternative that the token meets."""
    if frozenset() in need.alternatives:
        return ()
    expanded = vocabulary.expand(names)
    parts = frozenset().union(*(one for one in need.alternatives if one <= expanded))
    return tuple(name for name in names if vocabulary.expand([name]) & parts)


@dataclass(frozen=True, slots=True, repr=False)
class SessionAdvice(Displayed):
    """The least scopes that a recorded session needed.

    `calls` pairs each recorded call with how often it was made. If a document has several cases for one path, the
    recording does not show which case was called. So all cases are counted, and `ambiguous` lists them. `unmatched` are
    the requests that no documented call matches. `undocumented` are the calls whose requirement is not documented.
    """

    least: LeastScopes
    calls: tuple[tuple[Call, int], ...]
    unmatched: tuple[tuple[str, int], ...] = ()
    ambiguous: tuple[Call, ...] = ()
    undocumented: tuple[Call, ...] = ()


def advise(
    recorded: Iterable[Recorded],
    calls: Iterable[Call],
    vocabulary: Vocabulary = ANY_SCOPE,
    *,
    base: str = "",
    subject: str | None = None,
) -> SessionAdvice:
    """Finds the least scopes that the recorded requests need. `base` is the address before the documented paths."""
    documented: dict[tuple[str, str], list[Call]] = {}
    for call in calls:
        documented.setdefault((call.method, call.template), []).append(call)
    templates = Templates(documented, base)
    keys = [(request, templates.match(request)) for request in recorded]
    counts = Counter(key for _, key in keys if key)
    pairs = [(call, count) for key, count in counts.items() for call in documented[key]]
    return SessionAdvice(
        least=least_scopes((need for call, _ in pairs if (need := needed(call, subject)) is not None), vocabulary),
        calls=tuple(pairs),
        unmatched=tuple(Counter(str(request) for request, key in keys if key is None).items()),
        ambiguous=tuple(call for key in counts if len(documented[key]) > 1 for call in documented[key]),
        undocumented=tuple(call for call, _ in pairs if needed(call, subject) is None),
    )
