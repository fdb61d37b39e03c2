"""The token editor."""
