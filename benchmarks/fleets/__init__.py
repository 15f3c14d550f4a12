"""Requests, time, memory and CPU of fleets.

Most cases run on a virtual clock against an emulator that enforces the API's rate limit; so they
tell the same on every machine, and one run of each is enough. `measure` makes the rows.
"""
