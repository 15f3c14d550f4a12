"""The emulator of Omnistrate."""
