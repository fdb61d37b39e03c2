"""A table of calls and tokens that can be filled, filtered and sorted."""

from scopekit.lab.table import look as look
