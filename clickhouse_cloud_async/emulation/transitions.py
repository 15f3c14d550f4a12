"""States that pass by themselves, as values."""

from __future__ import annotations

from typing import Final

import attrs

GONE: Final = "gone"
"""No state of any API: the resource is not there any more."""


@attrs.frozen
class Transition:
    """How a state passes by itself.

    Args:
        following: The state that follows; `GONE` where the document ends.
        seconds: After how many emulated seconds, typically.
    """

    following: str
    seconds: float
