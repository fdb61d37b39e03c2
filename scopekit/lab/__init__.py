"""The classroom: one seeded world in which a lesson runs the same for everyone."""

from scopekit.lab.minting import MintForm
from scopekit.lab.playground import Playground, ScopePicker
from scopekit.lab.rewriting import Rewriting
from scopekit.lab.timeline import Timeline
from scopekit.lab.transports import InProcess, Loopback
from scopekit.lab.world import Lab, OpaqueKey

__all__ = [
    "InProcess",
    "Lab",
    "Loopback",
    "MintForm",
    "OpaqueKey",
    "Playground",
    "Rewriting",
    "ScopePicker",
    "Timeline",
]
