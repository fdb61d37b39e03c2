"""The scope picker: tick the scopes of a vocabulary, and find the fewest scopes that open the requested calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from scopekit.audit import Call, LeastScopes, least_scopes
from scopekit.errors import LabError
from scopekit.lab.live import Live
from scopekit.lab.world.world import World
from scopekit.scopes import Scopes, Vocabulary
from scopekit.wording import no_such

GITHUB_PRESETS: Mapping[str, Scopes] = MappingProxyType({
    "read only": (
        "read:repo_hook", "read:org", "read:user", "user:email", "read:public_key", "read:gpg_key", "read:packages",
        "notifications", "read:project",
    ),
    "what a CI job needs": ("repo:status", "repo_deployment", "write:packages"),
    "signing a person in": ("read:user", "user:email"),
})  # fmt: skip
"""Scopes of the GitHub-like API that are often wanted together. None of them reads a private repository: the only
scope that does, `repo`, also writes it."""


class ScopePicker(Live):
    """The scopes of a vocabulary, some of them ticked.

    A search hides the scopes that do not match, and changes no tick. `presets` are named sets of scopes to tick
    together. `wanted` lists the requested calls; `ways` are the smallest sets of scopes that open all these calls.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        ticked: Iterable[str] = (),
        calls: Iterable[Call] = (),
        presets: Mapping[str, Iterable[str]] | None = None,
        *,
        lab: World | None = None,
        name: str = "",
    ) -> None:
        super().__init__(lab, name)
        self.vocabulary = vocabulary
        listed = tuple(calls)
        counts = Counter(call.name for call in listed)
        self.calls = {call.name if counts[call.name] == 1 else f"{call.name} ({call})": call for call in listed}
        self.presets = {label: vocabulary.check(scopes) for label, scopes in (presets or {}).items()}
        self.sought = ""
        self.wanted: tuple[str, ...] = ()
        self.least: LeastScopes | None = None
        self._ticked = set(vocabulary.check(ticked))

    # What is ticked

    @property
    def selected(self) -> Scopes:
        """The ticked scopes, in the vocabulary's order."""
        return tuple(name for name in self.vocabulary if name in self._ticked)

    @property
    def implied(self) -> frozenset[str]:
        """The scopes that are implied by ticked scopes and not ticked themselves."""
        return self.vocabulary.expand(self._ticked) - self._ticked

    def __getitem__(self, name: str) -> bool:
        """Whether a scope is ticked."""
        return self.vocabulary.check([name])[0] in self._ticked

    def __setitem__(self, name: str, ticked: bool) -> None:
        """Ticks or unticks a scope."""
        known = {*self.vocabulary.check([name])}
        self._tick(self._ticked | known if ticked else self._ticked - known)

    def through(self, name: str) -> str | None:
        """The ticked scope that implies `name`; None if `name` is not implied."""
        way = self.vocabulary.through(self.selected, name) if name in self.implied else None
        return way[0] if way else None

    def tick(self, *names: str) -> None:
        """Ticks the scopes in `names`, and keeps those that are already ticked."""
        self._tick(self._ticked | {*self.vocabulary.check(names)})

    def all(self) -> None:
        """Ticks every scope that the search shows."""
        self._tick(self._ticked | {*self.found})

    def none(self) -> None:
        """Unticks every scope that the search shows."""
        self._tick(self._ticked - {*self.found})

    def preset(self, label: str) -> None:
        """Ticks exactly the scopes of a preset."""
        if label not in self.presets:
            raise LabError(no_such("The picker has no preset", label, self.presets))
        self._tick(set(self.presets[label]))

    @property
    def matching(self) -> str | None:
        """The preset whose scopes are exactly the ticked ones, or None."""
        return next((label for label, scopes in self.presets.items() if {*scopes} == self._ticked), None)

    # What is shown

    def search(self, text: str) -> Scopes:
        """Shows and returns only the scopes whose name or description has all words of `text`. Case is ignored."""
        if text != self.sought:
            self.sought = text
            self.changed()
        return self.found

    @property
    def found(self) -> Scopes:
        """The scopes that the search shows."""
        words, descriptions = self.sought.casefold().split(), self.vocabulary.descriptions
        return tuple(
            name for name in self.vocabulary
            if all(word in f"{name} {descriptions[name]}".casefold() for word in words)
        )  # fmt: skip

    # What is enough

    def enough_for(self, *call_names: str) -> LeastScopes:
        """Finds the smallest sets of scopes that open all of `call_names`. Nothing is ticked until you `choose` a set.

        The search ignores a call if the API's document does not say which scopes the call needs. Such calls are in
        `undocumented`.
        """
        wanted = tuple(dict.fromkeys(call_names))
        for name in wanted:
            if name not in self.calls:
                raise LabError(no_such("The picker has no call", name, self.calls))
        needed = [need for name in wanted if (need := self.calls[name].requirement) is not None]
        least = least_scopes(needed, self.vocabulary)
        if wanted != self.wanted:
            self.wanted, self.least = wanted, least if wanted else None
            self.changed()
        return least

    @property
    def ways(self) -> tuple[Scopes, ...]:
        """The smallest sets of scopes that open all requested calls; all are equally small."""
        return self.least.sets if self.least and self.least.requirements else ()

    @property
    def undocumented(self) -> tuple[str, ...]:
        """The requested calls whose required scopes the API's document does not state."""
        return tuple(name for name in self.wanted if self.calls[name].requirement is None)

    def choose(self, number: int) -> Scopes:
        """Ticks exactly the scopes of one of the `ways`. The first of the ways has the number 0."""
        if not 0 <= number < len(self.ways):
            most = len(self.ways) - 1
            there = f"must have a number from 0 to {most}" if self.ways else "can be chosen only after enough_for"
            raise LabError(f"A set of scopes {there}; found the number {number}.")
        self._tick(set(self.vocabulary.check(self.ways[number])))
        return self.ways[number]

    def _tick(self, ticked: set[str]) -> None:
        if ticked != self._ticked:
            self._ticked = ticked
            self.changed()
