"""The live objects of a lab: each made by a line, the last of each kind kept, and told when the world changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from scopekit.lab.editor.model import TokenEditor
from scopekit.lab.ladder.model import DecisionLadder
from scopekit.lab.live import Live
from scopekit.lab.mint.model import MintForm
from scopekit.lab.picker.model import GITHUB_PRESETS, ScopePicker
from scopekit.lab.playground.model import Playground
from scopekit.lab.revocations.model import Revocations
from scopekit.lab.switches.model import GuardSwitches
from scopekit.lab.table.model import MatrixTable
from scopekit.lab.timeline.model import Timeline
from scopekit.lab.token_diff import TokenDiff
from scopekit.tokens import Token

if TYPE_CHECKING:
    from scopekit.lab.world.world import Lab


class LiveObjects:
    """What a Lab has of live objects; a second one of a kind takes the place of the first."""

    def __init__(self) -> None:
        self._live: dict[tuple[type[Live], str], Live] = {}

    # Each of them by a line

    def playground(self, ticked: Iterable[str] = ("public_repo",)) -> Playground:
        """The playground, with these scopes ticked."""
        return Playground(self._lab, ticked)

    def picker(self, ticked: Iterable[str] = ()) -> ScopePicker:
        """The scopes of the API to tick, with presets, and what is enough for its calls."""
        return ScopePicker(self._lab.vocabulary, ticked, self._lab.calls, GITHUB_PRESETS, lab=self._lab)

    def mint_form(self, scopes: Iterable[str] = ()) -> MintForm:
        """A form for a token of any shape, with these scopes ticked."""
        return MintForm(self._lab, scopes)

    def editor(self, token: object = None) -> TokenEditor:
        """The token editor, on a new token where none is given."""
        return TokenEditor(self._lab, token)

    def ladder(self, call: str, *tokens: object) -> DecisionLadder:
        """The guard's decision over a call, check by check, with the first of these tokens or with none."""
        return DecisionLadder(self._lab, call, *tokens)

    def timeline(self, *tokens: Token | str, calls: Iterable[str] = ()) -> Timeline:
        """Tokens on a line of time that moves the clock, and these calls, a few telling ones where none are named."""
        return Timeline(self._lab, *tokens, calls=calls)

    def revocations(self, *tokens: Token, lag_seconds: float = 300) -> Revocations:
        """Tokens to take back, and a second server that hears of it later."""
        return Revocations(self._lab, *tokens, lag_seconds=lag_seconds)

    def switches(self, token: Token | None = None) -> GuardSwitches:
        """The checks of a copy of the guard, to switch off one by one."""
        return GuardSwitches(self._lab, token)

    def table(self, *tokens: object) -> MatrixTable:
        """The matrix of these tokens as a live table, whose cells can be opened."""
        return MatrixTable(self._lab, *tokens)

    def diff(self, one: Token | str, other: Token | str) -> TokenDiff:
        """What differs between two tokens."""
        return TokenDiff(one, other)

    # What becomes of them

    def keep(self, live: Live, name: str = "") -> None:
        """Keeps the last live object of each kind and name; the one before it is closed."""
        if before := self._live.get((type(live), name)):
            before.close()
        self._live[type(live), name] = live

    def tell(self) -> None:
        """Tells each of them that the clock or the denylist has changed."""
        for live in tuple(self._live.values()):
            live.moved()

    def let_go(self) -> None:
        """Closes all of them."""
        for live in self._live.values():
            live.close()
        self._live.clear()

    @property
    def _lab(self) -> Lab:
        return cast("Lab", self)
