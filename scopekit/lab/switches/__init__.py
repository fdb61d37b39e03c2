"""The guard's switches: turn off checks, and see what gets in."""

from scopekit.lab.switches import look as look
