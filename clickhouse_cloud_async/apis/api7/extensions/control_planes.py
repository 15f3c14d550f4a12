"""What control planes can do beyond single operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.api7.extensions.naming import only_named
from clickhouse_cloud_async.apis.api7.operations import control_planes
from clickhouse_cloud_async.core.values import UNSET, Unset

if TYPE_CHECKING:
    from uuid import UUID

    from clickhouse_cloud_async.apis.api7.models.control_planes import ControlPlane


class AsyncControlPlanes(control_planes.AsyncControlPlanes):
    """Control planes, their global settings and plugins, and the files that gateways need."""

    async def get_by_name(
        self,
        name: str,
        *,
        organization_id: str | UUID | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> ControlPlane:
        """Find the one control plane with a name.

        Args:
            name: The exact name.
            organization_id: The organisation; the client's by default.
            timeout: Seconds for each page, None for no limit; the client's by default.

        Returns:
            The control plane.

        Raises:
            NotFoundError: No control plane has the name.
            CloudError: Several have it, or the list could not be fetched.

        Source: ``GET /api/v1/orgs/{id}/controlplanes`` (listControlPlanes).
        """
        planes = await self.list(organization_id=organization_id, timeout=timeout)
        return only_named(planes, name, "control plane", "listControlPlanes")
