"""The token editor."""

from scopekit.lab.editor import look as look
