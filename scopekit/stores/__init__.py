"""The guard across machines: the keys of an issuer elsewhere (`jwks`), and one denylist for all guards (`redis`)."""
