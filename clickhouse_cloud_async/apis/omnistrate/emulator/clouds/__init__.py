"""Clouds, and accounts in them."""
