"""API keys that can say no: JSON Web Tokens with scopes, and a guard that says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scopekit import display
from scopekit.clock import LessonClock, SystemClock
from scopekit.decision import Decision, Step
from scopekit.errors import ScopeKitError
from scopekit.guard import Guard
from scopekit.issuer import AUTH0_V2, GITHUB, RFC9068, SEED_2014, Issuer, Profile
from scopekit.keys import Key, KeySet
from scopekit.notations import convert
from scopekit.requirements import NO_SCOPE, OwnerBound, Requirement, all_of, any_of
from scopekit.revocation import MemoryDenylist, SqliteDenylist
from scopekit.rotation import Rotation
from scopekit.scopes import Vocabulary
from scopekit.tokens import Token

if TYPE_CHECKING:
    from scopekit.lab import Lab

__version__ = "0.1.0"

__all__ = [
    "AUTH0_V2",
    "GITHUB",
    "NO_SCOPE",
    "RFC9068",
    "SEED_2014",
    "Decision",
    "Guard",
    "Issuer",
    "Key",
    "KeySet",
    "Lab",
    "LessonClock",
    "MemoryDenylist",
    "OwnerBound",
    "Profile",
    "Requirement",
    "Rotation",
    "ScopeKitError",
    "SqliteDenylist",
    "Step",
    "SystemClock",
    "Token",
    "Vocabulary",
    "all_of",
    "any_of",
    "convert",
]


@display.on_missing
def load_look(kind: type) -> None:
    """Loads what registers how the objects of a class look, once one of them is displayed."""
    from scopekit import render

    render.load(kind)


def __getattr__(name: str) -> Any:
    """`Lab` brings the classroom along (an API, an HTTP client), so it is loaded when it is asked for."""
    if name == "Lab":
        from scopekit.lab import Lab

        return Lab
    raise AttributeError(f"module 'scopekit' has no attribute {name!r}")
