"""The matrix as a live table."""

from scopekit.lab.table import look as look
