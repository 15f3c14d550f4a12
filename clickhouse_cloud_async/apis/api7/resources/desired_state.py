"""The desired state of a control plane: plan, apply, export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.desired.verbs import AsyncDesiredVerbs

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.api7.client import AsyncAPI7Cloud
    from clickhouse_cloud_async.desired.engine import Engine


class AsyncDesiredState(AsyncDesiredVerbs):
    """The desired state of a client's control plane: applications, APIs, consumers and more.

    Args:
        client: The client of the control plane, which the caller has to close.

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
        """The engine of desired state, loaded when it is first used."""
        from .kinds import ENGINE

        return ENGINE
