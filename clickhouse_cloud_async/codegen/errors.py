"""Errors of the generator."""

from __future__ import annotations


class GeneratorError(Exception):
    """Input of the generator is missing; the message says what to do."""


class OverlayError(GeneratorError):
    """The overlay does not fit the contract; the message says what to write where."""
