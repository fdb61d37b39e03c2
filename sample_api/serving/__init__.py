"""Sockets, limits, speed and the access log: not for the first reading."""
