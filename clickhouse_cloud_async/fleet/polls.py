"""Counts the requests of pollers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.client import caller_of
from clickhouse_cloud_async.core.waiting.poller import poller_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clickhouse_cloud_async.core.client import AsyncAPIClient
    from clickhouse_cloud_async.core.waiting.poller import Poller

    from .kind import Kind


class Polls:
    """Counts the requests of pollers from the call of `watch` on.

    The requests of a shared poller count for each of its users.

    Args:
        kind: Kind of the polled resources; None if none are polled.
    """

    def __init__(self, kind: Kind | None) -> None:
        self._kind = kind
        self._pollers: dict[Poller[Any], int] = {}

    async def watch(self, organizations: Iterable[tuple[str, AsyncAPIClient]]) -> None:
        """Count the requests of pollers from now on.

        Args:
            organizations: The IDs of their organisations, each with the client that reaches it.
        """
        assert self._kind is not None, "resources are polled"
        for organization, cloud in set(organizations):
            poller = await poller_of(
                caller_of(cloud),
                self._kind.lifecycle,
                self._kind.parent(organization),
            )
            self._pollers.setdefault(poller, poller.requests)

    @property
    def requests(self) -> int:
        """Number of requests that were sent since then."""
        return sum(poller.requests - before for poller, before in self._pollers.items())
