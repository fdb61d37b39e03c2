"""The server: sockets, limits, speed and the access log. Skip it on a first reading."""
