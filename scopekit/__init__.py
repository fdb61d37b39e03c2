"""JSON Web Tokens as API keys with scopes, and a guard that explains each refusal."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from scopekit import display

if TYPE_CHECKING:
    from scopekit.clock import LessonClock, SystemClock
    from scopekit.decision import Decision, Step
    from scopekit.errors import ScopeKitError
    from scopekit.guard import Guard
    from scopekit.issuer import Issuer
    from scopekit.keys import Key, KeySet
    from scopekit.lab import Lab
    from scopekit.profile import RFC9068, Profile
    from scopekit.profiles import AUTH0_V2, GITHUB, SEED_2014
    from scopekit.requirements import NO_SCOPE, OwnerBound, Requirement, all_of, any_of
    from scopekit.scopes import Vocabulary, convert
    from scopekit.stores.memory import MemoryDenylist
    from scopekit.stores.rotation import Rotation
    from scopekit.stores.sqlite import SqliteDenylist
    from scopekit.tokens import Token

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

_MODULES = (
    "errors", "scopes", "requirements", "clock", "keys", "tokens", "profile", "issuer", "revocation", "decision",
    "guard", "profiles", "stores.memory", "stores.rotation", "stores.sqlite", "lab",
)  # fmt: skip
"""The modules of the public names, lowest first. Using a name imports its module and all modules before it."""


@display.on_missing
def load_look(kind: type) -> None:
    """Imports the module that renders a class. Called before the first instance of that class is displayed."""
    from scopekit import render

    render.load(kind)


def __getattr__(name: str) -> Any:
    """Imports a public name only at its first use, so that pytest, which always loads this package, starts fast."""
    try:
        for module in _MODULES if name in __all__ else ():
            value = getattr(import_module(f"scopekit.{module}"), name, None)
            if value is not None:
                return globals().setdefault(name, value)
    except ImportError as error:
        from scopekit.errors import LabError
        from scopekit.wording import needs_extra

        missing = (error.name or "").partition(".")[0]
        if missing == "sample_api":
            other = sys.modules["sample_api"]
            raise LabError(f"Another module named sample_api hides the kit's own: {other}.") from None
        if name == "Lab" and isinstance(error, ModuleNotFoundError) and missing not in ("", "scopekit"):
            raise LabError(needs_extra("The Lab", "lab")) from None
        raise
    raise AttributeError(f"module 'scopekit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
