"""The parts of the sync desired state that are not generated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.sync_client import original_of, view_of

from .desired_state import AsyncDesiredState

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.api7.sync.client import API7Cloud


class SyncDesiredState:
    """Base class of the sync desired state; the generated subclass adds all methods.

    Args:
        client: The client of the control plane.
    """

    def __init__(self, client: API7Cloud) -> None:
        self._async: AsyncDesiredState = AsyncDesiredState(original_of(client))

    @property
    def members(self) -> tuple[API7Cloud, ...]:
        """The client, as the only one."""
        from clickhouse_cloud_async.apis.api7.sync.client import API7Cloud

        return tuple(view_of(API7Cloud, member) for member in self._async.members)
