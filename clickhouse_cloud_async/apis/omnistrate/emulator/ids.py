"""IDs, keys and the format of times."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.clock import moment_at, timestamp
from clickhouse_cloud_async.emulation.randomness import random_text

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.world import World

_LENGTH = 10


def new_id(world: World, prefix: str) -> str:
    """Generate an ID.

    Args:
        world: The emulator's documents and time.
        prefix: Its prefix, including the hyphen.
    """
    return f"{prefix}{random_text(world.random, _LENGTH)}"


def slug(name: str) -> str:
    """Return the key for a name: lower case, with hyphens for blanks."""
    return re.sub(r"\s+", "-", name.strip().lower())


def now(world: World) -> str:
    """Return the emulated time in the format of the API."""
    return timestamp(moment_at(world.elapsed))
