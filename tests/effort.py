"""The effort of property tests."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

OLDEST = (3, 11)
"""The oldest Python that is supported."""

IS_THOROUGH = sys.version_info[:2] == OLDEST and os.environ.get("TEST_EFFORT") != "low"
"""Whether everything is tried: on one Python, with one set of dependencies."""

IS_LONG = os.environ.get("TEST_EFFORT") == "high"
"""Whether what was made up is tried for as long as it takes, by hand."""

EXAMPLES = 2000 if IS_LONG else 50 if IS_THOROUGH else 20
"""Examples of a property: a few are enough where the same code runs again."""

SEEDS = range(EXAMPLES // 12)
"""Seeds of what is tried with made-up faults."""


def some_of(things: Sequence[T]) -> Sequence[T]:
    """Return all things in a thorough run, and every fifth one in any other.

    Args:
        things: What the same code is tried with again and again, such as the names of operations.
    """
    return things if IS_THOROUGH else things[::5]


def calls_of(function: Callable[[], object]) -> int:
    """Count the functions that a call calls: a measure of its time on any machine."""
    count = 0

    def take_note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(take_note)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count
