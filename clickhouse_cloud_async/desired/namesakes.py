"""Resources of one name, and what to say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


class Named(Protocol):
    """A resource that has a name, as a list shows it."""

    @property
    def id(self) -> str:
        """Its ID."""
        ...

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def state(self) -> str:
        """Its state."""
        ...

    @property
    def created_at(self) -> datetime | None:
        """When it was created."""


N = TypeVar("N", bound=Named)


@attrs.frozen
class Listed(Generic[N]):
    """What a list has shown.

    Attributes:
        resources: The resources in it.
        at: When it was there, by the monotonic clock.
    """

    resources: Collection[N]
    at: float


def taken_back(key: str) -> str:
    """Return what to say of a resource that was created and deleted again.

    Args:
        key: The ID that it had.
    """
    return (
        f"another program has created it at the same time; {key}, which this one had created, was"
        " deleted again"
    )


def age(resource: Named) -> tuple[str, str]:
    """Return what puts resources into an order in which all programs find the same one first."""
    return str(resource.created_at), resource.id


def told_of(ids: Collection[str]) -> str | None:
    """Return what to say of a service of whose name there are others; None where there are none."""
    if not ids:
        return None
    return (
        "another program has created a service of this name at the same time,"
        f" {', '.join(sorted(ids))}: delete one of them"
    )
