"""The deck."""

from scopekit.lab.deck import look as look
