"""The world of a Lab: its clock, its API, and how requests reach it."""
