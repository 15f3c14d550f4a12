"""Managed Postgres: services, their settings, metrics and logs."""
