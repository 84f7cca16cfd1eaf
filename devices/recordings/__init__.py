"""Recorded homes as one more wire format."""
