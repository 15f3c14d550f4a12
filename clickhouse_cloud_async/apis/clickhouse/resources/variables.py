"""Names of the environment variables that documents read secrets from."""

from __future__ import annotations

import re
from typing import Any

_OTHERS = re.compile(r"[^A-Za-z0-9]+")


def variable_of(*words: str) -> str:
    """Return the name of a variable, such as ``CLICKPIPE_ORDERS_PASSWORD``.

    Args:
        *words: What it is named after.
    """
    return _OTHERS.sub("_", "_".join(words)).strip("_").upper()


def reference_to(*words: str) -> dict[str, Any]:
    """Return what a document has in the place of a secret.

    Args:
        *words: What the variable is named after.
    """
    return {"env": variable_of(*words)}
