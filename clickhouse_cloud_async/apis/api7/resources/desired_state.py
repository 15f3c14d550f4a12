"""What a control plane holds, as it is described: planned, applied, exported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.desired.verbs import AsyncDesiredVerbs

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.api7.client import AsyncAPI7Cloud
    from clickhouse_cloud_async.desired.engine import Engine


class AsyncDesiredState(AsyncDesiredVerbs):
    """The desired state of a client's control plane: applications, APIs, consumers and the rest.

    Args:
        client: The client, whose control plane it is; the caller has to close it.

    Example:
        >>> desired = AsyncDesiredState(cloud)
        >>> report = await desired.apply(await desired.plan("gateway.yaml"))
    """

    def __init__(self, client: AsyncAPI7Cloud) -> None:
        self._client: AsyncAPI7Cloud = client

    @property
    def members(self) -> tuple[AsyncAPI7Cloud, ...]:
        """The client, as the only one."""
        return (self._client,)

    @property
    def _engine(self) -> Engine:
        """The engine of desired state, which loads when it is used."""
        from .kinds import ENGINE

        return ENGINE
