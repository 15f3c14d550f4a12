"""Clients that others wrote, against the emulator.

The session ``interop`` of nox runs them: they need packages that the other tests do without.
"""
