"""The decision ladder: a guard's decision, check by check."""

from scopekit.lab.ladder import look as look
