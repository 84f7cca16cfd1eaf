"""A 4G modem that is not there, on a real pseudo-terminal, and the network behind it."""
