"""Ids, keys and the forms of moments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.clock import moment_at, timestamp
from clickhouse_cloud_async.emulation.randomness import random_text

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.world import World

_LENGTH = 10


def new_id(world: World, prefix: str) -> str:
    """Draw an id.

    Args:
        world: The emulator's documents and time.
        prefix: What it begins with, the hyphen included.
    """
    return f"{prefix}{random_text(world.random, _LENGTH)}"


def slug(name: str) -> str:
    """Return the key of a thing that has a name: lower case, and hyphens for blanks."""
    return re.sub(r"\s+", "-", name.strip().lower())


def now(world: World) -> str:
    """Return the emulated time in the format of the API."""
    return timestamp(moment_at(world.elapsed))
