"""Messages about resources of the same name."""

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
    """The resources of a list.

    Attributes:
        resources: The resources in it.
        at: Time of its response, by the monotonic clock.
    """

    resources: Collection[N]
    at: float


def duplicate_deleted_message(key: str) -> str:
    """Return the message about a resource that was created and deleted again.

    Args:
        key: The ID that it had.
    """
    return (
        f"another program has created it at the same time; {key}, which this one had created, was"
        " deleted again"
    )


def age(resource: Named) -> tuple[str, str]:
    """Return a sort key by which all programs agree on the first resource."""
    return str(resource.created_at), resource.id


def duplicates_message(ids: Collection[str]) -> str | None:
    """Return the message about other services of the same name; None if there are none."""
    if not ids:
        return None
    return (
        "another program has created a service of this name at the same time,"
        f" {', '.join(sorted(ids))}: delete one of them"
    )
