"""Methods of control planes that combine operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.api7.extensions.naming import only_named
from clickhouse_cloud_async.apis.api7.operations import control_planes
from clickhouse_cloud_async.core.values import UNSET, Unset

if TYPE_CHECKING:
    import builtins
    from uuid import UUID

    from clickhouse_cloud_async.apis.api7.models.common import (
        LabelledResource,
        LabelledResourceText,
    )
    from clickhouse_cloud_async.apis.api7.models.control_planes import ControlPlane
    from clickhouse_cloud_async.core.values import OpenText


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
            CloudError: Several have it, or the list cannot be fetched.

        Source: ``GET /api/v1/orgs/{id}/controlplanes`` (listControlPlanes).
        """
        planes = await self.list(organization_id=organization_id, timeout=timeout)
        return only_named(planes, name, "control plane", "listControlPlanes")

    async def list_labels(
        self,
        resource: LabelledResource | LabelledResourceText | OpenText,
        *,
        control_plane_id: str | UUID | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> builtins.list[str]:
        """List the labels in use on one kind of resource.

        Args:
            resource: Kind of resource whose labels to list.
            control_plane_id: The control plane; the client's by default.
            timeout: Seconds for the whole call, None for no limit; the client's by default.

        Returns:
            The labels; empty if there are none.

        Raises:
            InvalidArgumentError: An argument cannot be sent; nothing was sent.
            BadRequestError: The API refuses an argument.
            NotFoundError: The object does not exist, or the token has no access to it.
            CloudError: Any other failure; see the subclass.

        Source: ``GET /api/v1/controlplanes/{control_plane_id}/labels/{resource}`` (listLabels).
        """
        labels = await super().list_labels(
            resource, control_plane_id=control_plane_id, timeout=timeout
        )
        return labels or []
