"""The playground as plain objects: scopes ticked, the token minted for them, and what it opens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scopekit.decision import Decision
from scopekit.lab.live import Live
from scopekit.scopes import Scopes, Vocabulary
from scopekit.survey import Matrix
from scopekit.tokens import Token

if TYPE_CHECKING:
    from scopekit.lab.world import Lab


class ScopePicker(Live):
    """The scopes of a vocabulary, some of them ticked."""

    VIEW = "ScopePickerView"

    def __init__(self, vocabulary: Vocabulary, ticked: Iterable[str] = ()) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self._ticked = set(vocabulary.check(ticked))

    @property
    def selected(self) -> Scopes:
        """The scopes ticked, in the vocabulary's order."""
        return tuple(name for name in self.vocabulary if name in self._ticked)

    @property
    def implied(self) -> frozenset[str]:
        """The scopes that those ticked imply without being ticked themselves."""
        return self.vocabulary.expand(self._ticked) - self._ticked

    def __getitem__(self, name: str) -> bool:
        """Whether a scope is ticked."""
        return self.vocabulary.check([name])[0] in self._ticked

    def __setitem__(self, name: str, ticked: bool) -> None:
        """Ticks a scope, or takes its tick away."""
        if self[name] == ticked:
            return
        (self._ticked.add if ticked else self._ticked.remove)(name)
        self.changed()

    def through(self, name: str) -> str | None:
        """The ticked scope that implies `name`, where `name` is implied."""
        way = self.vocabulary.through(self.selected, name) if name in self.implied else None
        return way[0] if way else None

    def __repr__(self) -> str:
        from scopekit.show import picker_text

        return picker_text(self)

    def _repr_html_(self) -> str:
        from scopekit.show import picker_html

        return picker_html(self)


class Playground(Live):
    """Tick scopes, and a token is minted for them and tried on every call of the API.

    `token` and `matrix` are made anew after each change of `picker`; `watchers` are called after that.
    """

    VIEW = "PlaygroundView"

    def __init__(self, lab: Lab, ticked: Iterable[str]) -> None:
        super().__init__(lab)
        self.lab = lab
        self.picker = ScopePicker(lab.vocabulary, ticked)
        self.token: Token
        self.matrix: Matrix
        self.verified: Decision | None
        self._mint()
        self.picker.watchers.append(self._mint)

    def verify(self) -> Decision:
        """Has the API's guard check the token, whatever scopes it holds; until then it counts as not verified."""
        self.verified = self.lab.guard_of(self.token).explain(f"Bearer {self.token}")
        self.changed()
        return self.verified

    def __repr__(self) -> str:
        from scopekit.show import playground_text

        return playground_text(self)

    def _repr_html_(self) -> str:
        from scopekit.show import playground_html

        return playground_html(self)

    def _mint(self) -> None:
        self.token = self.lab.mint(self.picker.selected)
        self.matrix = self.lab.matrix(self.token)
        self.verified = None
        self.changed()
