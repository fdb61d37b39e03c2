"""The classroom: one seeded world in which a lesson runs the same for everyone."""

from scopekit.lab.attacks import ATTACKS, Attack, AttackGrid, AttackResult
from scopekit.lab.consent import consent
from scopekit.lab.credentials import OpaqueKey
from scopekit.lab.deck import Deck, Slide
from scopekit.lab.diff import TokenDiff
from scopekit.lab.editor import TokenEditor
from scopekit.lab.hints import Hints
from scopekit.lab.ladder import DecisionLadder
from scopekit.lab.lagging import LaggingDenylist
from scopekit.lab.minting import MintForm
from scopekit.lab.picker import GITHUB_PRESETS, ScopePicker
from scopekit.lab.playground import Playground
from scopekit.lab.quiz import Prediction, Quiz
from scopekit.lab.revocations import Revocations
from scopekit.lab.rewriting import Rewriting
from scopekit.lab.switches import GuardSwitches
from scopekit.lab.table import MatrixTable, OpenCell
from scopekit.lab.timeline import Timeline
from scopekit.lab.transports import InProcess, Loopback
from scopekit.lab.world import Lab

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
