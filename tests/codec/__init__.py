"""Tests of the way between JSON and Python."""
