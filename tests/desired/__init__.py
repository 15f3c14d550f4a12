"""Fleets as they are wanted."""
