"""Key sets and denylists for a guard: rotating keys, JWK Sets over HTTP, and denylists in SQLite and Redis."""
