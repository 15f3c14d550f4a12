"""The walls of the house, kept by reading the source."""
