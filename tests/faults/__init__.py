"""Tests of the request path against everything that can go wrong on it."""
