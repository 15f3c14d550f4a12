"""Counts the requests of pollers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.core.waiting.poller import poller_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clickhouse_cloud_async.apis.clickhouse.client import AsyncClickHouseCloud
    from clickhouse_cloud_async.apis.clickhouse.models.services import Service
    from clickhouse_cloud_async.core.waiting.poller import Poller


class Polls:
    """Counts what the pollers of services send, from the moment when they are watched.

    Who shares a poller shares its requests; they count for each.
    """

    def __init__(self) -> None:
        self._pollers: dict[Poller[Service], int] = {}

    async def watch(self, organizations: Iterable[tuple[str, AsyncClickHouseCloud]]) -> None:
        """Count what is sent from now on to see how services are.

        Args:
            organizations: The ids of their organisations, each with the client that reaches it.
        """
        for organization, cloud in set(organizations):
            poller = await poller_of(
                cloud._caller,  # noqa: SLF001 - a client's own part
                LIFECYCLE,
                {"organizationId": organization},
            )
            self._pollers.setdefault(poller, poller.requests)

    @property
    def requests(self) -> int:
        """How many requests were sent since then."""
        return sum(poller.requests - before for poller, before in self._pollers.items())
