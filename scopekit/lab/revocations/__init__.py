"""Revokes tokens, and shows when each of two servers begins to refuse them."""

from scopekit.lab.revocations import look as look
