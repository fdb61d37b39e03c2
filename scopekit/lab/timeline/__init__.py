"""A time line of tokens: move the clock, and see which calls the tokens open at that time."""

from scopekit.lab.timeline import look as look
