"""Deletes the secondary services of a warehouse before its primary one."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.fleet.concurrency import run_all

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Iterable
    from typing import Any

    from clickhouse_cloud_async.apis.clickhouse.models.services import Service


class DeletionOrder:
    """The deletion order of services that share a warehouse.

    The API refuses to delete the primary service of a warehouse as long as secondary ones exist,
    including those in the state ``terminated``. So a primary service waits until its secondary ones
    do not exist any more.

    Args:
        services: All services of the organisations, including those that are not deleted.
        deleted: IDs of the services that are deleted.
    """

    def __init__(self, services: Iterable[Service], deleted: Collection[str]) -> None:
        self._deleted = deleted
        self._secondaries: defaultdict[str, list[Service]] = defaultdict(list)
        self._kept: dict[str, asyncio.Future[bool]] = {}
        for service in services:
            if service.is_primary is False and service.data_warehouse_id:
                self._secondaries[service.data_warehouse_id].append(service)

    def obstacle(self, service: Service) -> str | None:
        """Return the reason why a service cannot be deleted, or None.

        Args:
            service: A service that is to be deleted.
        """
        kept = [
            secondary.name
            for secondary in self._secondaries_of(service)
            if secondary.id not in self._deleted and secondary.state not in LIFECYCLE.gone
        ]
        if not kept:
            return None
        return f"it is the primary service of {_named(kept)}, which are not selected"

    def finish(self, service_id: str, *, is_deleted: bool) -> None:
        """Record that the attempt to delete a service has ended.

        Args:
            service_id: ID of the service.
            is_deleted: Whether the API has accepted the deletion, or the service is gone.
        """
        future = self._future(service_id)
        if not future.done():
            future.set_result(not is_deleted)

    async def wait_for_turn(
        self, service: Service, wait_until_gone: Callable[[str], Coroutine[Any, Any, None]]
    ) -> str | None:
        """Wait until the secondary services of a primary one are gone.

        Args:
            service: A service that is to be deleted; any but a primary one returns at once.
            wait_until_gone: Called with the ID of a service that is being deleted.

        Returns:
            The reason why the service cannot be deleted, or None.
        """
        secondaries = self._secondaries_of(service)
        # The primary service stays if one of them does, so nothing is polled before that is known.
        kept = [
            secondary.name
            for secondary in secondaries
            if secondary.id in self._deleted and await self._future(secondary.id)
        ]
        if kept:
            return f"it is the primary service of {_named(kept)}, which could not be deleted"
        await run_all(wait_until_gone(secondary.id) for secondary in secondaries)
        return None

    def _secondaries_of(self, service: Service) -> list[Service]:
        if service.is_primary is False:
            return []
        return self._secondaries.get(service.data_warehouse_id or "", [])

    def _future(self, service_id: str) -> asyncio.Future[bool]:
        if service_id not in self._kept:
            self._kept[service_id] = asyncio.get_running_loop().create_future()
        return self._kept[service_id]


def _named(names: Iterable[str]) -> str:
    return f"a warehouse with the secondary services {', '.join(sorted(names))}"
