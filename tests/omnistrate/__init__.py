"""Tests of the client and the emulator of Omnistrate."""
