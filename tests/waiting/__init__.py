"""Waiting for what changes by itself."""
