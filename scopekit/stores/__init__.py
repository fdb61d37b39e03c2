"""Stores of a guard: keys that take turns, JWK Sets over HTTP, and denylists in SQLite and Redis."""
