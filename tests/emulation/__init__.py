"""The engine of emulators, apart from any real API."""
