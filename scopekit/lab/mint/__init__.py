"""The mint form: choose a token's shape and scopes, and mint the token."""

from scopekit.lab.mint import look as look
