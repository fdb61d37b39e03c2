"""The world that the live objects and the exercises use: a running API with its client, clock, keys and ids."""
