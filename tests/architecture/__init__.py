"""Tests of the structure of the package, which read its source."""
