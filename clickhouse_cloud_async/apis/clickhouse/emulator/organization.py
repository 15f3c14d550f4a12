"""An organisation of the emulated cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.emulation.clock import moment_at, timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Collection, Path
    from clickhouse_cloud_async.emulation.world import World

ORGANIZATIONS: Path = ("organizations",)
"""Path of the organisations in the store."""


@attrs.frozen
class Organization:
    """An organisation, as requests and timers use it.

    Args:
        world: The emulator's documents and time.
        path: The path of its document.
    """

    world: World
    path: Path

    @property
    def id(self) -> str:
        """Its UUID."""
        return self.path[-1]

    @property
    def document(self) -> JsonObject:
        """The organisation's own properties."""
        return self.world.store.document(self.path)

    @property
    def now(self) -> datetime:
        """The current emulated time."""
        return moment_at(self.world.elapsed)

    @property
    def timestamp(self) -> str:
        """The current emulated time in the format of the API."""
        return timestamp(self.now)

    def collection(self, *names: str) -> Collection:
        """Return a collection below the organisation.

        Args:
            *names: The rest of its path, such as ``"services"`` or ``"services", id, "backups"``.
        """
        return self.world.store.collection((*self.path, *names))

    def service(self, service_id: str) -> JsonObject:
        """Return the service with an ID.

        Raises:
            Problem: 404 if it does not exist.
        """
        return self.world.store.document((*self.path, "services", service_id))


def organization_at(world: World, path: Path) -> Organization:
    """Return the organisation of a document.

    Args:
        world: The emulator's documents and time.
        path: Its path.
    """
    return Organization(world, path[: len(ORGANIZATIONS) + 1])


def organizations(world: World) -> Iterator[Organization]:
    """Yield all organisations, in the order in which they were added."""
    for organization_id in world.store.collection(ORGANIZATIONS):
        yield Organization(world, (*ORGANIZATIONS, organization_id))


def related_paths(path: Path) -> Iterator[Path]:
    """Yield the path of the service of an attachment, given the attachment's path."""
    if path[-2:-1] == ("attachments",):
        yield (*path[: len(ORGANIZATIONS) + 1], "services", path[-1])
