"""Services of the emulator that answer SQL."""
