"""States of things that may be gone, or not there yet."""

from __future__ import annotations

GONE = "gone"
"""Stands for the state of a service that is not there any more."""

NOT_THERE = "not there"
"""Stands for the state of a service that is to be created."""


def state_of(thing: object, attribute: str = "state") -> str:
    """Return the state of a thing that may be gone.

    Args:
        thing: The thing; None if it is gone.
        attribute: The attribute that holds its state.
    """
    return GONE if thing is None else str(getattr(thing, attribute))
