"""Databases as older versions left them, one dump for each, never changed.

A new migration gets a new dump: `python -m tests.gateway.old_databases` prints the
database of the newest version with a little of everything in it.
"""
