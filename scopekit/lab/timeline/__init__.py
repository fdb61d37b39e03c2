"""The clock timeline: move the clock, and see what tokens open then."""

from scopekit.lab.timeline import look as look
