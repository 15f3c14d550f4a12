"""Tests of the client and the emulator of API7 Cloud."""
