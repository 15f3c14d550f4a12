"""Why code cannot be generated."""

from __future__ import annotations


class GeneratorError(Exception):
    """Something that the generator needs is missing; the message says what to do."""


class OverlayError(GeneratorError):
    """The overlay does not fit the contract; the message says what to write where."""
