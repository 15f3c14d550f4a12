"""Fleets as they are wanted: described, compared with what there is, and brought about."""
