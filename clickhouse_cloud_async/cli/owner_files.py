"""Files that only their owner may read."""

from __future__ import annotations

import os

_FOR_OWNER = 0o600


def open_for_owner(name: str, flags: int) -> int:
    """Open a file so that it is for its owner alone if it is made; an opener for `open`.

    Args:
        name: Path of the file.
        flags: How it is opened.
    """
    return os.open(name, flags, _FOR_OWNER)
