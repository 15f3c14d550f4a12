"""Reproducible randomness."""

from __future__ import annotations

import random
from uuid import UUID


def seeded(seed: int, *purpose: str) -> random.Random:
    """Return a source of randomness that depends on its arguments only.

    Args:
        seed: The emulator's seed.
        *purpose: Purpose of the source. Sources of different purposes are independent, so that the
            order of their use does not matter.
    """
    return random.Random("/".join((str(seed), *purpose)))  # noqa: S311 - repeatable, not secret


def random_uuid(source: random.Random) -> str:
    """Draw a version 4 UUID."""
    return str(UUID(int=source.getrandbits(128), version=4))


def random_text(source: random.Random, length: int) -> str:
    """Draw letters and digits.

    Args:
        source: The source of randomness.
        length: Their number.
    """
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(source.choices(alphabet, k=length))
