"""The decision ladder."""
