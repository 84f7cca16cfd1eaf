"""Measured beside peers: `make bench` prints the table."""
