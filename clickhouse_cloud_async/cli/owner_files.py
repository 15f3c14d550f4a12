"""Files that only their owner can read."""

from __future__ import annotations

import os

_FOR_OWNER = 0o600


def open_for_owner(name: str, flags: int) -> int:
    """Open a file, readable by its owner only if it is created; an opener for `open`.

    Args:
        name: Path of the file.
        flags: How it is opened.
    """
    return os.open(name, flags, _FOR_OWNER)
