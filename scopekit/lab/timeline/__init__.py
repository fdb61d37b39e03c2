"""The clock timeline."""
