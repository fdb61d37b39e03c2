"""The plain objects, live: each view shows an object, passes on what a person does, and holds no logic."""

from scopekit.widgets.deck import DeckView
from scopekit.widgets.editor import TokenEditorView
from scopekit.widgets.hints import HintsView
from scopekit.widgets.ladder import DecisionLadderView
from scopekit.widgets.minting import MintFormView
from scopekit.widgets.picker import ScopePickerView
from scopekit.widgets.playground import PlaygroundView
from scopekit.widgets.quiz import QuizView
from scopekit.widgets.revocations import RevocationsView
from scopekit.widgets.switches import GuardSwitchesView
from scopekit.widgets.table import MatrixTableView
from scopekit.widgets.timeline import TimelineView

__all__ = [
    "DecisionLadderView", "DeckView", "GuardSwitchesView", "HintsView", "MatrixTableView", "MintFormView",
    "PlaygroundView", "QuizView", "RevocationsView", "ScopePickerView", "TimelineView", "TokenEditorView",
]  # fmt: skip
