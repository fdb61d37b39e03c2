"""The mint form."""
