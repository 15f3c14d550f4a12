"""The query endpoint of a service, which has to be provisioned first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.extensions.services import AsyncServices
from clickhouse_cloud_async.apis.clickhouse.models.services import ServiceState
from clickhouse_cloud_async.apis.clickhouse.operations import query_endpoints
from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.core.errors import CloudError, ServerError
from clickhouse_cloud_async.core.telemetry import logger
from clickhouse_cloud_async.core.values import UNSET, Unset, veil

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from clickhouse_cloud_async.apis.clickhouse.models.query_endpoints import (
        QueryEndpointRole,
        QueryEndpointRoleText,
        ServiceQueryAPIEndpoint,
    )
    from clickhouse_cloud_async.core.deadline import Deadline
    from clickhouse_cloud_async.core.values import OpenText

PROVISIONING_TIME = 1800.0
"""Seconds for which a service is waited for if the caller sets no limit."""


class AsyncQueryEndpoints(query_endpoints.AsyncQueryEndpoints):
    """The endpoint of a service that answers SQL over HTTP."""

    async def set(
        self,
        service_id: str | UUID,
        *,
        roles: Sequence[QueryEndpointRole | QueryEndpointRoleText | OpenText],
        open_api_keys: Sequence[str],
        allowed_origins: str | Unset = UNSET,
        organization_id: str | UUID | None = None,
        extra: Mapping[str, object] | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> ServiceQueryAPIEndpoint:
        """Create or replace the query endpoint of a service; a service has one.

        The API answers 500 while the service is `provisioning`. This call then waits until the
        service is up, for at most 30 minutes, and sends the request again; the log says so.

        Needs the permission ``control-plane:service:manage-query-api-endpoints``.

        Args:
            service_id: ID of the service.
            roles: SQL console roles that queries run with.
            open_api_keys: IDs of the API keys that may call the endpoint.
            allowed_origins: Origins that browsers may call from, joined by commas.
            organization_id: The organisation; the client's by default.
            extra: Fields to send that this version does not know, by the API's own names.
            timeout: Seconds for the whole call, None for no limit; the client's by default. By
                default the wait for the service does not count.

        Returns:
            The query endpoint of a service: who may send SQL over HTTP, and with which roles.

        Raises:
            InvalidArgumentError: An argument cannot be sent; nothing was.
            BadRequestError: The API refuses an argument.
            AuthenticationError: The credentials are wrong, disabled or expired.
            PermissionDeniedError: The key lacks a permission, or the feature is not enabled.
            NotFoundError: What the call names does not exist, or the key cannot see it.
            WaitError: The service did not come up.
            CloudError: Anything else that went wrong; the subclass says what.

        Source: ``POST
        /v1/organizations/{organizationId}/services/{serviceId}/serviceQueryEndpoint``
        (instanceQueryEndpointUpsert).
        """
        extra = veil(extra)
        deadline = self._caller.deadline(timeout)
        send = partial(
            super().set,
            service_id,
            roles=roles,
            open_api_keys=open_api_keys,
            allowed_origins=allowed_origins,
            organization_id=organization_id,
            extra=extra,
        )
        try:
            return await send(timeout=deadline.left())
        except ServerError:
            if not await self._is_provisioning(service_id, organization_id, deadline):
                raise
        logger.info("query endpoint of service %s waits until it is provisioned", service_id)
        limit = PROVISIONING_TIME if isinstance(timeout, Unset) else deadline.left()
        await AsyncServices(self._caller).wait_until(
            service_id,
            lambda service: service.state in LIFECYCLE.up,
            organization_id=organization_id,
            timeout=limit,
        )
        return await send(timeout=timeout if isinstance(timeout, Unset) else deadline.left())

    async def _is_provisioning(
        self, service_id: str | UUID, organization_id: str | UUID | None, deadline: Deadline
    ) -> bool:
        try:
            service = await AsyncServices(self._caller).get(
                service_id, organization_id=organization_id, timeout=deadline.left()
            )
        except CloudError:
            # What went wrong is the request; the key may not be allowed to see the service.
            return False
        return service.state == ServiceState.PROVISIONING
