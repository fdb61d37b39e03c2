"""The scope picker: tick scopes, and find the fewest that are enough."""

from scopekit.lab.picker import look as look
