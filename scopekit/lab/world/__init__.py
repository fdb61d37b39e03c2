"""The world that the live objects and the exercises stand on: an API that runs, its client, clock, keys and ids."""
