"""Sockets, limits, speed and the access log: skip them on a first reading."""
