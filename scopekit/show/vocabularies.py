"""How a vocabulary looks: its scopes as a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scopekit.scopes import Vocabulary


def vocabulary_text(vocabulary: Vocabulary) -> str:
    """The scopes with their descriptions, each below the scope that implies it."""
    lines = [(f"{'  ' * depth}{name}", vocabulary.descriptions[name]) for depth, name in vocabulary.tree()]
    width = max((len(name) for name, _ in lines), default=0)
    return "\n".join([f"Vocabulary of {len(vocabulary)} scopes", *(f"{name:{width}}  {text}" for name, text in lines)])
