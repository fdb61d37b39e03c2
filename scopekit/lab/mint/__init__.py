"""The mint form."""

from scopekit.lab.mint import look as look
