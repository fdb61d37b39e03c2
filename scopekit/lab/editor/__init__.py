"""The token editor, where a learner decodes, verifies and signs a token as text."""

from scopekit.lab.editor import look as look
