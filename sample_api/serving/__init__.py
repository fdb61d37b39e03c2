"""What has to do with sockets, limits, speed and logging: not for the first reading."""
