"""Revocations: revoke tokens, and see when two servers learn of it."""

from scopekit.lab.revocations import look as look
