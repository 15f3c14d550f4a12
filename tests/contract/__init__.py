"""Tests of the contract: operations, fields, docstrings and what goes over the wire."""
