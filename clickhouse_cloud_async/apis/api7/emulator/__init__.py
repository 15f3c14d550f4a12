"""An emulator of API7 Cloud on the shared engine."""
