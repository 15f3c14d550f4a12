"""Methods of billing that combine operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.api7.operations import billing
from clickhouse_cloud_async.core.values import UNSET, Unset, veil

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID


class AsyncBilling(billing.AsyncBilling):
    """Subscription, invoices and the customer portal of the payment provider."""

    async def subscribe(
        self,
        *,
        plan: str,
        organization_id: str | UUID | None = None,
        extra: Mapping[str, object] | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> dict[str, object]:
        """Subscribe the organisation to a plan.

        This costs money. No public source confirms the method and path of this request.

        Not retried when its outcome is unknown: each request may be charged.

        Args:
            plan: Name of the plan, such as `Basic`. At least 1 character.
            organization_id: The organisation; the client's by default.
            extra: Fields to send that this version does not know, with the API's names.
            timeout: Seconds for the whole call, None for no limit; the client's by default.

        Returns:
            The subscription; its fields are not documented. Empty if the API returns nothing.

        Raises:
            InvalidArgumentError: An argument cannot be sent; nothing was sent.
            BadRequestError: The API refuses an argument.
            OutcomeUnknownError: The request may or may not have been carried out.
            CloudError: Any other failure; see the subclass.

        Source: ``POST /api/v1/orgs/{id}/subscription`` (createSubscription).
        """
        extra = veil(extra)
        subscription = await super().subscribe(
            plan=plan, organization_id=organization_id, extra=extra, timeout=timeout
        )
        return subscription or {}
