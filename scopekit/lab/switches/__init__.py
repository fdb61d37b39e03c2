"""The guard's switches."""
