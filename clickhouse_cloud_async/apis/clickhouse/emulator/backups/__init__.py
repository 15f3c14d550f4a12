"""Backups, snapshots and the customer's bucket for backups."""
