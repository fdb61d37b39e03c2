"""The guard's switches."""

from scopekit.lab.switches import look as look
