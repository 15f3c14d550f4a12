"""The APIs that this package speaks, one package each."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

_FIRST = "clickhouse"
"""The API that this package began with. Its public names are those of the rooms above, too."""


def first_api_room(name: str) -> ModuleType:
    """Return a room of the API that this package began with.

    Args:
        name: The room, such as ``fleet``.
    """
    return import_module(f"{__name__}.{_FIRST}.{name}")
