"""How hard the tests look for what nobody thought of."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

OLDEST = (3, 11)
"""The oldest Python that is supported."""

EXAMPLES = 100 if sys.version_info[:2] == OLDEST else 20
"""Examples of a property: many on one Python, a few on the others, where the same code runs."""

SEEDS = range(EXAMPLES // 25 or 1)
"""Seeds of what is tried with made-up faults."""


def calls_of(function: Callable[[], object]) -> int:
    """How many functions a call calls: a measure of its time that is the same on each machine."""
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
