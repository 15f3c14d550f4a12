"""Desired state: described, compared with what there is, and brought about."""
