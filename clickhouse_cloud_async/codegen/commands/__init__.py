"""Generates the tables of commands from methods."""
