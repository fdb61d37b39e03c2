"""The matrix as a live table."""
