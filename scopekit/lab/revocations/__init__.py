"""The revocations."""

from scopekit.lab.revocations import look as look
