"""Versions of product tiers, their builds and releases."""
