"""The desired state of control planes of API7 Cloud."""

MAIN_KIND = "applications"
"""The kind of resources of which nobody says another."""
