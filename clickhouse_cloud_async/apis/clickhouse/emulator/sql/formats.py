"""Names of formats that come with a request."""

from __future__ import annotations

import re
from typing import Final

from .errors import UNKNOWN_FORMAT, EngineError

DEFAULT_FORMAT: Final = "TabSeparated"
"""The format of a result if neither the statement nor the request names one."""

_FORMAT: Final = re.compile(r"\w+", re.ASCII)


def checked_format(name: str) -> str:
    """Return the name of a format that comes with a request.

    The engine puts it behind the statement as it is, where more than a name would be SQL.

    Args:
        name: The name.

    Raises:
        EngineError: It is not a name.
    """
    if not _FORMAT.fullmatch(name):
        raise EngineError(UNKNOWN_FORMAT, f"Unknown format {name}")
    return name
