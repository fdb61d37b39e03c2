"""The clock timeline."""

from scopekit.lab.timeline import look as look
