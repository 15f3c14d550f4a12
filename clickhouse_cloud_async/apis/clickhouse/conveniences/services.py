"""What services can do beyond single operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.operations import services
from clickhouse_cloud_async.core.errors import ClickHouseCloudError, NotFoundError
from clickhouse_cloud_async.core.values import UNSET

if TYPE_CHECKING:
    from uuid import UUID

    from clickhouse_cloud_async.apis.clickhouse.models.services import Service
    from clickhouse_cloud_async.core.values import Unset


class AsyncServices(services.AsyncServices):
    """ClickHouse services and their life, from creation to deletion."""

    async def get_by_name(
        self,
        name: str,
        *,
        organization_id: str | UUID | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> Service:
        """Find the one service with a name.

        Args:
            name: The exact name.
            organization_id: The organisation; the client's where left out.
            timeout: Seconds for the whole call, None for no limit; the client's where left out.

        Returns:
            The service.

        Raises:
            NotFoundError: No service has the name.
            ClickHouseCloudError: Several have it, or the list could not be fetched.

        Source: ``GET /v1/organizations/{organizationId}/services`` (instanceGetList).
        """
        every = await self.list(organization_id=organization_id, timeout=timeout)
        found = [service for service in every if service.name == name]
        if len(found) == 1:
            return found[0]
        if not found:
            raise NotFoundError(f"no service is named {name!r}", operation="instanceGetList")
        ids = ", ".join(service.id for service in found)
        raise ClickHouseCloudError(
            f"{len(found)} services are named {name!r}: {ids}", operation="instanceGetList"
        )
