"""The classroom: one seeded world in which a lesson runs the same for everyone."""

from scopekit.lab.deck.model import Deck, Slide
from scopekit.lab.editor.model import TokenEditor
from scopekit.lab.grid import ATTACKS, Attack, AttackGrid, AttackResult
from scopekit.lab.lab import Lab
from scopekit.lab.ladder.model import DecisionLadder
from scopekit.lab.mint.model import MintForm, Rewriting
from scopekit.lab.picker.model import GITHUB_PRESETS, ScopePicker
from scopekit.lab.playground.model import Playground
from scopekit.lab.prediction.model import Hints, Prediction, Quiz
from scopekit.lab.revocations.model import LaggingDenylist, Revocations
from scopekit.lab.switches.model import GuardSwitches
from scopekit.lab.table.model import MatrixTable, OpenCell
from scopekit.lab.timeline.model import Timeline
from scopekit.lab.token_diff import TokenDiff
from scopekit.lab.world.credentials import OpaqueKey
from scopekit.lab.world.transports import InProcess, Loopback
from scopekit.lab.world.user_agent import consent

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
