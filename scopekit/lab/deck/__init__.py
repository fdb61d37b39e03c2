"""The deck: slides that show a lesson's objects to an audience."""

from scopekit.lab.deck import look as look
