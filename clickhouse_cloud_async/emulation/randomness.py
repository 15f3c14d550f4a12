"""Reproducible randomness."""

from __future__ import annotations

import random
from uuid import UUID


def seeded(seed: int, *purpose: str) -> random.Random:
    """Make a source of randomness that depends on nothing but its arguments.

    Args:
        seed: The emulator's seed.
        *purpose: What the source is for. Different purposes give independent sources, so the
            order in which they are used changes nothing.
    """
    return random.Random("/".join((str(seed), *purpose)))  # noqa: S311 - repeatable, not secret


def random_uuid(source: random.Random) -> str:
    """Draw a version 4 UUID."""
    return str(UUID(int=source.getrandbits(128), version=4))


def random_text(source: random.Random, length: int) -> str:
    """Draw letters and digits.

    Args:
        source: Where they are drawn from.
        length: How many.
    """
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(source.choices(alphabet, k=length))
