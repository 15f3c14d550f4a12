"""Desired state: descriptions, their comparison with the actual state, and plans."""
