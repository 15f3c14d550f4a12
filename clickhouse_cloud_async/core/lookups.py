"""Hints for calls with a name in place of an ID."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .building import Path
    from .errors import BadRequestError, NotFoundError


def name_lookups(
    error: BadRequestError | NotFoundError, path: Path, lookups: Mapping[str, str]
) -> None:
    """Add a hint to an error of a call with a name in place of an ID: how to look it up.

    Args:
        error: The API's refusal; the hint is set on it.
        path: Value of each path parameter.
        lookups: For path parameters that are UUIDs, the method that finds one by its name.
    """
    for parameter, method in lookups.items():
        value = path.get(parameter)
        if isinstance(value, str) and not is_uuid(value):
            error.hint = f"{value!r} is not an id, look it up with {method}({value!r})"


def is_uuid(text: str) -> bool:
    """Return whether a text is a UUID, and not a name."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True
