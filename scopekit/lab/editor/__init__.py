"""The token editor: decode, verify and sign a token as text."""

from scopekit.lab.editor import look as look
