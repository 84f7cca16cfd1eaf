"""The shell: everything that waits or touches the world."""
