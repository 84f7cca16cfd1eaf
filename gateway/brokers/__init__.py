"""The brokers we can run ourselves, and the test whether a queued press survives."""
