"""The decision ladder shows a guard's decision on a call, check by check."""

from scopekit.lab.ladder import look as look
