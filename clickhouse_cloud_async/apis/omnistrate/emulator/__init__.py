"""Omnistrate on this machine: the parts of its emulator."""
