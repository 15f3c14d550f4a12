"""States of resources that are gone, or not created yet."""

from __future__ import annotations

GONE = "gone"
"""The state of a service that is gone."""

NOT_THERE = "not there"
"""The state of a service that is to be created."""


def state_of(thing: object, attribute: str = "state") -> str:
    """Return the state of a resource that may be gone.

    Args:
        thing: The resource; None if it is gone.
        attribute: The attribute with its state.
    """
    return GONE if thing is None else str(getattr(thing, attribute))
