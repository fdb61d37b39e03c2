"""The playground: tick scopes, and see which calls a token with these scopes opens."""

from scopekit.lab.playground import look as look
