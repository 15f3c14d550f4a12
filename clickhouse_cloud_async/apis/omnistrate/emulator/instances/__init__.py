"""Instances and their parts."""
