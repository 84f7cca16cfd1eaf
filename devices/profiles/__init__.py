"""Every device family we understand: one line each."""
