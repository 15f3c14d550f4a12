"""Backups, snapshots and the bucket that backups may go to."""
