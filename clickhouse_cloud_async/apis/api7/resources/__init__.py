"""What a control plane of API7 Cloud holds, as desired state."""

MAIN_KIND = "applications"
"""The kind of resources of which nobody says another."""
