"""The revocations."""
