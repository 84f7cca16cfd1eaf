"""One SQLite file: journal, outbox, incidents, snapshots."""
