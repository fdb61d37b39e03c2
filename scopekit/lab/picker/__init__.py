"""The scope picker: tick scopes, and find the fewest scopes that open the requested calls."""

from scopekit.lab.picker import look as look
