"""Key sets for a guard (rotation, JWK Sets over HTTP, discovery), and denylists in SQLite and Redis."""
