"""The decision ladder."""

from scopekit.lab.ladder import look as look
