"""The classroom of the lessons. Its keys and ids come from a seed, so that a lesson gives everyone the same results."""

from collections.abc import Callable, Mapping
from typing import Any

from scopekit.lab.deck.model import Deck, Slide
from scopekit.lab.editor.model import TokenEditor
from scopekit.lab.grid import ATTACKS, Attack, AttackGrid, AttackResult
from scopekit.lab.lab import Lab, consent
from scopekit.lab.ladder.model import DecisionLadder
from scopekit.lab.live import register_views
from scopekit.lab.mint.model import MintForm, Rewriting
from scopekit.lab.picker.model import GITHUB_PRESETS, ScopePicker
from scopekit.lab.playground.model import Playground
from scopekit.lab.prediction.model import Hints, Prediction, Quiz
from scopekit.lab.revocations.model import Revocations
from scopekit.lab.switches.model import GuardSwitches
from scopekit.lab.table.model import MatrixTable, OpenCell
from scopekit.lab.timeline.model import Timeline
from scopekit.lab.token_diff import TokenDiff
from scopekit.lab.world.credentials import OpaqueKey
from scopekit.lab.world.lagging_denylist import LaggingDenylist
from scopekit.lab.world.transports import InProcess, Loopback

__all__ = [
    "ATTACKS",
    "GITHUB_PRESETS",
    "Attack",
    "AttackGrid",
    "AttackResult",
    "DecisionLadder",
    "Deck",
    "GuardSwitches",
    "Hints",
    "InProcess",
    "Lab",
    "LaggingDenylist",
    "Loopback",
    "MatrixTable",
    "MintForm",
    "OpaqueKey",
    "OpenCell",
    "Playground",
    "Prediction",
    "Quiz",
    "Revocations",
    "Rewriting",
    "ScopePicker",
    "Slide",
    "Timeline",
    "TokenDiff",
    "TokenEditor",
    "consent",
]  # fmt: skip


def load_views() -> Mapping[type, Callable[[Any], Any]]:
    """Maps each live object's class to its view class. Raises ImportError if the widget libraries are not installed."""
    from scopekit.lab.deck.view import DeckView
    from scopekit.lab.editor.view import TokenEditorView
    from scopekit.lab.ladder.view import DecisionLadderView
    from scopekit.lab.mint.view import MintFormView
    from scopekit.lab.picker.view import ScopePickerView
    from scopekit.lab.playground.view import PlaygroundView
    from scopekit.lab.prediction.view import HintsView, QuizView
    from scopekit.lab.revocations.view import RevocationsView
    from scopekit.lab.switches.view import GuardSwitchesView
    from scopekit.lab.table.view import MatrixTableView
    from scopekit.lab.timeline.view import TimelineView

    return {
        Deck: DeckView, DecisionLadder: DecisionLadderView, GuardSwitches: GuardSwitchesView, Hints: HintsView,
        MatrixTable: MatrixTableView, MintForm: MintFormView, Playground: PlaygroundView, Quiz: QuizView,
        Revocations: RevocationsView, ScopePicker: ScopePickerView, Timeline: TimelineView,
        TokenEditor: TokenEditorView,
    }  # fmt: skip


register_views(load_views)
