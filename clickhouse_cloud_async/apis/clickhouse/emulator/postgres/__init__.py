"""Managed Postgres: the services, what they are set to, and what is observed of them."""
