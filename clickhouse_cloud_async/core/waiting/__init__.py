"""Waits for resources that change by themselves: one poller serves many waits."""
