"""Usage cost, whose filter is checked before it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.operations import billing
from clickhouse_cloud_async.apis.clickhouse.tag_filters import check_filter
from clickhouse_cloud_async.core.values import UNSET

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from clickhouse_cloud_async.apis.clickhouse.models.billing import UsageCost
    from clickhouse_cloud_async.core.values import Unset


class AsyncBilling(billing.AsyncBilling):
    """Usage cost and balances."""

    async def get_usage_cost(
        self,
        *,
        from_date: date | str,
        to_date: date | str,
        filter: Sequence[str] | Unset = UNSET,
        organization_id: str | UUID | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> UsageCost:
        """Fetch the cost of a period by day and entity, with a grand total.

        The period includes both dates and is at most 31 days long. A filter of another form than
        `tag:Key=Value` or `tag:Key` is refused: the API would ignore it.

        Needs the permission ``control-plane:organization:view``.

        Args:
            from_date: Start of the period. A date in UTC.
            to_date: End of the period. A date in UTC.
            filter: Tag conditions of the form tag:Key=Value or tag:Key.
            organization_id: The organisation; the client's by default.
            timeout: Seconds for the whole call, None for no limit; the client's by default.

        Returns:
            Usage cost of an organisation in a period, in ClickHouse Credits.

        Raises:
            InvalidArgumentError: An argument cannot be sent, or a filter has no tag; nothing was
                sent.
            BadRequestError: The API refuses an argument.
            AuthenticationError: The credentials are wrong, disabled or expired.
            PermissionDeniedError: The key lacks a permission, or the feature is not enabled.
            CloudError: Any other failure; see the subclass.

        Source: ``GET /v1/organizations/{organizationId}/usageCost`` (usageCostGet).
        """
        check_filter(filter)
        return await super().get_usage_cost(
            from_date=from_date,
            to_date=to_date,
            filter=filter,
            organization_id=organization_id,
            timeout=timeout,
        )
