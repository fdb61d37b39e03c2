"""Switches that turn off a guard's checks, and show which bad requests then get in."""

from scopekit.lab.switches import look as look
