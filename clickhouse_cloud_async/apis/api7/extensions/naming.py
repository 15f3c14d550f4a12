"""Search for resources by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from clickhouse_cloud_async.core.errors import CloudError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable


class Named(Protocol):
    """An object with an id and a name."""

    @property
    def id(self) -> str:
        """The id."""
        ...

    @property
    def name(self) -> str | None:
        """The name."""
        ...


T = TypeVar("T", bound=Named)


def only_named(things: Iterable[T], name: str, kind: str, operation: str) -> T:
    """Return the only resource with a name.

    Args:
        things: The resources.
        name: The exact name.
        kind: Name of their kind, for the error.
        operation: Id of the operation that listed them.

    Raises:
        NotFoundError: None has it.
        CloudError: Several have it.
    """
    found = [thing for thing in things if thing.name == name]
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFoundError(f"no {kind} is named {name!r}", operation=operation)
    ids = ", ".join(thing.id for thing in found)
    raise CloudError(f"{len(found)} {kind}s are named {name!r}: {ids}", operation=operation)
