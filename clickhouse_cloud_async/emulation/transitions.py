"""Transitions of states, as values."""

from __future__ import annotations

from typing import Final

import attrs

GONE: Final = "gone"
"""The state of a deleted resource, in no API."""


@attrs.frozen
class Transition:
    """The transition from a transitional state.

    Args:
        following: The state that follows; `GONE` to delete the document.
        seconds: Typical duration in emulated seconds.
    """

    following: str
    seconds: float
