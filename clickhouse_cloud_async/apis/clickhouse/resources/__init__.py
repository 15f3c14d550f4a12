"""The kinds of resources that a description names, here ClickHouse's."""

MAIN_KIND = "services"
"""The kind of resources of which nobody says another."""
