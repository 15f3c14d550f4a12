"""Tests of the kinds of resources, all of them by one table of cases."""
