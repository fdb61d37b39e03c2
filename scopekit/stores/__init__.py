"""Where a guard keeps or fetches things: keys that take turns, JWK Sets over HTTP, denylists in SQLite and Redis."""
